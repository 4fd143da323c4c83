import { createHash } from 'node:crypto';
import { bodyOf, isOperator, nameOf, resourceOf, told, type AuditedBody, type AuditEntry } from './entries.ts';

/**
 * The form of the operator's writes, which is what makes each of them harmless when it comes late or twice: creates
 * have names that follow from what they are, deletes carry the uid they mean, whatever changes an object carries its
 * resourceVersion. What was refused counts too.
 */
export function writeViolations(entries: readonly AuditEntry[]): string[] {
  return entries.filter((entry) => isOperator(entry) && hasBody(entry) && wasRead(entry)).flatMap(judge);
}

/** Whoever may not ask, or asks too often, is refused before the body is read: the log does not have it then. */
function wasRead({ requestObject, responseStatus }: AuditEntry): boolean {
  return requestObject !== undefined || ![401, 403, 429].includes(responseStatus?.code ?? 0);
}

/** The audit policy keeps the bodies of these. */
function hasBody(entry: AuditEntry): boolean {
  const { resource = '' } = entry.objectRef ?? {};
  return ['pods', 'controllerrevisions', 'poddisruptionbudgets'].includes(resource) || resource.startsWith('ecs');
}

function judge(entry: AuditEntry): string[] {
  const { metadata, preconditions } = bodyOf(entry);
  switch (entry.verb) {
    case 'create':
      return resourceOf(entry) === 'pods' ? judgePod(entry) : [];
    case 'update':
    case 'patch':
      return required(metadata?.resourceVersion, 'A change without resourceVersion', entry);
    case 'delete':
      return required(preconditions?.uid, 'A delete without uid', entry);
    case 'deletecollection':
      return [told('A delete of whatever is there', entry)];
    default:
      return [];
  }
}

function required(value: string | undefined, otherwise: string, entry: AuditEntry): string[] {
  return value === undefined ? [told(otherwise, entry)] : [];
}

function judgePod(entry: AuditEntry): string[] {
  const { labels = {}, annotations = {}, ownerReferences = [] } = bodyOf(entry).metadata ?? {};
  if (labels['ecs-operator.dev/task'] !== undefined) return judgeStandalonePod(entry);
  const service = labels['ecs-operator.dev/service'];
  const owner = ownerReferences.find(({ kind, name }) => kind === 'ECSService' && name === service);
  if (owner === undefined) return [told('A pod that its service does not own', entry)];
  const launch = Number(annotations['ecs-operator.dev/launch']);
  const id = taskId([owner.uid, labels['ecs-operator.dev/deployment'], launch]);
  return judgeIdentity(entry, owner.name, id);
}

/** The pod of an ECSTask cannot start before its launch is recorded. */
function judgeStandalonePod(entry: AuditEntry): string[] {
  const { metadata, spec } = bodyOf(entry);
  const { labels = {}, ownerReferences = [] } = metadata ?? {};
  const task = labels['ecs-operator.dev/task'];
  const owner = ownerReferences.find(({ kind, name }) => kind === 'ECSTask' && name === task);
  if (owner === undefined) return [told('A pod that its task does not own', entry)];
  const violations = judgeIdentity(entry, owner.name, taskId([owner.uid]));
  return isGated(spec) ? violations : [...violations, told('A pod of a task that starts before it is recorded', entry)];
}

function isGated(spec: AuditedBody['spec']): boolean {
  const gates = (spec?.['schedulingGates'] ?? []) as readonly { readonly name: string }[];
  return gates.some(({ name }) => name === 'ecs-operator.dev/launch');
}

function judgeIdentity(entry: AuditEntry, ownerName: string, id: string): string[] {
  const violations: string[] = [];
  const own = bodyOf(entry).metadata?.labels?.['ecs-operator.dev/task-id'];
  if (own !== id) violations.push(told(`A task id that does not follow from its launch, it should be ${id}`, entry));
  const name = `${ownerName}-${own?.slice(0, 12) ?? ''}`;
  if (nameOf(entry) !== name) violations.push(told(`A pod name that does not follow, it should be ${name}`, entry));
  return violations;
}

/** Of the service's uid, the deployment's digits and the launch number. */
function taskId(launch: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(launch)).digest('hex').slice(0, 32);
}
