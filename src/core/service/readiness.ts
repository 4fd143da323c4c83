import { clip } from '../../base/text.ts';
import type { Readiness } from '../../base/readiness.ts';
import { healthyAfterMs } from '../task/health.ts';
import { stateOf } from '../task-definition/launch.ts';
import { isHealthyAt, type TaskView } from '../task/view.ts';
import { alarmParts } from './alarm-news.ts';
import { deploymentId } from './deployment.ts';
import { boundsOf, desiredCountOf } from './desired.ts';
import { failureParts } from './failures/words.ts';
import { protectionPart } from './protection.ts';
import { isDaemon } from './daemon-nodes.ts';
import { lowerBound, upperBound } from './rolling.ts';
import { isSteady, type Rollout } from './progress.ts';
import { rejectedReadiness } from './rejected.ts';
import { rejectedOf } from './rejection.ts';
import { whereaboutsOf } from './whereabouts.ts';
import { isUnplaced, unplacedOf, unplacedPart } from './unplaced.ts';
import type { ServiceWorld } from './world.ts';

/** Of a sentence's part: what a container runtime says can be as long as it likes. */
const longestPart = 1000;

/** Whether the service is as its spec asks, and why not. */
export function readiness(world: ServiceWorld, rollout: Rollout | undefined): Readiness {
  const { service, resolution, cluster } = world;
  if (cluster === undefined) {
    const message = `ECSCluster ${service.spec.cluster} does not exist in this namespace; the service starts when it does.`;
    return { state: 'reconciling', reason: 'ClusterNotFound', message };
  }
  if (resolution.kind === 'missing') {
    return { state: stateOf(resolution), reason: resolution.reason, message: resolution.message };
  }
  if (isClosed(world, rollout)) return stuck(world);
  if (!rollout)
    return { state: 'reconciling', reason: 'DeploymentInProgress', message: 'A deployment is about to begin.' };
  const rejected = rejectedOf(world);
  if (rejected) return rejectedReadiness(rollout, rejected, progressOf(world, rollout).message);
  return progressOf(world, rollout);
}

function progressOf(world: ServiceWorld, rollout: Rollout): Readiness {
  if (isSteady(world, rollout)) {
    const message = `${String(desiredCountOf(world))} tasks are running and healthy.`;
    return { state: 'ready', reason: 'SteadyState', message };
  }
  return rollout.rolling.isStuck ? stuck(world) : inProgress(world, rollout);
}

/**
 * Whether a deployment begins, or is under way, that the bounds will never let end: of D healthy tasks none may stop, and
 * none may be started beside them. What is not healthy goes even so, and all where none is desired.
 */
function isClosed(world: ServiceWorld, rollout: Rollout | undefined): boolean {
  const bounds = boundsOf(world);
  const { desiredCount } = bounds;
  if (desiredCount === 0 || isDaemon(world)) return false;
  if (lowerBound(bounds) < desiredCount || upperBound(bounds) > desiredCount) return false;
  return whereaboutsOf(world).live.some(
    (task) => task.deployment !== rollout?.primary.digits && isHealthyAt(task, world.now.epochMs),
  );
}

function stuck(world: ServiceWorld): Readiness {
  const { desiredCount, minimumHealthyPercent, maximumPercent } = boundsOf(world);
  const advice = isDaemon(world) ? 'Lower minimumHealthyPercent' : 'Lower the first or raise the second';
  const message =
    `With desiredCount ${String(desiredCount)}, minimumHealthyPercent ${String(minimumHealthyPercent)} and ` +
    `maximumPercent ${String(maximumPercent)} no task can be stopped or started. ${advice}.`;
  return { state: 'stalled', reason: 'DeploymentStuck', message };
}

function inProgress(world: ServiceWorld, rollout: Rollout): Readiness {
  const { now } = world;
  const { primary } = rollout;
  const { present: tasks, live } = whereaboutsOf(world);
  const fresh = live.filter((task) => task.deployment === primary.digits);
  const healthy = fresh.filter((task) => isHealthyAt(task, now.epochMs)).length;
  const old = tasks.filter((task) => task.deployment !== primary.digits && task.lastStatus !== 'STOPPED').length;
  const parts = [
    `${String(healthy)} of ${String(desiredCountOf(world))} tasks of ${deploymentId(primary.digits)} ` +
      `(${primary.snapshot.taskDefinition}) are healthy`,
    ...failureParts(world, primary),
    ...waitingForHealth(fresh, now.epochMs),
    ...alarmParts(world, rollout),
    ...(old > 0 ? [`${String(old)} older ones are left`] : []),
    ...protectionPart(world, rollout.rolling),
    ...unplacedOf(world).map(unplacedPart),
    ...pendingReasons(fresh.filter((task) => !isUnplaced(world, task))),
    ...lastStop(tasks),
  ];
  const sentence = parts.map((part) => clip(part, longestPart).replace(/\.$/, '')).join('; ');
  return { state: 'reconciling', reason: 'DeploymentInProgress', message: `${sentence}.` };
}

/** Tasks that run and do not count as healthy yet: they have to prove it, or only to stay up. */
function waitingForHealth(tasks: readonly TaskView[], nowMs: number): string[] {
  const running = tasks.filter((task) => task.lastStatus === 'RUNNING' && !isHealthyAt(task, nowMs));
  const checked = running.filter((task) => task.healthyAtMs === undefined).length;
  const unchecked = running.length - checked;
  return [
    ...(checked > 0 ? [`${String(checked)} run and have not passed their health check`] : []),
    ...(unchecked > 0
      ? [`${String(unchecked)} run, have no health check and count after ${String(healthyAfterMs / 1000)} s`]
      : []),
  ];
}

/** The commonest reason why tasks are not RUNNING yet, with how many it holds for. */
function pendingReasons(tasks: readonly TaskView[]): string[] {
  const counts = new Map<string, number>();
  for (const { pendingReason } of tasks) {
    if (pendingReason !== undefined) counts.set(pendingReason, (counts.get(pendingReason) ?? 0) + 1);
  }
  const [commonest] = [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return commonest ? [`${String(commonest[1])} pending: ${commonest[0]}`] : [];
}

function lastStop(tasks: readonly TaskView[]): string[] {
  const [last] = tasks
    .filter((task) => task.stoppedReason !== undefined)
    .toSorted((a, b) => (b.stoppedAtMs ?? 0) - (a.stoppedAtMs ?? 0));
  return last?.stoppedReason === undefined ? [] : [`task ${last.id} stopped: ${last.stoppedReason}`];
}
