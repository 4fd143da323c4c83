import {
  bodyOf,
  isOperator,
  nameOf,
  namespaceOf,
  placeOf,
  resourceOf,
  succeeded,
  told,
  type AuditEntry,
} from './entries.ts';

/**
 * Nothing is begun twice: no task, ever, even after its pod is gone, be it a service's or an ECSTask; no revision of a family; no deployment of a
 * service, nor its place in their order.
 */
export function startViolations(entries: readonly AuditEntry[]): string[] {
  const seen = new Map<string, AuditEntry>();
  const violations: string[] = [];
  for (const entry of entries.filter(succeeded)) {
    if (!isOperator(entry)) forgetRemoved(seen, entry);
    for (const what of begunBy(entry, seen)) {
      const first = seen.get(what);
      if (first) violations.push(told(`${what} for the second time, after audit id ${first.auditID}`, entry));
      else seen.set(what, entry);
    }
  }
  return violations;
}

/** The names of the pods that were created. */
export function podCreations(entries: readonly AuditEntry[]): readonly string[] {
  const creations = entries.filter((entry) => entry.verb === 'create' && resourceOf(entry) === 'pods');
  return creations.filter(succeeded).map(nameOf);
}

function begunBy(entry: AuditEntry, seen: ReadonlyMap<string, AuditEntry>): string[] {
  if (!isOperator(entry)) return [];
  switch (`${entry.verb} ${resourceOf(entry)}`) {
    case 'create pods':
      return isStandalone(entry) ? [] : taskOf(entry);
    case 'patch pods':
      return releaseOf(entry);
    case 'create controllerrevisions':
      return registrationOf(entry);
    case 'patch controllerrevisions':
      return promotionOf(entry, seen.get(begun(entry)));
    default:
      return [];
  }
}

function taskOf(entry: AuditEntry): string[] {
  const { labels = {}, annotations = {} } = bodyOf(entry).metadata ?? {};
  const launch = [ownerOf(entry), labels['ecs-operator.dev/deployment'], annotations['ecs-operator.dev/launch']];
  return [`Started task ${labels['ecs-operator.dev/task-id'] ?? ''}`, `Started launch ${launch.join(' ')}`];
}

/** A pod of an ECSTask is made with a gate: it starts when that is taken away. */
function isStandalone(entry: AuditEntry): boolean {
  return bodyOf(entry).metadata?.labels?.['ecs-operator.dev/task'] !== undefined;
}

/** The name of a standalone task's pod follows from the ECSTask's uid. While a gate of the operator is left it waits. */
function releaseOf(entry: AuditEntry): string[] {
  const gates = bodyOf(entry).spec?.['schedulingGates'] as readonly { readonly name: string }[] | undefined;
  const isHeld = gates?.some(({ name }) => name.startsWith('ecs-operator.dev/')) ?? true;
  return isHeld ? [] : [`Let start the task of pod ${placeOf(entry)}`];
}

function registrationOf(entry: AuditEntry): string[] {
  const { metadata, revision } = bodyOf(entry);
  const task = metadata?.labels?.['ecs-operator.dev/task'];
  if (task !== undefined) return [`Recorded the launch of a task of ${ownerOf(entry)}`];
  const family = metadata?.labels?.['ecs-operator.dev/family'];
  if (family === undefined) return [begun(entry), numbered(entry, revision)];
  return [`Registered ${namespaceOf(entry)}/${family}:${String(revision)}`];
}

/** An older deployment moves to the top of the order; what is noted on one leaves it where it is. */
function promotionOf(entry: AuditEntry, creation: AuditEntry | undefined): string[] {
  const { revision } = bodyOf(entry);
  return creation === undefined || revision === undefined ? [] : [numbered(creation, revision)];
}

function begun(entry: AuditEntry): string {
  return `Began deployment ${placeOf(entry)}`;
}

function numbered(creation: AuditEntry, revision: number | undefined): string {
  return `Gave a deployment of ${ownerOf(creation)} the number ${String(revision)}`;
}

function ownerOf(entry: AuditEntry): string {
  return bodyOf(entry).metadata?.ownerReferences?.[0]?.uid ?? '';
}

/** A revision that somebody else deletes is nobody's any more, and its number may come again. */
function forgetRemoved(seen: Map<string, AuditEntry>, entry: AuditEntry): void {
  const isOfMany = entry.verb === 'deletecollection';
  if (!(isOfMany || entry.verb === 'delete') || resourceOf(entry) !== 'controllerrevisions') return;
  for (const [what, first] of seen) {
    if (resourceOf(first) !== 'controllerrevisions') continue;
    const isMeant = isOfMany ? namespaceOf(first) === namespaceOf(entry) : placeOf(first) === placeOf(entry);
    if (isMeant) seen.delete(what);
  }
}
