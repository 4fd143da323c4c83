import type { DeploymentStatus, ServiceStatus } from '../../api/service-status.ts';
import { isHealthyAt, isLive, type TaskView } from '../task/view.ts';
import { deploymentId, type DeploymentRecord } from './deployment.ts';
import { desiredCountOf } from './desired.ts';
import { fallbackOf } from './fallback.ts';
import { outcomeOf } from './outcome.ts';
import type { RollingPlan } from './rolling.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceWorld } from './world.ts';

/** What one look at a service has decided about its PRIMARY deployment. */
export interface Rollout {
  readonly primary: DeploymentRecord;
  readonly rolling: RollingPlan;
}

type OfPrimary = Pick<Rollout, 'primary'>;

/** A rolling deployment is complete once the new revision has its healthy tasks and no old task is left, but lost ones. */
export function isCompleted(world: ServiceWorld, rollout: OfPrimary): boolean {
  if (wasCompleted(world, rollout)) return true;
  if (outcomeOf(rollout.primary)) return false;
  const { now } = world;
  const { present } = whereaboutsOf(world);
  const left = present.some((task) => task.deployment !== rollout.primary.digits && task.lastStatus !== 'STOPPED');
  const healthy = present.filter((task) => isHealthyNew(task, rollout, now.epochMs)).length;
  return !left && healthy >= desiredCountOf(world);
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
  const live = whereaboutsOf(world).present.filter((task) => isLive(task) && !onTrial.has(task));
  return (
    resolution.kind === 'found' &&
    world.cluster !== undefined &&
    isCompleted(world, rollout) &&
    // A provider that is tried again takes nothing from what runs.
    (start + stop.length === 0 || moving.size > 0) &&
    live.length === desiredCountOf(world) &&
    live.every((task) => isHealthyNew(task, rollout, now.epochMs))
  );
}

function isHealthyNew(task: TaskView, { primary }: OfPrimary, nowMs: number): boolean {
  return task.deployment === primary.digits && isLive(task) && isHealthyAt(task, nowMs);
}

/** What the last status said of a deployment. */
export function findDeployment(
  status: ServiceStatus | undefined,
  record: DeploymentRecord,
): DeploymentStatus | undefined {
  return status?.deployments?.find((each) => each.id === deploymentId(record.digits));
}
