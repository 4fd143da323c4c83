import type { ServiceStatus } from '../../api/service-status.ts';
import type { Plan } from '../../base/plan.ts';
import { isHealthyAt, turnsAfter, type TaskView } from '../task/view.ts';
import { nextAlarmLook } from './alarm-status.ts';
import { beginDeployment } from './begin.ts';
import { nextCapacities, sharesOf } from './capacity.ts';
import { commandNews } from './command.ts';
import { daemonPlanOf } from './daemon.ts';
import { primaryOf, type DeploymentRecord } from './deployment.ts';
import { boundsOf } from './desired.ts';
import { outcomeSteps } from './ending.ts';
import { fallbackOf, type Fallback } from './fallback.ts';
import { ledgerTurn } from './failures/ledger.ts';
import { pinSteps } from './images.ts';
import { haltedPlanOf } from './halted.ts';
import { milestones, nextRepeat } from './milestones.ts';
import { paceOf } from './failures/pace.ts';
import type { Rollout } from './progress.ts';
import { nextPlacementLook, startable } from './provisioning.ts';
import { outdatedOf } from './outdated.ts';
import { liftSteps } from './rejection.ts';
import { drainedSteps, nextDrained, routeSteps } from './routing/tasks.ts';
import { planRolling, type RollingTask } from './rolling.ts';
import { scaleInOf } from './scale-in.ts';
import { serviceStatus } from './status.ts';
import { endSteps, forgetSteps, startSteps, stopSteps } from './steps.ts';
import { whereaboutsOf, type Whereabouts } from './whereabouts.ts';
import type { ServiceStep, ServiceWorld } from './world.ts';

/**
 * One look at a service. A deployment is written down before its first task starts, so that whoever comes after a crash
 * knows what was being deployed; then the PRIMARY deployment's tasks are started and everybody else's stopped, within
 * the bounds of `planRolling`.
 */
export function planService(world: ServiceWorld): Plan<ServiceStatus, ServiceStep> {
  const primary = primaryOf(world.deployments);
  const begin = beginDeployment(world, primary);
  if (begin || !primary) {
    const steps = begin ? [...liftSteps(world), begin] : [];
    return { steps, status: serviceStatus(world, undefined), events: commandNews(world) };
  }
  return rollOut(world, primary);
}

function rollOut(world: ServiceWorld, primary: DeploymentRecord): Plan<ServiceStatus, ServiceStep> {
  const { now } = world;
  const [whereabouts, fallback] = [whereaboutsOf(world), fallbackOf(world)];
  const outdated = outdatedOf(world);
  const { live } = whereabouts;
  const scaleIn = scaleInOf(world, sharesOf(world, primary) ?? []);
  const tasks = live.map((task) => rollingTask(task, { primary, whereabouts, fallback, outdated, nowMs: now.epochMs }));
  const terms = { ...boundsOf(world), scaleIn };
  const rolling =
    haltedPlanOf(world, primary, { terms, live: tasks }) ?? daemonPlanOf(world, tasks) ?? planRolling(terms, tasks);
  const rollout: Rollout = { primary, rolling };
  const pace = paceOf(world, rolling.start);
  return {
    steps: [
      ...endSteps(world, rolling),
      // A quota may refuse new tasks: stopping old ones, which depends on none of them, is what makes room.
      ...stopSteps(world, rolling, primary),
      ...drainedSteps(world),
      ...startSteps(world, primary, nextCapacities(world, rollout).slice(0, startable(world, pace.count))),
      ...routeSteps(world, rolling),
      ...outcomeSteps(world, primary),
      ...forgetSteps(world, primary),
      ...pinSteps(world, primary),
    ],
    status: serviceStatus(world, rollout),
    events: [...commandNews(world), ...milestones(world, rollout)],
    ...wakeAt([
      nextTurn(live, now.epochMs),
      whereabouts.turnsAtMs,
      fallback.turnsAtMs,
      nextRepeat(world, rollout),
      nextPlacementLook(world, rolling.start),
      pace.turnsAtMs,
      ledgerTurn(world),
      nextDrained(world),
      nextAlarmLook(world, rollout),
    ]),
  };
}

interface At {
  readonly primary: DeploymentRecord;
  readonly whereabouts: Whereabouts;
  readonly fallback: Fallback;
  readonly outdated: ReadonlySet<TaskView>;
  readonly nowMs: number;
}

function rollingTask(task: TaskView, { primary, whereabouts, fallback, outdated, nowMs }: At): RollingTask {
  return {
    id: task.id,
    isNew: task.deployment === primary.digits,
    isRunning: task.lastStatus === 'RUNNING',
    isHealthy: isHealthyAt(task, nowMs),
    isLeaving: whereabouts.leaving.has(task),
    isMoving: fallback.moving.has(task) || outdated.has(task),
    isCutOff: whereabouts.cutOff.has(task),
    node: task.node,
    provider: task.standsFor ?? task.provider,
  };
}

/** When the first task counts otherwise though nothing changes. */
function nextTurn(live: readonly TaskView[], nowMs: number): number | undefined {
  const times = live.flatMap((task) => turnsAfter(task, nowMs));
  return times.length === 0 ? undefined : Math.min(...times);
}

function wakeAt(times: readonly (number | undefined)[]): { wakeAtMs?: number } {
  const due = times.filter((time) => time !== undefined);
  return due.length === 0 ? {} : { wakeAtMs: Math.min(...due) };
}
