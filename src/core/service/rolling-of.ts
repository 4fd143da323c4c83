import { isHealthyAt, type TaskView } from '../task/view.ts';
import { sharesOf } from './capacity.ts';
import { daemonPlanOf } from './daemon.ts';
import { isDaemon } from './daemon-nodes.ts';
import { findDeployment, type DeploymentRecord } from './deployment.ts';
import { boundsOf } from './desired.ts';
import { isHalted } from './ending.ts';
import { fallbackOf } from './fallback.ts';
import { planHalted } from './halted.ts';
import { outdatedOf } from './outdated.ts';
import { protectionsOf } from './protection.ts';
import { planRolling, type RollingPlan, type RollingTask, type RollingTerms } from './rolling.ts';
import { completedLast } from './rollback.ts';
import { scaleInOf } from './scale-in.ts';
import { sicknessOf } from './sickness.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceWorld } from './world.ts';

/** How many tasks of a service to start, and which to stop, as it stands. */
export function rollingOf(world: ServiceWorld, primary: DeploymentRecord): RollingPlan {
  const rollingTask = rollingTaskOf(world, primary);
  const tasks = whereaboutsOf(world).live.map(rollingTask);
  const terms = termsOf(world, primary);
  if (isHalted(world, primary)) return planHalted(terms, isDaemon(world) ? [] : tasks);
  return daemonPlanOf(world, tasks) ?? planRolling(terms, tasks);
}

function termsOf(world: ServiceWorld, primary: DeploymentRecord): RollingTerms {
  const { failedTasks = 0 } = findDeployment(world.service.status, primary) ?? {};
  return {
    ...boundsOf(world),
    scaleIn: scaleInOf(world, sharesOf(world, primary) ?? []),
    isFailing: failedTasks > 0,
    hasProven: provenOf(world, primary) !== undefined,
    stopping: stoppingOf(world),
  };
}

/** The tasks that are stopping, where they count to the maximum. */
function stoppingOf(world: ServiceWorld): number {
  if (world.service.spec.kubernetes?.maximumCountsStopping !== true) return 0;
  return whereaboutsOf(world).present.filter(isStopping).length;
}

function isStopping({ desiredStatus, lastStatus }: TaskView): boolean {
  return desiredStatus === 'STOPPED' && lastStatus !== 'STOPPED';
}

function rollingTaskOf(world: ServiceWorld, primary: DeploymentRecord): (task: TaskView) => RollingTask {
  const nowMs = world.now.epochMs;
  const { leaving, interrupted, cutOff } = whereaboutsOf(world);
  const [{ moving }, outdated, { sick }] = [fallbackOf(world), outdatedOf(world), sicknessOf(world)];
  const proven = provenOf(world, primary)?.digits;
  const { protectedTasks } = protectionsOf(world);
  return (task) => ({
    id: task.id,
    isNew: task.deployment === primary.digits,
    isRunning: task.lastStatus === 'RUNNING',
    isHealthy: isHealthyAt(task, nowMs),
    isSick: sick.has(task),
    isProven: task.deployment === proven,
    // EC2 takes back a Spot Instance whatever runs on it.
    isProtected: protectedTasks.has(task) && !interrupted.has(task),
    isLeaving: leaving.has(task),
    isMoving: moving.has(task) || outdated.has(task),
    isCutOff: cutOff.has(task),
    node: task.node,
    provider: task.standsFor ?? task.provider,
    createdAtMs: task.createdAtMs,
  });
}

/**
 * The last deployment besides the PRIMARY one that was completed: the one that is made up for. Undefined when the status
 * remembers none of its launch numbers, but those of others.
 */
export function provenOf(
  { deployments, service: { status } }: ServiceWorld,
  primary: DeploymentRecord,
): DeploymentRecord | undefined {
  const last = completedLast(deployments.filter(({ digits }) => digits !== primary.digits));
  if (!last || (status?.deployments && !findDeployment(status, last))) return undefined;
  return last;
}
