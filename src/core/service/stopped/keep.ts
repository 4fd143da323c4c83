import type { StoppedTask } from './task.ts';

/** Pods of tasks that stopped by themselves stay for their logs: the newest few, for an hour. */
const keptTasks = 5;
const keptMs = 60 * 60 * 1000;

export interface KeptPlan {
  readonly tasks: readonly StoppedTask[];
  /** Epoch ms at which the next one has been kept long enough. */
  readonly wakeAtMs?: number;
}

/**
 * Whose pods are kept, of stopped tasks with the newest first. None on Fargate, where a pod is paid for until it is
 * deleted, and none without a container that has run: there are no logs.
 */
export function planKept(stopped: readonly StoppedTask[], nowMs: number): KeptPlan {
  const tasks = stopped
    .filter(hasLogs)
    .slice(0, keptTasks)
    .filter((task) => nowMs < endOf(task));
  const oldest = tasks.at(-1);
  return { tasks, ...(oldest && { wakeAtMs: endOf(oldest) }) };
}

function hasLogs({ isGone, pod, view, endedAt }: StoppedTask): boolean {
  const isThere = !isGone && pod.metadata.deletionTimestamp === undefined;
  return isThere && view.launchType !== 'FARGATE' && endedAt !== undefined;
}

function endOf({ stoppedAt }: StoppedTask): number {
  return Date.parse(stoppedAt) + keptMs;
}
