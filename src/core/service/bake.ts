import { namedAlarms, rememberedOf } from './alarms.ts';
import { primaryOf, type DeploymentRecord } from './deployment.ts';
import { isRollback } from './rollback.ts';
import type { ServiceWorld } from './world.ts';

/** What the bake time is computed within, unless the spec says how long it is: ECS takes less than five minutes. */
const shortestMs = 60_000;
const longestMs = 300_000;

/**
 * How long the bake time of the PRIMARY deployment is, ms; 0 for none, as of a rollback. Unless the spec says, it is as long as the
 * slowest of its alarms takes to fire, within bounds; the longest where nobody knows, since Prometheus does not answer.
 */
export function bakeMs(world: ServiceWorld): number {
  const { service, alarms, deployments } = world;
  const primary = primaryOf(deployments);
  if (primary && isRollback(world, primary)) return 0;
  const { bakeTimeInMinutes } = service.spec.deploymentConfiguration;
  if (bakeTimeInMinutes !== undefined) return bakeTimeInMinutes * 60_000;
  if (!alarms || alarms.kind === 'off') return 0;
  if (alarms.kind !== 'read') return longestMs;
  const readings = namedAlarms(service.spec).flatMap(({ name }) => alarms.readings.get(name) ?? []);
  const slowest = Math.max(0, ...readings.map(({ delayMs = longestMs }) => delayMs));
  return Math.min(longestMs, Math.max(shortestMs, slowest));
}

/** Until when the bake time lasts that has begun, epoch ms; undefined when there is none, or it has not begun. */
export function bakesUntil(world: ServiceWorld, primary: DeploymentRecord): number | undefined {
  const begun = rememberedOf(world.service, primary)?.bakeStartedAt;
  const ms = bakeMs(world);
  return begun === undefined || ms === 0 ? undefined : Date.parse(begun) + ms;
}

/**
 * Whether nothing of the bake time is left. Whoever has only just begun to look at the alarms, with the deployment or
 * after a crash, waits for the first look, be it that it fails.
 */
export function isBaked(world: ServiceWorld, primary: DeploymentRecord): boolean {
  if (world.alarms?.kind === 'waiting') return false;
  if (bakeMs(world) === 0) return true;
  const until = bakesUntil(world, primary);
  return until !== undefined && until <= world.now.epochMs;
}
