import type { ServiceStatus } from '../../api/service-status.ts';
import type { Service } from '../../api/service.ts';
import { defined } from '../../base/defined.ts';
import type { Plan } from '../../base/plan.ts';
import { launchVolumesOf } from '../task/launch-volumes.ts';
import type { Snapshot } from '../task/snapshot.ts';
import { isHealthyAt, turnsAfter, type TaskView } from '../task/view.ts';
import { nextAlarmLook } from './alarm-status.ts';
import { nextCapacities, sharesOf } from './capacity.ts';
import { daemonPlanOf } from './daemon.ts';
import { deploymentHash, newDeployment, primaryOf, type DeploymentRecord } from './deployment.ts';
import { boundsOf } from './desired.ts';
import { fallbackOf, type Fallback } from './fallback.ts';
import { ledgerTurn } from './failures/ledger.ts';
import { pinSteps } from './images.ts';
import { milestones, nextRepeat } from './milestones.ts';
import { paceOf } from './failures/pace.ts';
import type { Rollout } from './progress.ts';
import { nextPlacementLook, startable } from './provisioning.ts';
import { outdatedOf } from './outdated.ts';
import { routingContentOf } from './routing/content.ts';
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
    return { steps: begin ? [begin] : [], status: serviceStatus(world, undefined), events: [] };
  }
  return rollOut(world, primary);
}

/** The step that makes what the spec asks for the PRIMARY deployment; undefined when it is, or cannot be yet. */
function beginDeployment(world: ServiceWorld, primary: DeploymentRecord | undefined): ServiceStep | undefined {
  const { service, resolution, capacity, deployments } = world;
  if (world.cluster === undefined || resolution.kind === 'missing' || capacity.kind === 'missing') return undefined;
  const { taskDefinition, content } = resolution;
  const { launchType } = capacity;
  const snapshot: Snapshot = {
    taskDefinition,
    content,
    launchType,
    ...launchVolumesOf(service.spec),
    ...routingContentOf(service.spec),
    ...forceOf(service),
  };
  const hash = deploymentHash(snapshot);
  if (primary?.hash === hash) return undefined;
  const running = new Set(whereaboutsOf(world).live.map((task) => task.deployment));
  const earlier = deployments.find((record) => record.hash === hash && running.has(record.digits));
  if (earlier && primary) {
    return { kind: 'promoteDeployment', deployment: earlier, sequence: primary.sequence + 1 };
  }
  return { kind: 'createDeployment', deployment: newDeployment(service.metadata.uid, deployments, snapshot) };
}

function forceOf({ spec: { kubernetes } }: Service): Pick<Snapshot, 'force'> {
  return defined('force', kubernetes?.forceNewDeployment);
}

function rollOut(world: ServiceWorld, primary: DeploymentRecord): Plan<ServiceStatus, ServiceStep> {
  const { now } = world;
  const [whereabouts, fallback] = [whereaboutsOf(world), fallbackOf(world)];
  const outdated = outdatedOf(world);
  const { live } = whereabouts;
  const scaleIn = scaleInOf(world, sharesOf(world, primary) ?? []);
  const tasks = live.map((task) => rollingTask(task, { primary, whereabouts, fallback, outdated, nowMs: now.epochMs }));
  const rolling = daemonPlanOf(world, tasks) ?? planRolling({ ...boundsOf(world), scaleIn }, tasks);
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
      ...forgetSteps(world, primary),
      ...pinSteps(world, primary),
    ],
    status: serviceStatus(world, rollout),
    events: milestones(world, rollout),
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
