import type { PodView } from '../../../api/meta.ts';
import type { TaskStatus } from '../../../api/task.ts';
import { describeTask } from '../view.ts';
import type { TaskStep, TaskWorld } from './world.ts';

/** The pod of a stopped task stays that long, for its logs. */
const keptMs = 60 * 60 * 1000;

/** What to remove of a task that has stopped, and when to look again. */
export interface Leftovers {
  readonly steps: readonly TaskStep[];
  readonly wakeAtMs?: number;
}

/** A pod that still runs goes at once, as does one on Fargate, which is paid for until it is deleted. */
export function planLeftovers({ task, pods, now }: TaskWorld, status: TaskStatus): Leftovers {
  const { ttlSecondsAfterStopped } = task.spec.kubernetes ?? {};
  const stoppedMs = Date.parse(status.stoppedAt ?? now.iso);
  const podDueMs = status.launchType === 'FARGATE' ? stoppedMs : stoppedMs + keptMs;
  const taskDueMs = ttlSecondsAfterStopped === undefined ? undefined : stoppedMs + ttlSecondsAfterStopped * 1000;
  if (taskDueMs !== undefined && taskDueMs <= now.epochMs) return { steps: [{ kind: 'deleteTask' }] };
  const isDue = (pod: PodView): boolean => podDueMs <= now.epochMs || describeTask(pod).lastStatus !== 'STOPPED';
  const present = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const steps = present.filter(isDue).map((pod): TaskStep => ({ kind: 'deletePod', pod }));
  const times = [taskDueMs, steps.length < present.length ? podDueMs : undefined].filter((time) => time !== undefined);
  return { steps, ...(times.length > 0 && { wakeAtMs: Math.min(...times) }) };
}
