import { annotations } from '../../../api/labels.ts';
import type { PodView } from '../../../api/meta.ts';
import type { TaskSpec, TaskStatus } from '../../../api/task.ts';
import { clip } from '../../../base/text.ts';
import { readTaskContainers } from '../containers.ts';
import { exitOf } from '../health.ts';
import { waitingError } from '../reasons.ts';

/** Why a task stops. */
export interface Ending {
  /** Absent when nobody saw. */
  readonly stopCode?: NonNullable<TaskStatus['stopCode']>;
  readonly stoppedReason: string;
}

const longestReason = 1024;

/** Why a pod stops that is told to, or has ended: what was written first, then who wanted it, then how it ended. */
export function endingOf(pod: PodView, stop: TaskSpec['stop']): Ending {
  const { stopCode, stoppedReason } = causeOf(pod, stop);
  return { ...(stopCode && { stopCode }), stoppedReason: clip(stoppedReason, longestReason) };
}

function causeOf(pod: PodView, stop: TaskSpec['stop']): Ending {
  const { annotations: written = {}, deletionTimestamp } = pod.metadata;
  const reason = written[annotations.stoppedReason];
  if (written[annotations.stopCode] !== undefined && reason !== undefined) {
    return { stopCode: 'EssentialContainerExited', stoppedReason: reason };
  }
  if (deletionTimestamp !== undefined) return disruptionOf(pod) ?? stopped(stop);
  return disruptionOf(pod) ?? ownEndOf(pod);
}

/** By a delete, whoever asked for it. */
export function stopped(stop: TaskSpec['stop']): Ending {
  return { stopCode: 'UserInitiated', stoppedReason: stop?.reason ?? 'Task stopped by user' };
}

/** What Kubernetes says of a pod that it takes away itself: a drain, a preemption, a node that is lost. */
function disruptionOf({ spec, status }: PodView): Ending | undefined {
  const target = status?.conditions?.find(({ type, status: holds }) => type === 'DisruptionTarget' && holds === 'True');
  if (!target) return undefined;
  const { reason = '', message = reason } = target;
  if (reason !== 'DeletionByPodGC') return { stopCode: 'InfrastructureHealth', stoppedReason: message };
  return { stopCode: 'TerminationNotice', stoppedReason: `Host EC2 (instance ${spec?.nodeName ?? '?'}) terminated.` };
}

function ownEndOf(pod: PodView): Ending {
  const containers = readTaskContainers(pod);
  const statuses = pod.status?.containerStatuses ?? [];
  // A pod-level reason (an eviction, a node's refusal) is why the containers ended, not the other way round.
  const { reason, message = reason } = pod.status ?? {};
  if (message !== undefined && reason !== undefined) {
    return { stopCode: hasStarted(pod) ? 'InfrastructureHealth' : 'TaskFailedToStart', stoppedReason: message };
  }
  const exited = exitOf(containers, statuses);
  if (exited !== undefined) return { stopCode: 'EssentialContainerExited', stoppedReason: exited };
  return { stopCode: 'TaskFailedToStart', stoppedReason: message ?? startErrorOf(pod) };
}

function startErrorOf({ status }: PodView): string {
  const errors = (status?.containerStatuses ?? []).map(waitingError);
  return errors.find((error) => error !== undefined) ?? 'Task failed to start';
}

function hasStarted({ status }: PodView): boolean {
  const states = (status?.containerStatuses ?? []).map(({ state }) => state);
  return states.some((state) => state?.running !== undefined || state?.terminated !== undefined);
}

/** Of a task whose pod is gone: what was known of its end before, else that nobody knows. */
export function vanishedEndingOf(previous: TaskStatus, stop: TaskSpec['stop']): Ending {
  const { stopCode, stoppedReason } = previous;
  if (stoppedReason !== undefined) return { ...(stopCode && { stopCode }), stoppedReason };
  if (stop) return stopped(stop);
  return { stoppedReason: 'The pod of the task is gone, and nobody saw it end: its exit code is unknown.' };
}
