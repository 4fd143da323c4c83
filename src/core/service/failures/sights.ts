import { taskContainersOf } from '../../task/containers.ts';
import type { Fate } from '../../task/fate.ts';
import { healthyAfterMs } from '../../task/health.ts';
import { saysThrottled } from '../../task/reasons.ts';
import { isHealthyAt, isLive, type TaskView } from '../../task/view.ts';
import type { DeploymentRecord } from '../deployment.ts';
import { unhealthyFromMs } from '../sickness.ts';
import { whereaboutsOf } from '../whereabouts.ts';
import type { ServiceWorld } from '../world.ts';

/**
 * What one look tells of a launch of a deployment. A task fails (ECS Developer Guide, "How the Amazon ECS deployment
 * circuit breaker detects failures") that
 *
 * - has ended before it was RUNNING, or
 * - was RUNNING and has ended by itself before it was healthy, or
 * - is UNHEALTHY once its grace period is over.
 *
 * No failure is what others do to it: we when we scale or place, somebody with StopTask or `kubectl delete`, an eviction,
 * a node that is lost or refuses it, Spot; nor an image whose pull is put off. A task that waits for a node waits.
 */
export interface Sight {
  readonly launch: number;
  /** Its task runs no more, or is told to stop. */
  readonly isOver: boolean;
  readonly hasRun: boolean;
  /** How long it has been RUNNING, or was. */
  readonly upMs: number;
  readonly isHealthy: boolean;
  /** UNHEALTHY, and its grace period is over. */
  readonly isUnhealthy: boolean;
  /** How it has failed, in a few words, if it has. */
  readonly failure?: string;
  /** It has ended, or turned UNHEALTHY, before it was RUNNING: by itself, or by its node. */
  readonly hasNotStarted: boolean;
  /** The same within a minute of RUNNING. */
  readonly hasDiedYoung: boolean;
}

/** A task that has been RUNNING so long has stayed up. */
export const youngMs = 60_000;

const unseen = {
  hasRun: false,
  upMs: 0,
  isHealthy: false,
  isUnhealthy: false,
  hasNotStarted: false,
  hasDiedYoung: false,
};

/** Of each launch that is there, or of which anything is known; of one with pod and record, the one that tells more. */
export function sightsOf(world: ServiceWorld, record: DeploymentRecord): readonly Sight[] {
  const own = ({ deployment, launch }: { deployment: string; launch: number }): boolean =>
    deployment === record.digits && launch > 0;
  const present = new Set(whereaboutsOf(world).present);
  const patience = patienceOf(world, record);
  const sights = new Map<number, Sight>();
  const see = (sight: Sight): void => {
    const known = sights.get(sight.launch);
    if (!known || tells(sight) > tells(known)) sights.set(sight.launch, sight);
  };
  for (const task of world.tasks.filter(own)) {
    if (isLive(task))
      see(present.has(task) ? liveSight(task, world) : { ...unseen, launch: task.launch, isOver: false });
    else see(overSight(task.launch, task.fate, patience));
  }
  for (const { launch, fate } of world.gone.filter(own)) see(overSight(launch, fate, patience));
  return [...sights.values()].toSorted((a, b) => a.launch - b.launch);
}

/** A record that is older than its pod's last state, or the other way round: who knows of a failure is believed. */
function tells({ isOver, failure, hasNotStarted, hasDiedYoung, hasRun }: Sight): number {
  const known = [failure !== undefined, hasNotStarted || hasDiedYoung, hasRun].filter(Boolean).length;
  return (isOver ? 10 : 0) + known;
}

function liveSight(task: TaskView, world: ServiceWorld): Sight {
  const nowMs = world.now.epochMs;
  const { launch, startedAtMs } = task;
  const upMs = startedAtMs === undefined ? 0 : Math.max(0, nowMs - startedAtMs);
  const isUnhealthy = !whereaboutsOf(world).cutOff.has(task) && (unhealthyFromMs(task, world) ?? Infinity) <= nowMs;
  return {
    launch,
    isOver: false,
    hasRun: startedAtMs !== undefined,
    upMs,
    isHealthy: isHealthyAt(task, nowMs),
    isUnhealthy,
    ...(isUnhealthy && { failure: `failed ${task.route?.isFit === true ? 'ELB' : 'container'} health checks` }),
    hasNotStarted: isUnhealthy && startedAtMs === undefined,
    hasDiedYoung: isUnhealthy && startedAtMs !== undefined && upMs < youngMs,
  };
}

/** Only the target group knows how long it takes: ten checks, half a minute apart, are the most that people wait for. */
const targetSeconds = 300;

interface Patience {
  readonly isChecked: boolean;
  readonly ms: number;
}

/**
 * How long it takes at most to find out whether a task is healthy: one that ran longer was, or its health was counted
 * while it ran. No record tells whether a task had been healthy.
 */
function patienceOf({ service }: ServiceWorld, { snapshot: { content, routing } }: DeploymentRecord): Patience {
  const containers = taskContainersOf(content.containerDefinitions).filter(({ essential }) => essential);
  const checks = containers.flatMap(({ unhealthyAfter }) => unhealthyAfter ?? []);
  const times = routing?.loadBalancers ? [...checks, targetSeconds] : checks;
  if (times.length === 0) return { isChecked: false, ms: healthyAfterMs };
  return { isChecked: true, ms: (Math.max(...times) + service.spec.healthCheckGracePeriodSeconds) * 1000 };
}

function overSight(launch: number, fate: Fate | undefined, patience: Patience): Sight {
  if (!fate) return { ...unseen, launch, isOver: true };
  const hasRun = fate.startedAtMs !== undefined;
  const upMs = upOf(fate);
  // A node that puts a task out, or does not take it, may do so to the next one too.
  const isUntold = isItsOwn(fate) || fate.stopCode === 'InfrastructureHealth';
  return {
    launch,
    isOver: true,
    hasRun,
    upMs,
    isHealthy: hasRun && !patience.isChecked && upMs >= patience.ms,
    isUnhealthy: false,
    ...(isFailure(fate, patience) && { failure: fate.what }),
    hasNotStarted: isUntold && !hasRun,
    hasDiedYoung: isUntold && hasRun && upMs < youngMs,
  };
}

function isFailure(fate: Fate, { ms }: Patience): boolean {
  const isEarly = fate.startedAtMs === undefined ? !isExcused(fate) : upOf(fate) < ms;
  return (isItsOwn(fate) && isEarly) || /^Task failed (container|ELB) health checks/.test(fate.stoppedReason);
}

function upOf({ startedAtMs, endedAtMs }: Fate): number {
  return startedAtMs === undefined || endedAtMs === undefined ? 0 : Math.max(0, endedAtMs - startedAtMs);
}

/** It has ended by itself. */
function isItsOwn({ stopCode }: Fate): boolean {
  return stopCode === 'TaskFailedToStart' || stopCode === 'EssentialContainerExited';
}

/** Of a task that was never RUNNING: its own start failures have the name of an error, or ECS's words, in front. */
function isExcused({ stopCode, stoppedReason }: Fate): boolean {
  if (stopCode !== 'TaskFailedToStart') return false;
  const isOwn = /^([A-Z]\w*Error: |Task failed to start)/.test(stoppedReason);
  return !isOwn || (stoppedReason.startsWith('CannotPullContainerError: ') && saysThrottled(stoppedReason));
}
