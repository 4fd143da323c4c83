import { defined } from '../../base/defined.ts';
import { earliest } from '../../base/earliest.ts';
import type { EventRecord } from '../../base/events.ts';
import { memo } from '../../base/memo.ts';
import type { Target } from '../task/routing.ts';
import type { TaskView } from '../task/view.ts';
import { failedHealthChecks } from './events.ts';
import { unhealthyReason } from './reasons.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceWorld } from './world.ts';

/** Which tasks a service replaces because their health checks fail. */
export interface Sickness {
  /** Live RUNNING tasks that are UNHEALTHY, outside the health check grace period. */
  readonly sick: ReadonlySet<TaskView>;
  /** Epoch ms at which the first other one will be, unless a check of it passes. */
  readonly turnsAtMs?: number;
}

/**
 * The sick tasks of a service (Developer Guide, "Amazon ECS service scheduler", and `healthCheckGracePeriodSeconds`).
 * A kubelet calls a container not ready once its check has failed as often as it may; but also while it has not looked
 * since it was started itself. Therefore the next check is waited for. Told once for each world.
 */
export const sicknessOf = memo((world: ServiceWorld): Sickness => {
  const { now, deployments } = world;
  const checkMs = new Map(deployments.map((record) => [record.digits, nextCheckMs(record)]));
  const times = whereaboutsOf(world).live.flatMap((task) => {
    const sickAtMs = sickAt(task, world, checkMs.get(task.deployment) ?? 0);
    return sickAtMs === undefined ? [] : [{ task, sickAtMs }];
  });
  const turnsAtMs = earliest(
    times.map(({ sickAtMs }) => sickAtMs),
    now.epochMs,
  );
  return {
    sick: new Set(times.filter(({ sickAtMs }) => sickAtMs <= now.epochMs).map(({ task }) => task)),
    ...defined('turnsAtMs', turnsAtMs),
  };
});

/** In ECS's words, once for each task; what a target group says of its targets is told elsewhere. */
export function sickNews(world: ServiceWorld): EventRecord[] {
  const sick = [...sicknessOf(world).sick].filter((task) => unhealthyTargetOf(task) === undefined);
  return sick.map(({ id }) => failedHealthChecks(world.service, id));
}

/** Why such a task is stopped, in ECS's words. */
export function sickReason(task: TaskView): string {
  return unhealthyReason(unhealthyTargetOf(task)?.arn);
}

function unhealthyTargetOf({ route }: TaskView): Target | undefined {
  return route?.targets.find(({ unhealthy }) => unhealthy !== undefined);
}

/** Epoch ms from which a live task is UNHEALTHY and out of its grace period, unless a check passes. */
export function unhealthyFromMs(
  { createdAtMs, startedAtMs = createdAtMs, unhealthyAtMs }: TaskView,
  { service }: ServiceWorld,
): number | undefined {
  if (unhealthyAtMs === undefined) return undefined;
  const graceMs = service.spec.healthCheckGracePeriodSeconds * 1000;
  return Math.max(unhealthyAtMs, startedAtMs + graceMs);
}

/** Epoch ms from which it is to be replaced if no check passes; undefined while none of its checks fails. */
function sickAt(task: TaskView, world: ServiceWorld, checkMs: number): number | undefined {
  const unhealthyMs = unhealthyFromMs(task, world);
  if (task.lastStatus !== 'RUNNING' || unhealthyMs === undefined) return undefined;
  return Math.max(unhealthyMs, (task.unreadySinceMs ?? -Infinity) + checkMs);
}

/** How long until each of its checks has been made once more, in ms. */
function nextCheckMs({ snapshot }: ServiceWorld['deployments'][number]): number {
  const checks = snapshot.content.containerDefinitions.flatMap(({ essential, healthCheck }) =>
    essential && healthCheck ? [healthCheck.interval + healthCheck.timeout] : [],
  );
  return Math.max(0, ...checks) * 1000;
}
