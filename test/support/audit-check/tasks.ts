import {
  bodyOf,
  doneMs,
  identityOf,
  isOperator,
  namespaceOf,
  placeOf,
  receivedMs,
  resourceOf,
  succeeded,
  type AuditEntry,
} from './entries.ts';

/** A task, as what was sent to the API server tells of it. */
export interface Task {
  readonly namespace: string;
  readonly service: string;
  /** uid of the ECSService, which a service made anew under the same name does not share. */
  readonly owner: string;
  readonly start: Deed;
  /** What its status said, in order. */
  readonly states: TaskState[];
  /** Where it was put; undefined while it has no place. */
  binding: Binding | undefined;
  /** Who wanted it gone, in order; empty while nobody did. */
  readonly stops: Stop[];
}

/** A request that had an effect. */
interface Deed {
  readonly entry: AuditEntry;
  /** It was not done before, and it was by then. */
  readonly fromMs: number;
  readonly byMs: number;
  /** Identity of the operator that asked; undefined for anybody else. */
  readonly by: string | undefined;
}

interface Binding {
  readonly node: string;
  /** It was not there before. */
  readonly fromMs: number;
}

interface TaskState {
  /** It was so not before, and by then at the latest. */
  readonly fromMs: number;
  readonly byMs: number;
  /** From when on that made it healthy; undefined for not at all. */
  readonly healthyMs: number | undefined;
  readonly hasEnded: boolean;
}

interface Stop extends Deed {
  /** Whether it was this very task: a delete of many does not say which. */
  readonly isCertain: boolean;
}

/** Every task whose pod was created, in order. */
export function tasksOf(entries: readonly AuditEntry[]): readonly Task[] {
  const all: Task[] = [];
  /** The latest of each name: a name that is used twice is a fault, but not one for here. */
  const current = new Map<string, Task>();
  for (const entry of entries.filter(isOfPods)) {
    const begun = beginning(entry);
    if (begun) {
      all.push(begun);
      current.set(placeOf(entry), begun);
    }
    const isOfMany = entry.verb === 'deletecollection';
    const meant = isOfMany ? [...current.values()].filter(isIn(namespaceOf(entry))) : [current.get(placeOf(entry))];
    for (const task of meant) if (task) change(task, entry);
  }
  return all;
}

function isOfPods(entry: AuditEntry): boolean {
  return entry.objectRef?.resource === 'pods' && succeeded(entry);
}

function isIn(wanted: string): (task: Task) => boolean {
  return ({ namespace }) => namespace === wanted;
}

function beginning(entry: AuditEntry): Task | undefined {
  if (entry.verb !== 'create' || resourceOf(entry) !== 'pods') return undefined;
  const { labels, ownerReferences } = bodyOf(entry).metadata ?? {};
  const service = labels?.['ecs-operator.dev/service'];
  const owner = ownerReferences?.find(({ kind }) => kind === 'ECSService')?.uid;
  if (service === undefined || owner === undefined) return undefined;
  return {
    namespace: namespaceOf(entry),
    service,
    owner,
    start: deedOf(entry),
    states: [],
    binding: undefined,
    stops: [],
  };
}

function change(task: Task, entry: AuditEntry): void {
  const resource = resourceOf(entry);
  const isStop = entry.verb.startsWith('delete') || resource === 'pods/eviction';
  if (isStop || isEnding(entry)) task.stops.push(stopOf(entry));
  if (resource === 'pods/status' && isWrite(entry)) takeStatus(task, entry);
  const node = resource === 'pods/binding' ? bodyOf(entry).target?.name : undefined;
  if (node !== undefined) task.binding = { node, fromMs: receivedMs(entry) };
}

/** With a stop code, or a deadline, the operator ends a task and keeps its pod. */
function isEnding(entry: AuditEntry): boolean {
  if (!isWrite(entry) || resourceOf(entry) !== 'pods') return false;
  const { metadata, spec } = bodyOf(entry);
  return metadata?.annotations?.['ecs-operator.dev/stop-code'] !== undefined || spec?.['activeDeadlineSeconds'] === 1;
}

function isWrite({ verb }: AuditEntry): boolean {
  return verb === 'update' || verb === 'patch';
}

function stopOf(entry: AuditEntry): Stop {
  return { ...deedOf(entry), isCertain: entry.verb !== 'deletecollection' };
}

function deedOf(entry: AuditEntry): Deed {
  const by = isOperator(entry) ? identityOf(entry) : undefined;
  return { entry, fromMs: receivedMs(entry), byMs: doneMs(entry), by };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly state?: {
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: { readonly startedAt?: string };
  };
}

/** A patch that says nothing of containers, such as a lost node's, changes nothing here. */
function takeStatus(task: Task, entry: AuditEntry): void {
  const { phase, containerStatuses } = bodyOf(entry).status ?? {};
  const statuses = containerStatuses as readonly ContainerStatus[] | undefined;
  const isOver = phase === 'Failed' || phase === 'Succeeded';
  if (statuses === undefined && !isOver) return;
  const { hasEnded, healthyMs } = judge(task, statuses ?? []);
  task.states.push({
    fromMs: receivedMs(entry),
    byMs: doneMs(entry),
    hasEnded: isOver || hasEnded,
    healthyMs: isOver || hasEnded ? undefined : healthyMs,
  });
}

interface TaskContainer {
  readonly container: string;
  readonly essential: boolean;
  readonly healthCheck: boolean;
}

const unheckedHealthyMs = 40_000;

/**
 * ECS: a task ends when an essential container does. It is healthy once all its containers have started and the health
 * checks of the essential ones pass, or, when they have none, 40 s after the last start.
 */
function judge(task: Task, statuses: readonly ContainerStatus[]): Pick<TaskState, 'hasEnded' | 'healthyMs'> {
  const text = bodyOf(task.start.entry).metadata?.annotations?.['ecs-operator.dev/containers'] ?? '[]';
  const containers = JSON.parse(text) as readonly TaskContainer[];
  const found = containers.map((each) => ({ ...each, status: statuses.find(({ name }) => name === each.container) }));
  const hasEnded = found.some(({ essential, status }) => essential && status?.state?.terminated !== undefined);
  const started = found.map(({ status }) => (status?.state?.running ?? status?.state?.terminated)?.startedAt);
  if (hasEnded || started.includes(undefined)) return { hasEnded, healthyMs: undefined };
  const startedMs = Math.max(...started.map((time) => Date.parse(time ?? '')));
  const checked = found.filter(({ essential, healthCheck }) => essential && healthCheck);
  if (checked.length === 0) return { hasEnded, healthyMs: startedMs + unheckedHealthyMs };
  const isReady = checked.every(({ status }) => status?.ready === true);
  return { hasEnded, healthyMs: isReady ? startedMs : undefined };
}
