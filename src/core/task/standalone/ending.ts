import type { PodView } from '../../../api/meta.ts';
import type { TaskSpec, TaskStatus } from '../../../api/task.ts';
import { clip } from '../../../base/text.ts';
import { disruptionOf, ownEnding, writtenEnding, type Ending } from '../ending.ts';
import { factsOf } from '../facts.ts';

export type { Ending };

const longestReason = 1024;

/** Why a pod stops that is told to, or has ended: what was written first, then who wanted it, then how it ended. */
export function endingOf(pod: PodView, stop: TaskSpec['stop']): Ending {
  const { stopCode, stoppedReason } = causeOf(pod, stop);
  return { ...(stopCode && { stopCode }), stoppedReason: clip(stoppedReason, longestReason) };
}

function causeOf(pod: PodView, stop: TaskSpec['stop']): Ending {
  const told = writtenEnding(pod) ?? disruptionOf(pod);
  return told ?? (pod.metadata.deletionTimestamp === undefined ? ownEnding(factsOf(pod)) : stopped(stop));
}

/** By a delete, whoever asked for it. */
export function stopped(stop: TaskSpec['stop']): Ending {
  return { stopCode: 'UserInitiated', stoppedReason: stop?.reason ?? 'Task stopped by user' };
}

/** Of a task whose pod is gone: what was known of its end before, else that nobody knows. */
export function vanishedEndingOf(previous: TaskStatus, stop: TaskSpec['stop']): Ending {
  const { stopCode, stoppedReason } = previous;
  if (stoppedReason !== undefined) return { ...(stopCode && { stopCode }), stoppedReason };
  if (stop) return stopped(stop);
  return { stoppedReason: 'The pod of the task is gone, and nobody saw it end: its exit code is unknown.' };
}
