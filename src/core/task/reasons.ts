import { annotations } from '../../api/labels.ts';
import type { PodView } from '../../api/meta.ts';
import type { TaskContainer } from './containers.ts';
import { firstExit, type ContainerStatus } from './health.ts';

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

/** What the reasons are read from. */
interface Facts {
  readonly pod: PodView;
  readonly containers: readonly TaskContainer[];
  /** Of the task's own containers. */
  readonly statuses: readonly ContainerStatus[];
}

/** Why a task is not RUNNING yet, in a sentence. */
export function pendingReason(facts: Facts): string {
  const { pod } = facts;
  return (
    waitingReason(facts) ?? placementReason(pod) ?? (pod.spec?.nodeName === undefined ? 'waits for a node' : 'starts')
  );
}

function waitingReason({ statuses, containers }: Facts): string | undefined {
  for (const status of statuses) {
    const { reason = '', message } = status.state?.waiting ?? {};
    const error = waitingErrors[reason];
    if (error !== undefined) return `${error}: ${nameOf(status, containers)}: ${message ?? reason}`;
  }
  return undefined;
}

/** A container's `reason` in ECS's form, when a kubelet cannot start it. */
export function waitingError({ state }: ContainerStatus): string | undefined {
  const { reason = '', message } = state?.waiting ?? {};
  const error = waitingErrors[reason];
  return error === undefined ? undefined : `${error}: ${message ?? reason}`;
}

/** A container's `reason` in ECS's form, when it was not its own exit that ended it. */
export function exitError({
  reason,
  message,
}: {
  readonly reason?: string;
  readonly message?: string;
}): string | undefined {
  if (reason === 'OOMKilled') return outOfMemory;
  if (reason === 'ContainerStatusUnknown') return `The exit code is unknown: ${message ?? reason}`;
  const error = waitingErrors[reason ?? ''] ?? startErrors[reason ?? ''];
  return error === undefined ? undefined : `${error}: ${message ?? reason ?? ''}`;
}

const outOfMemory = 'OutOfMemoryError: Container killed due to memory usage';

/** What runtimes say of a container that has "run" only to tell that it could not. */
const startErrors: Readonly<Record<string, string>> = {
  StartError: 'CannotStartContainerError',
  ContainerCannotRun: 'CannotStartContainerError',
};

/** What the scheduler says of a pod it found no node for. */
function placementReason({ status }: PodView): string | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  // What follows the first sentence is about preemption and claims, which ECS does not have.
  const [why] = (scheduled.message ?? scheduled.reason ?? 'unknown').split('. ');
  return `was unable to place a task. Reason: ${why ?? ''}`;
}

/** Why a task stopped by itself: ECS's stoppedReason, and what its containers say. */
export function stoppedReason({ pod, containers, statuses }: Facts): string {
  const written = pod.metadata.annotations?.[annotations.stoppedReason];
  // A pod-level reason (an eviction, a node's refusal) is why the containers ended, not the other way round.
  const exited = pod.status?.reason === undefined && hasRun({ pod, containers, statuses });
  const unwritten = exited ? 'Essential container in task exited' : (pod.status?.message ?? 'Task failed to start');
  const reason = written ?? unwritten;
  const exits = statuses.flatMap((status) => describeExit(status, containers));
  return exits.length === 0 ? reason : `${reason} (${exits.join('; ')})`;
}

/** Whether the task got past its init containers, and ended thereafter: one that fails ends it before it has started. */
function hasRun({ pod, statuses }: Facts): boolean {
  const ordinary = new Set(pod.status?.containerStatuses?.map(({ name }) => name));
  return statuses.some((status) => ordinary.has(status.name) && firstExit(status) !== undefined);
}

function describeExit(status: ContainerStatus, containers: readonly TaskContainer[]): string[] {
  const terminated = firstExit(status);
  if (!terminated) return [];
  const why = terminated.reason === 'OOMKilled' ? `, ${outOfMemory}` : '';
  return [`${nameOf(status, containers)}: exit code ${String(terminated.exitCode)}${why}`];
}

/** The ECS name of the container. */
function nameOf(status: ContainerStatus, containers: readonly TaskContainer[]): string {
  return containers.find(({ container }) => container === status.name)?.name ?? status.name;
}
