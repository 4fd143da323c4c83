import { isHealthyAt, isLive, type TaskView } from '../task/view.ts';
import { isBaked } from './bake.ts';
import { nodeFor, setAsideOf } from './daemon-nodes.ts';
import { findDeployment, type DeploymentRecord } from './deployment.ts';
import { desiredCountOf } from './desired.ts';
import { fallbackOf } from './fallback.ts';
import { outcomeOf } from './outcome.ts';
import { isRollback } from './rollback.ts';
import type { RollingPlan } from './rolling.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceWorld } from './world.ts';

/** What one look at a service has decided about its PRIMARY deployment. */
export interface Rollout {
  readonly primary: DeploymentRecord;
  readonly rolling: RollingPlan;
}

type OfPrimary = Pick<Rollout, 'primary'>;

/** A rolling deployment is complete once it is rolled out, and its bake time is over: a rollback has none. */
export function isCompleted(world: ServiceWorld, rollout: OfPrimary): boolean {
  if (wasCompleted(world, rollout)) return true;
  if (outcomeOf(rollout.primary) || !isRolledOut(world, rollout)) return false;
  return isRollback(world, rollout.primary) || isBaked(world, rollout.primary);
}

/**
 * Whether the new revision has its healthy tasks and no old task is left, but lost ones. With early success criteria some
 * of its tasks are enough, and older ones may go afterwards (API reference, DeploymentConfiguration).
 */
export function isRolledOut(world: ServiceWorld, rollout: OfPrimary): boolean {
  const { now } = world;
  const present = awaited(world);
  const left = present.some((task) => task.deployment !== rollout.primary.digits && task.lastStatus !== 'STOPPED');
  const healthy = present.filter((task) => isHealthyNew(task, rollout, now.epochMs)).length;
  const { isAfterwards, goal } = successOf(world);
  return (!left || isAfterwards) && healthy >= goal;
}

/** How many healthy tasks complete a deployment, and whether older ones may still be there. */
function successOf(world: ServiceWorld): { readonly goal: number; readonly isAfterwards: boolean } {
  const count = awaitedCount(world);
  const { earlySuccessCriteria: early } = world.service.spec.deploymentConfiguration;
  if (early?.enable !== true) return { goal: count, isAfterwards: false };
  const goal = Math.ceil((count * early.healthyPercent) / 100);
  return { goal, isAfterwards: early.sourceServiceRevisionCleanup === 'DEFERRED' };
}

/** The tasks whose state matters. */
function awaited(world: ServiceWorld): readonly TaskView[] {
  const aside = setAsideOf(world);
  const { present } = whereaboutsOf(world);
  return aside.size === 0 ? present : present.filter((task) => !aside.has(task));
}

/** How many of them there should be. */
function awaitedCount(world: ServiceWorld): number {
  return desiredCountOf(world) - new Set([...setAsideOf(world)].map(nodeFor)).size;
}

/** Whether the PRIMARY deployment is already written down or shown as complete; it stays so. */
export function wasCompleted({ service }: ServiceWorld, { primary }: OfPrimary): boolean {
  const outcome = outcomeOf(primary);
  if (outcome) return outcome.state === 'COMPLETED';
  const previous = findDeployment(service.status, primary);
  return previous?.status === 'PRIMARY' && previous.rolloutState === 'COMPLETED';
}

/** Steady: the deployment is complete, exactly the desired tasks are live, all healthy, and none is being moved. */
export function isSteady(world: ServiceWorld, rollout: Rollout): boolean {
  const { now, resolution } = world;
  const { start, stop } = rollout.rolling;
  const { onTrial, moving } = fallbackOf(world);
  const live = awaited(world).filter((task) => isLive(task) && !onTrial.has(task));
  return (
    resolution.kind === 'found' &&
    world.cluster !== undefined &&
    isCompleted(world, rollout) &&
    // A provider that is tried again takes nothing from what runs.
    (start + stop.length === 0 || moving.size > 0) &&
    live.length === awaitedCount(world) &&
    live.every((task) => isHealthyNew(task, rollout, now.epochMs))
  );
}

function isHealthyNew(task: TaskView, { primary }: OfPrimary, nowMs: number): boolean {
  return task.deployment === primary.digits && isLive(task) && isHealthyAt(task, nowMs);
}
