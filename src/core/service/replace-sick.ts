import type { Standing } from './rolling.ts';

/**
 * How many of the tasks whose health checks fail go now (Developer Guide, "Amazon ECS service scheduler"). Each of them
 * is made up for like a task that is missing, and stays until a healthy one has taken its place:
 *
 *   D 2, 100/200, one sick: start 1; when that is healthy, stop the sick one.
 *   The replacement is sick too: one of the two goes, and another one is started.
 *   The sick one recovers: there is one too many, and scale-in takes it.
 *   D 2, 100/100: nothing can be started first: one sick task goes, the next when its replacement is healthy.
 *
 * A sick task does not count as healthy, so that stopping it leaves the lower bound as it is.
 * @param stops how many other tasks stop, which makes room by itself.
 */
export function sickToStop({ terms, kept, sick, missing, room }: Standing, stops: number): number {
  const healthy = kept.filter(({ isHealthy }) => isHealthy).length;
  const replaced = sick.length - Math.max(0, terms.desiredCount - healthy);
  if (replaced > 0) return replaced;
  const isBlocked = missing > 0 && room <= 0 && stops + (terms.stopping ?? 0) === 0;
  return isBlocked && healthy === kept.length ? Math.min(1, sick.length) : 0;
}
