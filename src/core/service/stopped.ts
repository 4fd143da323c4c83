import type { TaskView } from '../task/view.ts';

/** Pods of tasks that stopped by themselves stay for their logs and exit codes: the newest few, for an hour. */
const keptTasks = 5;
const keptMs = 60 * 60 * 1000;

export interface StoppedPlan {
  readonly remove: readonly TaskView[];
  /** Epoch ms at which the next one has been kept long enough. */
  readonly wakeAtMs?: number;
}

/** Which stopped tasks to remove now. A Fargate pod is removed at once: it is paid for until it is deleted. */
export function planStopped(tasks: readonly TaskView[], nowMs: number): StoppedPlan {
  const stopped = tasks
    .filter((task) => task.lastStatus === 'STOPPED')
    .toSorted((a, b) => endOf(b) - endOf(a) || (a.id < b.id ? -1 : 1));
  const kept = stopped
    .filter((task) => task.launchType !== 'FARGATE')
    .slice(0, keptTasks)
    .filter((task) => nowMs < endOf(task) + keptMs);
  const oldest = kept.at(-1);
  return {
    remove: stopped.filter((task) => !kept.includes(task)),
    ...(oldest && { wakeAtMs: endOf(oldest) + keptMs }),
  };
}

function endOf(task: TaskView): number {
  return task.stoppedAtMs ?? task.createdAtMs;
}
