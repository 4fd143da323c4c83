import {
  bodyOf,
  doneMs,
  isOperator,
  nameOf,
  namespaceOf,
  placeOf,
  resourceOf,
  succeeded,
  told,
  type AuditEntry,
} from './entries.ts';
import { tasksOf, type Task } from './tasks.ts';

interface RecordSpec {
  readonly stop?: object;
  readonly kubernetes?: { readonly record?: { readonly podName?: string } };
}

/**
 * An ECSTask that records a stopped task is never run: no pod is made for it. The operator makes no other ECSTasks, each
 * under the name of the task's pod, told to stop for those who know of no records, and none while the task lives.
 */
export function recordViolations(entries: readonly AuditEntry[]): string[] {
  const records = new Set<string>();
  const tasks = Map.groupBy(tasksOf(entries), ({ start }) => placeOf(start.entry));
  const violations: string[] = [];
  for (const entry of entries) {
    if (!succeeded(entry)) {
      if (isMaking(entry)) violations.push(...judgeForm(entry));
      continue;
    }
    if (isMaking(entry)) violations.push(...judgeForm(entry), ...judgeTime(entry, tasks.get(placeOf(entry)) ?? []));
    if (resourceOf(entry) === 'ecstasks') follow(records, entry);
    if (entry.verb === 'create' && resourceOf(entry) === 'pods') violations.push(...judgePod(entry, records));
  }
  return violations;
}

function isMaking(entry: AuditEntry): boolean {
  // One that was refused before it was read has no body.
  return isOperator(entry) && entry.verb === 'create' && resourceOf(entry) === 'ecstasks' && hasBody(entry);
}

function hasBody({ requestObject }: AuditEntry): boolean {
  return requestObject !== undefined;
}

function recordOf(entry: AuditEntry): NonNullable<RecordSpec['kubernetes']>['record'] {
  return (bodyOf(entry).spec as RecordSpec | undefined)?.kubernetes?.record;
}

function judgeForm(entry: AuditEntry): string[] {
  const record = recordOf(entry);
  if (record === undefined) return [told('An ECSTask that is no record', entry)];
  const isStopped = (bodyOf(entry).spec as RecordSpec).stop !== undefined;
  return [
    ...(isStopped ? [] : [told('A record that is not told to stop', entry)]),
    ...(record.podName === nameOf(entry) ? [] : [told('A record that has not the name of its pod', entry)]),
  ];
}

/** The tasks are those whose pods had the record's name. */
function judgeTime(entry: AuditEntry, tasks: readonly Task[]): string[] {
  const task = tasks.findLast(({ start }) => start.fromMs <= doneMs(entry));
  if (task === undefined) return [];
  const beforeMs = doneMs(entry);
  const isStopped = task.stops.some(({ fromMs }) => fromMs <= beforeMs);
  const hasEnded = task.states.some((state) => state.hasEnded && state.fromMs <= beforeMs);
  return isStopped || hasEnded ? [] : [told('A record of a task that lives', entry)];
}

function follow(records: Set<string>, entry: AuditEntry): void {
  if (entry.verb === 'delete') records.delete(placeOf(entry));
  else if (recordOf(entry) !== undefined) records.add(placeOf(entry));
}

function judgePod(entry: AuditEntry, records: ReadonlySet<string>): string[] {
  const owners = bodyOf(entry).metadata?.ownerReferences ?? [];
  const owner = owners.find(({ kind, name }) => kind === 'ECSTask' && records.has(`${namespaceOf(entry)}/${name}`));
  return owner === undefined ? [] : [told(`A pod of the record ${owner.name}`, entry)];
}
