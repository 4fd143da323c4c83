import type { RollingTask, Standing } from './rolling.ts';
import { choose, isIll } from './victims.ts';

/** What becomes of the last completed deployment while another one is rolled out. */
export interface MadeUp {
  /** How many tasks of it to start. */
  readonly start: number;
  /** How many of those replace sick ones. */
  readonly replacing: number;
  /** Tasks of it that are not healthy and do not go at once as other old ones do. */
  readonly keep: ReadonlySet<RollingTask>;
}

const nothing: MadeUp = { start: 0, replacing: 0, keep: new Set() };

/**
 * A task that fails during a roll-out is replaced by one of its own revision (Developer Guide, "Amazon ECS service
 * scheduler"), or a new revision that never becomes healthy would bleed the old one: each old task that dies would make
 * room for one more that does not work. So where too few tasks are healthy, and the PRIMARY deployment is no hope for
 * it, since it has failed, or tasks of it have and none has become healthy since, old ones are started and kept, in the
 * room that all of the PRIMARY deployment's own leave: those come first, as only they can end the roll-out.
 *
 *   D 4, 100/200, old 3 healthy, new 4 that fail: start an old one.
 *   D 4, 100/150, old 3 healthy, new 2 that fail: start the third new one, for the bounds do not take both.
 *   D 4, 100/100, old 3 healthy, the PRIMARY deployment is FAILED: start an old one.
 */
export function makeUp({ terms, old, kept, missing, room, spare }: Standing): MadeUp {
  const unwell = old.filter(isUnwell);
  const sick = unwell.filter(isIll);
  const coming = unwell.filter((task) => !isIll(task));
  const need = Math.max(0, -spare);
  if (need === 0 || terms.hasProven !== true) return nothing;
  const left = room - missing;
  const keepComing = least(coming.length, need, left + unwell.length);
  const wanted = need - keepComing - hopeOf(terms, kept);
  const start = least(wanted, left);
  const isBlocked = wanted > 0 && start === 0 && missing === 0 && coming.length === 0;
  const keepSick = least(sick.length - (isBlocked ? 1 : 0), need, left + unwell.length - keepComing);
  return {
    start,
    replacing: Math.min(start, sick.length),
    keep: new Set([...keeping(terms, coming, keepComing), ...keeping(terms, sick, keepSick)]),
  };
}

/** Of the deployment that is made up for, where it may stay, and not healthy. */
function isUnwell({ isProven = false, isHealthy, isLeaving, isMoving = false }: RollingTask): boolean {
  return isProven && !isHealthy && !isLeaving && !isMoving;
}

function least(...numbers: readonly number[]): number {
  return Math.max(0, Math.min(...numbers));
}

/** How many more tasks of the PRIMARY deployment will be healthy, for all that anybody knows. */
function hopeOf(
  { desiredCount, hasFailed = false, isFailing = false }: Standing['terms'],
  kept: Standing['kept'],
): number {
  return hasFailed || isFailing ? 0 : Math.max(0, desiredCount - kept.filter(({ isHealthy }) => isHealthy).length);
}

/** `count` of the tasks: those that go last. */
function keeping(terms: Standing['terms'], tasks: readonly RollingTask[], count: number): RollingTask[] {
  const going = new Set(choose(terms, tasks, tasks.length - count).stop);
  return tasks.filter(({ id }) => !going.has(id));
}
