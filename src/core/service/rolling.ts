import type { ScaleIn } from '../placement/scale-in.ts';
import type { ProvidedTask } from './scale-in.ts';

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
 */

/** A live task: one whose desiredStatus is RUNNING. */
export interface RollingTask {
  readonly id: string;
  /** Whether it belongs to the PRIMARY deployment. */
  readonly isNew: boolean;
  readonly isRunning: boolean;
  readonly isHealthy: boolean;
  /** Whether its node is drained. */
  readonly isLeaving: boolean;
  /** Whether it is to run on another capacity provider: it counts like one that has to leave. */
  readonly isMoving?: boolean;
  /** Whether its node is silent: nobody knows how it is by now. */
  readonly isCutOff: boolean;
  readonly node: string | undefined;
  /** Its capacity provider; absent where it was started by its launch type. */
  readonly provider?: string | undefined;
}

export interface RollingBounds {
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
}

export interface RollingTerms extends RollingBounds {
  /** Which tasks stop first. */
  readonly scaleIn: ScaleIn<ProvidedTask>;
}

export interface RollingPlan {
  /** How many tasks of the PRIMARY deployment to start. */
  readonly start: number;
  /** The node of each task to start, in order; absent where somebody else chooses them. */
  readonly nodes?: readonly string[];
  /** Ids of the tasks to stop, in order. */
  readonly stop: readonly string[];
  /** Nothing can be started or stopped of a deployment within the bounds, and nothing is on its way either. */
  readonly isStuck: boolean;
  /** The same of tasks that have to leave their nodes. */
  readonly isDrainStuck: boolean;
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
  const fresh = live.filter((task) => !isOld(task));
  const old = live.filter(isOld);
  const missing = terms.desiredCount - fresh.length;
  const start = Math.max(0, Math.min(missing, upperBound(terms) - live.length));
  const stop = old.length > 0 ? oldToStop(terms, live) : surplus(terms, fresh, -missing);
  const inFlight = live.some((task) => !task.isHealthy);
  const isHeld = start === 0 && stop.length === 0 && !inFlight;
  return {
    start,
    stop,
    isStuck: isHeld && old.some((task) => !task.isNew),
    isDrainStuck: isHeld && old.some((task) => task.isLeaving),
  };
}

function isOld({ isNew, isLeaving, isMoving = false }: RollingTask): boolean {
  return !isNew || isLeaving || isMoving;
}

function oldToStop(terms: RollingTerms, live: readonly RollingTask[]): readonly string[] {
  const healthy = live.filter((task) => task.isHealthy).length;
  const old = live.filter(isOld);
  const spare = Math.max(0, healthy - lowerBound(terms));
  const unhealthy = old.filter((task) => !task.isHealthy).length;
  return surplus(terms, old, unhealthy + spare);
}

/** The `count` tasks that go first. */
function surplus({ scaleIn }: RollingTerms, tasks: readonly RollingTask[], count: number): readonly string[] {
  if (count <= 0) return [];
  return scaleIn(
    tasks.map((task) => ({ ...task, rank: rank(task) })),
    count,
  );
}

function rank(task: RollingTask): number {
  if (!task.isRunning) return 0;
  if (!task.isHealthy) return 1;
  if (task.isCutOff) return 2;
  return task.isLeaving ? 3 : 4;
}
