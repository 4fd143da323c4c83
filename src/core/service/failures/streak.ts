import type { DeploymentStatus } from '../../../api/service-status.ts';
import { instantOf } from '../../../base/clock.ts';

/**
 * How many times in a row the tasks of a deployment have gone wrong. Those that were launched together go wrong
 * together, once: the next time begins with a task that was launched after the last one was noticed. Told by launch
 * numbers, for the clocks of nodes differ.
 */
export interface Streak {
  readonly rounds: number;
  /** How many tasks since the last round began: so many places wait. */
  readonly tasks: number;
  /** The highest launch number used when the last round began. */
  readonly upTo: number;
  /** Epoch ms at which it began. */
  readonly sinceMs: number;
}

export interface StreakNews {
  /** Launches that went wrong, told for the first time. */
  readonly wrong: readonly number[];
  /** Launches that went well. */
  readonly well: readonly number[];
  /** The highest launch number used. */
  readonly launched: number;
  readonly nowMs: number;
}

/** One launched since the last round that goes well ends the row. */
export function nextStreak(
  before: Streak | undefined,
  { wrong, well, launched, nowMs }: StreakNews,
): Streak | undefined {
  const kept = before && well.some((launch) => launch > before.upTo) ? undefined : before;
  if (wrong.length === 0) return kept;
  const upTo = kept?.upTo ?? 0;
  if (kept && wrong.every((launch) => launch <= upTo)) return { ...kept, tasks: kept.tasks + wrong.length };
  return {
    rounds: (kept?.rounds ?? 0) + 1,
    tasks: wrong.length,
    upTo: Math.max(launched, ...wrong),
    sinceMs: nowMs,
  };
}

type StreakStatus = NonNullable<NonNullable<DeploymentStatus['failures']>['notStarting']>;

export function streakIn(shown: StreakStatus | undefined): Streak | undefined {
  if (!shown) return undefined;
  const { since, ...counts } = shown;
  return { ...counts, sinceMs: Date.parse(since) };
}

export function shownStreak(streak: Streak | undefined): StreakStatus | undefined {
  if (!streak) return undefined;
  const { sinceMs, ...counts } = streak;
  return { ...counts, since: instantOf(sinceMs).iso };
}
