import type { ServiceStatus } from '../../api/service-status.ts';
import { defined } from '../../base/defined.ts';
import { earliest } from '../../base/earliest.ts';
import type { Plan } from '../../base/plan.ts';
import { turnsAfter, type TaskView } from '../task/view.ts';
import { nextAlarmLook } from './alarm-status.ts';
import { beginDeployment } from './begin.ts';
import { commandNews } from './command.ts';
import { primaryOf, type DeploymentRecord } from './deployment.ts';
import { outcomeSteps } from './ending.ts';
import { fallbackOf } from './fallback.ts';
import { ledgerTurn } from './failures/ledger.ts';
import { pinSteps } from './images.ts';
import { milestones, nextRepeat } from './milestones.ts';
import { paceOf } from './failures/pace.ts';
import type { Rollout } from './progress.ts';
import { protectionSteps, protectionTurn } from './protection.ts';
import { nextPlacementLook } from './provisioning.ts';
import { rollingOf } from './rolling-of.ts';
import { liftSteps } from './rejection.ts';
import { drainedSteps, nextDrained, routeSteps } from './routing/tasks.ts';
import { sicknessOf } from './sickness.ts';
import { serviceStatus } from './status.ts';
import { endSteps, forgetSteps, launchSteps, stopSteps } from './steps.ts';
import { whereaboutsOf } from './whereabouts.ts';
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
  const { live } = whereabouts;
  const rolling = rollingOf(world, primary);
  const rollout: Rollout = { primary, rolling };
  const pace = paceOf(world, rolling.start);
  return {
    steps: [
      ...endSteps(world, rolling),
      // A quota may refuse new tasks: stopping old ones, which depends on none of them, is what makes room.
      ...stopSteps(world, rolling, primary),
      ...drainedSteps(world),
      ...protectionSteps(world),
      ...launchSteps(world, { primary, rolling: { ...rolling, start: pace.count } }),
      ...routeSteps(world, rolling),
      ...recordSteps(world, primary),
      ...forgetSteps(world, primary),
    ],
    status: serviceStatus(world, rollout),
    events: [...commandNews(world), ...milestones(world, rollout)],
    ...defined(
      'wakeAtMs',
      earliest([
        nextTurn(live, now.epochMs),
        whereabouts.turnsAtMs,
        sicknessOf(world).turnsAtMs,
        protectionTurn(world),
        fallback.turnsAtMs,
        nextRepeat(world, rollout),
        nextPlacementLook(world, rolling.start + rolling.startOld),
        pace.turnsAtMs,
        ledgerTurn(world),
        nextDrained(world),
        nextAlarmLook(world, rollout),
      ]),
    ),
  };
}

/** What is written on records of deployments: one thing at a time, for each write is onto the version that was read. */
function recordSteps(world: ServiceWorld, primary: DeploymentRecord): ServiceStep[] {
  const outcomes = outcomeSteps(world, primary);
  return outcomes.length > 0 ? outcomes : pinSteps(world, primary);
}

/** When the first task counts otherwise though nothing changes. */
function nextTurn(live: readonly TaskView[], nowMs: number): number | undefined {
  return earliest(live.flatMap((task) => turnsAfter(task, nowMs)));
}
