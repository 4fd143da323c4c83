import type { ScaleIn } from '../placement/scale-in.ts';
import { makeUp } from './make-up.ts';
import { choose, inOrder, isIll, type Chosen } from './victims.ts';
import type { ProvidedTask } from './scale-in.ts';
import { sickToStop } from './replace-sick.ts';

/**
 * How many tasks to start and which to stop: the ECS service scheduler's rolling update (Developer Guide, "Rolling
 * update"; service definition parameters `minimumHealthyPercent` and `maximumPercent`).
 *
 * With D the desired count, lower = ceil(D × min%) healthy tasks are kept and upper = floor(D × max%) live tasks
 * (running and pending, of all deployments) are allowed:
 *
 *   start = min(D − new, upper − live)
 *   stop  = old tasks that are not healthy, and as many healthy old ones as there are healthy tasks above lower
 *
 * Worked examples (no task in flight, min/max percent):
 *   D 1, 100/200: start 1; when it is healthy, stop 1.
 *   D 1, 100/100: nothing can be started or stopped: stuck, and ECS says so in an event.
 *   D 4,  50/100: stop 2, start 2, and when those are healthy stop 2, start 2.
 *   D 3, 100/125: upper is 3: stuck.   D 2, 75/100: lower is 2: stuck.
 *   D 0:          stop all old.
 *
 * A task that has to leave its node counts like one of an older deployment (Developer Guide, "Draining Amazon ECS
 * container instances"): at 100/100 nothing can be started first or stopped first, and it stays.
 *
 * Without old tasks the same rule scales out, and scale-in stops the surplus: pending ones first, then those not
 * healthy, those whose nodes are silent, those that have to leave; among those as `scaleIn` says. The old ones that go
 * are chosen in the same order.
 *
 * Protected tasks count and stay. Tasks whose health checks fail are replaced start-first (`replace-sick.ts`), and while
 * new tasks fail, old ones that are lost or sick are made up for with their own deployment (`make-up.ts`).
 */

/** A live task: one whose desiredStatus is RUNNING. */
export interface RollingTask {
  readonly id: string;
  /** Whether it belongs to the PRIMARY deployment. */
  readonly isNew: boolean;
  readonly isRunning: boolean;
  readonly isHealthy: boolean;
  /** Whether its health checks fail, so that it is to be replaced: it is not healthy, then. */
  readonly isSick?: boolean;
  /** Whether its deployment is the one that may be made up for: the last that was completed before the PRIMARY one. */
  readonly isProven?: boolean;
  /** Whether scale-in and deployments leave it alone. */
  readonly isProtected?: boolean;
  /** Whether its node is drained. */
  readonly isLeaving: boolean;
  /** Whether it is to run on another capacity provider: it counts like one that has to leave. */
  readonly isMoving?: boolean;
  /** Whether its node is silent: nobody knows how it is by now. */
  readonly isCutOff: boolean;
  readonly node: string | undefined;
  /** Its capacity provider; absent where it was started by its launch type. */
  readonly provider?: string | undefined;
  /** Epoch ms. */
  readonly createdAtMs?: number;
}

export interface RollingBounds {
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
}

export interface RollingTerms extends RollingBounds {
  /** Which tasks stop first. */
  readonly scaleIn: ScaleIn<ProvidedTask>;
  /** Whether the PRIMARY deployment has ended without success: nothing of it is started. */
  readonly hasFailed?: boolean;
  /** Whether tasks of the PRIMARY deployment have failed since the last of them became healthy. */
  readonly isFailing?: boolean;
  /** Whether there is a deployment to make up for its tasks with: see `isProven`. */
  readonly hasProven?: boolean;
  /** Tasks that are stopping, where the upper bound counts them. */
  readonly stopping?: number;
}

export interface RollingPlan {
  /** How many tasks of the PRIMARY deployment to start. */
  readonly start: number;
  /** The node of each task to start, in order; absent where somebody else chooses them. */
  readonly nodes?: readonly string[];
  /** How many of the deployment before it, to make up for tasks of that. */
  readonly startOld: number;
  /** How many of all those replace tasks whose health checks fail. */
  readonly replacing: number;
  /** Ids of the tasks to stop, in order. */
  readonly stop: readonly string[];
  /** Those of them that stop because their health checks fail. */
  readonly sick: readonly string[];
  /** How many would stop if they were not protected. */
  readonly heldBack: number;
  /** Nothing can be started or stopped of a deployment within the bounds, and nothing is on its way either. */
  readonly isStuck: boolean;
  /** The same of tasks that have to leave their nodes. */
  readonly isDrainStuck: boolean;
}

/** All is as it is to be. */
export const nothingToDo: RollingPlan = {
  start: 0,
  startOld: 0,
  replacing: 0,
  stop: [],
  sick: [],
  heldBack: 0,
  isStuck: false,
  isDrainStuck: false,
};

/** The tasks by what becomes of them, and what the bounds leave. */
export interface Standing {
  readonly terms: RollingTerms;
  /** Tasks that are not to stay. */
  readonly old: readonly RollingTask[];
  /** Those that are, and are not sick. */
  readonly kept: readonly RollingTask[];
  /** Those that were to stay, but are sick. */
  readonly sick: readonly RollingTask[];
  /** How many tasks of the PRIMARY deployment are still to be started. */
  readonly missing: number;
  /** How many tasks the upper bound allows beside those there are; below 0 where there are too many. */
  readonly room: number;
  /** How many healthy tasks there are beyond the lower bound; below 0 where there are too few. */
  readonly spare: number;
}

/** The least number of healthy tasks that a deployment keeps. */
export function lowerBound({ desiredCount, minimumHealthyPercent }: Omit<RollingBounds, 'maximumPercent'>): number {
  return Math.ceil((desiredCount * minimumHealthyPercent) / 100);
}

/** The greatest number of running and pending tasks that a deployment allows. */
export function upperBound({ desiredCount, maximumPercent }: RollingBounds): number {
  return Math.floor((desiredCount * maximumPercent) / 100);
}

export function planRolling(terms: RollingTerms, live: readonly RollingTask[]): RollingPlan {
  const standing = standingOf(terms, live);
  const { old, sick, missing, room } = standing;
  const start = Math.max(0, Math.min(missing, room));
  const made = makeUp(standing);
  const going = old.length > 0 ? oldToStop(standing, made.keep) : surplusToStop(standing);
  const gone = choose(terms, sick, sickToStop(standing, going.stop.length));
  const stop = inOrder(live, [...going.stop, ...gone.stop]);
  const isSick = new Set(live.filter(isIll).map(({ id }) => id));
  const isIdle = start + made.start + stop.length + going.heldBack === 0 && isAtRest(terms, live);
  return {
    start,
    startOld: made.start,
    replacing: Math.min(start, sick.length) + made.replacing,
    stop,
    sick: terms.desiredCount > 0 ? stop.filter((id) => isSick.has(id)) : [],
    heldBack: going.heldBack,
    isStuck: isIdle && old.some((task) => !task.isNew),
    isDrainStuck: isIdle && old.some((task) => task.isLeaving),
  };
}

function standingOf(terms: RollingTerms, live: readonly RollingTask[]): Standing {
  const { hasFailed = false, stopping = 0 } = terms;
  const toStay = live.filter((task) => !isOld(task));
  const kept = toStay.filter((task) => !isIll(task));
  return {
    terms,
    old: live.filter(isOld),
    kept,
    sick: toStay.filter(isIll),
    missing: hasFailed ? 0 : Math.max(0, terms.desiredCount - kept.length),
    room: upperBound(terms) - live.length - stopping,
    spare: live.filter(({ isHealthy }) => isHealthy).length - lowerBound(terms),
  };
}

/** Whether nothing comes up or goes by itself, so that what cannot change now cannot change later. */
function isAtRest({ stopping = 0, hasFailed = false }: RollingTerms, live: readonly RollingTask[]): boolean {
  return stopping === 0 && !hasFailed && live.every(({ isHealthy }) => isHealthy);
}

function isOld({ isNew, isLeaving, isMoving = false }: RollingTask): boolean {
  return !isNew || isLeaving || isMoving;
}

/** Those that are not healthy first; where protection keeps one of them, no healthy one goes that cannot be spared. */
function surplusToStop({ terms, kept, spare }: Standing): Chosen {
  const count = kept.length - terms.desiredCount;
  const unhealthy = kept.filter(({ isHealthy }) => !isHealthy);
  const healthy = kept.filter(({ isHealthy }) => isHealthy);
  const first = choose(terms, unhealthy, Math.min(count, unhealthy.length));
  const then = choose(terms, healthy, Math.min(count - first.stop.length, spare));
  return { stop: [...first.stop, ...then.stop], heldBack: first.heldBack + then.heldBack };
}

/** Those that are not healthy go at once, but for those to be kept; of the healthy ones as many as can be spared. */
function oldToStop({ terms, old, spare }: Standing, keep: ReadonlySet<RollingTask>): Chosen {
  const going = old.filter((task) => !keep.has(task));
  const unhealthy = going.filter(({ isHealthy }) => !isHealthy);
  const healthy = going.filter(({ isHealthy }) => isHealthy);
  const first = choose(terms, unhealthy, unhealthy.length);
  const then = choose(terms, healthy, spare);
  return { stop: [...first.stop, ...then.stop], heldBack: first.heldBack + then.heldBack };
}
