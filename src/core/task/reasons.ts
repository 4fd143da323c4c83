import { annotations } from '../../api/labels.ts';
import type { Pod } from '../../api/meta.ts';
import type { TaskContainer } from './containers.ts';
import type { ContainerStatus } from './health.ts';

/** ECS's error names for the reasons a kubelet gives while a container waits (ecs "Stopped task error codes"). */
const waitingErrors: Readonly<Record<string, string>> = {
  ErrImagePull: 'CannotPullContainerError',
  ImagePullBackOff: 'CannotPullContainerError',
  InvalidImageName: 'CannotPullContainerError',
  ErrImageNeverPull: 'CannotPullContainerError',
  CreateContainerConfigError: 'ResourceInitializationError',
  CreateContainerError: 'CannotCreateContainerError',
  RunContainerError: 'CannotStartContainerError',
};

/** Why a task is not RUNNING yet, in a sentence. */
export function pendingReason(pod: Pod): string {
  const waiting = (pod.status?.containerStatuses ?? []).find(
    (status) => waitingErrors[status.state?.waiting?.reason ?? ''],
  );
  if (waiting) {
    const { reason = '', message = reason } = waiting.state?.waiting ?? {};
    return `${waitingErrors[reason] ?? reason}: ${waiting.name}: ${message || reason}`;
  }
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
  if (scheduled?.status === 'False')
    return `was unable to place a task. Reason: ${scheduled.message ?? scheduled.reason ?? ''}`;
  return pod.spec?.nodeName === undefined ? 'waits for a node' : `starts on ${pod.spec.nodeName}`;
}

/** Why a task stopped by itself: ECS's stoppedReason, and what its containers say. */
export function stoppedReason(facts: {
  readonly pod: Pod;
  readonly containers: readonly TaskContainer[];
  readonly statuses: readonly ContainerStatus[];
}): string {
  const { pod, containers, statuses } = facts;
  const written = pod.metadata.annotations?.[annotations.stoppedReason];
  const ran = statuses.some((status) => status.state?.terminated);
  const reason =
    written ?? (ran ? 'Essential container in task exited' : (pod.status?.message ?? 'Task failed to start'));
  const exits = statuses.flatMap((status) => describeExit(status, containers));
  return exits.length === 0 ? reason : `${reason} (${exits.join('; ')})`;
}

function describeExit(status: ContainerStatus, containers: readonly TaskContainer[]): string[] {
  const terminated = status.state?.terminated;
  if (!terminated) return [];
  const name = containers.find((container) => container.container === status.name)?.name ?? status.name;
  const why = terminated.reason === 'OOMKilled' ? ', OutOfMemoryError: Container killed due to memory usage' : '';
  return [`${name}: exit code ${String(terminated.exitCode)}${why}`];
}
