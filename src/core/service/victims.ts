import type { RollingTask, RollingTerms } from './rolling.ts';

/** Whether its health checks fail, outside the grace period. */
export function isIll({ isSick = false }: RollingTask): boolean {
  return isSick;
}

/** The tasks that go, in order, and how many more would if they were not protected. */
export interface Chosen {
  readonly stop: readonly string[];
  readonly heldBack: number;
}

/** The `count` tasks that go first. A sick one is protected from scale-in and deployments, not from being replaced. */
export function choose({ scaleIn }: RollingTerms, tasks: readonly RollingTask[], count: number): Chosen {
  if (count <= 0) return { stop: [], heldBack: 0 };
  const ranked = tasks.map((task) => ({
    ...task,
    rank: rankOf(task),
    isProtected: task.isProtected === true && !isIll(task),
  }));
  const stop = scaleIn(ranked, count);
  return { stop, heldBack: Math.min(count, tasks.length) - stop.length };
}

/** Pending ones first, whatever they were chosen for. */
export function inOrder(live: readonly RollingTask[], ids: readonly string[]): string[] {
  const ranks = new Map(live.map((task) => [task.id, rankOf(task)]));
  return ids.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
}

function rankOf(task: RollingTask): number {
  if (!task.isRunning) return 0;
  if (!task.isHealthy) return 1;
  if (task.isCutOff) return 2;
  return task.isLeaving ? 3 : 4;
}
