import type { TaskContainerStatus, TaskStatus } from '../../../api/task.ts';
import { canonicalJson } from '../../../base/hash.ts';

/** The order in which a task passes through its states; it skips some, and never goes back. */
export const statusOrder = ['PROVISIONING', 'PENDING', 'RUNNING', 'DEACTIVATING', 'STOPPING', 'STOPPED'] as const;

/** Members that stay once they are set: what is known cannot become unknown, or another. */
const settled = [
  'taskId',
  'taskDefinition',
  'launchType',
  'capacityProviderName',
  'group',
  'createdAt',
  'startedAt',
  'stoppingAt',
  'executionStoppedAt',
  'stoppedAt',
  'stopCode',
  'stoppedReason',
  'exitCode',
  'node',
  'podName',
  'podUid',
] as const satisfies readonly (keyof TaskStatus)[];

/** The next status of a task that has not stopped: what is seen, as far as it goes forward. */
export function advanced(previous: TaskStatus, seen: TaskStatus): TaskStatus {
  const kept = Object.fromEntries(
    settled.flatMap((name) => (previous[name] === undefined ? [] : [[name, previous[name]]])),
  ) as TaskStatus;
  const next: TaskStatus = {
    ...previous,
    ...seen,
    ...kept,
    lastStatus: later(previous.lastStatus, seen.lastStatus),
    ...(previous.desiredStatus === 'STOPPED' && { desiredStatus: 'STOPPED' }),
    containers: containersAfter(previous.containers ?? [], seen.containers ?? []),
  };
  return canonicalJson(next) === canonicalJson(previous) ? previous : { ...next, version: (previous.version ?? 0) + 1 };
}

function later(a: TaskStatus['lastStatus'] = 'PROVISIONING', b = a): NonNullable<TaskStatus['lastStatus']> {
  return statusOrder.indexOf(a) > statusOrder.indexOf(b) ? a : b;
}

const containerOrder = ['PENDING', 'RUNNING', 'STOPPED'];

/** Containers go forward too, and what is known of one stays known. */
function containersAfter(
  previous: readonly TaskContainerStatus[],
  seen: readonly TaskContainerStatus[],
): TaskContainerStatus[] {
  if (seen.length === 0) return [...previous];
  return seen.map((container) => {
    const before = previous.find(({ name }) => name === container.name);
    if (!before) return container;
    const { imageDigest, exitCode } = before;
    if (before.lastStatus === 'STOPPED') return before;
    const isBehind = containerOrder.indexOf(before.lastStatus) > containerOrder.indexOf(container.lastStatus);
    return {
      ...container,
      ...(isBehind && before),
      ...(imageDigest !== undefined && { imageDigest }),
      ...(exitCode !== undefined && { exitCode }),
    };
  });
}
