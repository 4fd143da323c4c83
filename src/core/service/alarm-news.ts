import type { ServiceSpec } from '../../api/service.ts';
import type { NextCondition } from '../../base/conditions.ts';
import type { EventRecord } from '../../base/events.ts';
import { instantOf } from '../../base/clock.ts';
import { clip } from '../../base/text.ts';
import type { FieldDifference } from '../differences.ts';
import { bakeEnd } from './alarm-status.ts';
import { alarmsOf, namedAlarms, rememberedOf } from './alarms.ts';
import { primaryOf } from './deployment.ts';
import * as say from './events.ts';
import { nearest } from './nearest.ts';
import type { Rollout } from './progress.ts';
import type { ServiceWorld } from './world.ts';

/** What the schema takes. */
const longestMessage = 1024;

/** Why alarms are not watched, though they are enabled. */
interface Unwatched {
  readonly reason: string;
  /** Without a full stop at its end. */
  readonly message: string;
}

const field = 'deploymentConfiguration.alarms.alarmNames';

/** Why some or all of the alarms are not watched; undefined while all are, or nothing has to be. */
function unwatchedOf({ service, alarms: watch }: ServiceWorld): Unwatched | undefined {
  switch (watch?.kind) {
    case 'off': {
      const message = `${field} is not watched: the operator is not told where Prometheus is. Start it with --prometheus-url`;
      return { reason: 'PrometheusNotConfigured', message };
    }
    case 'failed':
      return { reason: 'PrometheusUnreachable', message: `${field} is not watched: ${watch.error}` };
    case 'read': {
      const problems = namedAlarms(service.spec).flatMap(({ name }) => problemOf(name, watch));
      const [first] = problems;
      return first && { reason: first.reason, message: problems.map(({ message }) => message).join('; ') };
    }
    case 'waiting':
    case undefined:
      return undefined;
  }
}

function problemOf(
  name: string,
  { readings, ruleNames }: Extract<ServiceWorld['alarms'], { kind: 'read' }>,
): readonly Unwatched[] {
  const reading = readings.get(name);
  if (!reading) return [{ reason: 'AlarmNotFound', message: notFound(name, ruleNames) }];
  if (reading.error === undefined) return [];
  return [{ reason: 'AlarmWithoutData', message: `Alarm ${JSON.stringify(name)} has no data: ${reading.error}` }];
}

function notFound(name: string, ruleNames: readonly string[]): string {
  const near = nearest(name, ruleNames);
  const others = near.length === 0 ? '' : `; there is ${near.map((each) => JSON.stringify(each)).join(', ')}`;
  return (
    `${field} has ${JSON.stringify(name)}, and Prometheus has no alerting rule of that name, nor does ` +
    `kubernetes.alarms have an expression for it${others}`
  );
}

/** The condition that says so. The deployment goes on. */
export function alarmConditions(world: ServiceWorld): NextCondition[] {
  const unwatched = unwatchedOf(world);
  if (!unwatched) return [];
  const message = `${clip(unwatched.message, longestMessage)}. Deployments go on without.`;
  const observedGeneration = world.service.metadata.generation ?? 0;
  return [{ type: 'AlarmsNotWatched', status: 'True', reason: unwatched.reason, message, observedGeneration }];
}

/** What is to be told of the alarms of a deployment in progress, and of no other. */
export function alarmNews(world: ServiceWorld, { isOver }: { readonly isOver: boolean }): EventRecord[] {
  const primary = primaryOf(world.deployments);
  const alarms = alarmsOf(world);
  if (!primary || !alarms || isOver) return [];
  const { service } = world;
  const last = rememberedOf(service, primary)?.alarms?.ignoredAlarmNames ?? [];
  const ignored = alarms.ignored.filter((name) => !last.includes(name));
  const unwatched = unwatchedOf(world);
  return [
    ...(ignored.length > 0 ? [say.alarmsIgnored(service, primary.digits, ignored)] : []),
    ...(unwatched ? [say.alarmsNotWatched(service, primary.digits, unwatched.message)] : []),
  ];
}

/** How the alarms are, in a few words, while a deployment is in progress. */
export function alarmParts(world: ServiceWorld, rollout: Rollout): string[] {
  const until = bakeEnd(world, rollout);
  const { names = [], ignored = [] } = alarmsOf(world) ?? {};
  const watched = world.alarms?.kind === 'off' ? [] : names.filter((name) => !ignored.includes(name));
  return [
    ...(until === undefined ? [] : [`baking until ${instantOf(until).iso}`]),
    ...(watched.length > 0 ? [`alarms watched: ${watched.join(', ')}`] : []),
    ...(ignored.length > 0 ? [`alarms ignored, which fired when it began: ${ignored.join(', ')}`] : []),
  ];
}

/** What of the alarms is not as on ECS. */
export function alarmDifferences(spec: ServiceSpec): FieldDifference[] {
  if (namedAlarms(spec).length === 0) return [];
  const what = 'they are alerting rules of Prometheus or expressions of kubernetes.alarms, not alarms of CloudWatch';
  return [{ paths: [field], what }];
}
