import type { Task, TaskStatus } from '../../../api/task.ts';
import type { KnownEnding } from '../ending.ts';

/** Of a task that was stopped because it ran for as long as it may: ECS has no word for it. */
export const timedOutError = 'TaskTimedOutError';

/** When and why to stop a task that still runs. */
export interface Overrun {
  /** Epoch ms. */
  readonly atMs: number;
  readonly end: KnownEnding;
}

/**
 * When the task has run for `maxRunTimeSeconds`; undefined while it has not started, and when it may run for ever. It
 * counts from when all containers have started: pulling images and waiting for a node are no run time.
 */
export function overrunOf({ spec, status }: Task, seen: TaskStatus): Overrun | undefined {
  const { maxRunTimeSeconds } = spec.kubernetes ?? {};
  const startedAt = status?.startedAt ?? seen.startedAt;
  if (maxRunTimeSeconds === undefined || startedAt === undefined) return undefined;
  const stoppedReason = `${timedOutError}: the task has run for its kubernetes.maxRunTimeSeconds, ${String(maxRunTimeSeconds)}`;
  return {
    atMs: Date.parse(startedAt) + maxRunTimeSeconds * 1000,
    end: { stopCode: 'UserInitiated', stoppedReason },
  };
}
