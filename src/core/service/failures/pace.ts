import type { Streak } from './streak.ts';
import { ledgerOf } from './ledger.ts';
import type { ServiceWorld } from '../world.ts';

/** How many tasks may be started now, of those that are wanted. */
export interface Pace {
  readonly count: number;
  /** Epoch ms at which the others may be; absent when all may be. */
  readonly turnsAtMs?: number;
}

const firstDelayMs = 20_000;

/** ECS does not tell how often either. */
const impairedRounds = 3;

/**
 * Tasks that were never RUNNING delay the next ones, up to 27 minutes (Developer Guide, "Amazon ECS service throttle
 * logic"; ECS does not tell the curve).
 */
const mostNotStartingMs = 27 * 60_000;

/**
 * Tasks that do not stay up are replaced at once three times, then with a delay. ECS replaces them at once for ever: a
 * service in a crash loop would take the API server from the others.
 */
const freeRounds = 3;
const mostDyingYoungMs = 5 * 60_000;

/** @param wanted how many the bounds allow; as many of them wait as tasks have gone wrong, and no more. */
export function paceOf(world: ServiceWorld, wanted: number): Pace {
  const nowMs = world.now.epochMs;
  const held = waitsOf(world).filter(({ untilMs }) => untilMs > nowMs);
  const count = Math.max(0, wanted - held.reduce((sum, { tasks }) => sum + tasks, 0));
  if (count === wanted) return { count };
  return { count, turnsAtMs: Math.min(...held.map(({ untilMs }) => untilMs)) };
}

export interface Wait {
  /** How many tasks wait. */
  readonly tasks: number;
  readonly rounds: number;
  /** In a few words. */
  readonly why: string;
  /** Epoch ms. */
  readonly untilMs: number;
}

/** What makes tasks wait, be it over or not. */
export function waitsOf(world: ServiceWorld): Wait[] {
  const { notStarting, dyingYoung } = ledgerOf(world);
  return [
    ...waitOf(notStarting, { free: 0, mostMs: mostNotStartingMs, why: 'tasks did not start' }),
    ...waitOf(dyingYoung, { free: freeRounds, mostMs: mostDyingYoungMs, why: 'tasks did not stay up for a minute' }),
  ];
}

interface Terms {
  /** So many rounds cost nothing. */
  readonly free: number;
  readonly mostMs: number;
  readonly why: string;
}

function waitOf(streak: Streak | undefined, { free, mostMs, why }: Terms): Wait[] {
  if (!streak || streak.rounds <= free) return [];
  const { tasks, rounds, sinceMs } = streak;
  const delayMs = Math.min(mostMs, firstDelayMs * 2 ** (rounds - free - 1));
  return [{ tasks, rounds, why, untilMs: sinceMs + delayMs }];
}

/** Tasks have not started so often that ECS would say so. */
export function isImpaired(world: ServiceWorld): boolean {
  return (ledgerOf(world).notStarting?.rounds ?? 0) >= impairedRounds;
}
