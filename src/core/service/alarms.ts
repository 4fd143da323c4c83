import type { DeploymentStatus } from '../../api/service-status.ts';
import type { Service, ServiceSpec } from '../../api/service.ts';
import { memo } from '../../base/memo.ts';
import type { AlarmReading, NamedAlarm } from './alarm-watch.ts';
import { findDeployment, primaryOf, type DeploymentRecord } from './deployment.ts';
import { outcomeOf } from './outcome.ts';
import { isRollback } from './rollback.ts';
import type { Verdict } from './verdict.ts';
import type { ServiceWorld } from './world.ts';

/** What the alarms of the PRIMARY deployment have come to, each list in the order of the spec. */
export interface Alarms {
  readonly names: readonly string[];
  /** Those of which there have been data since the deployment began. */
  readonly seen: readonly string[];
  /** Those that fired when they were seen first: they count no more for this deployment (ECS guide, deployment alarms). */
  readonly ignored: readonly string[];
  /** Those that have fired since, if only once. */
  readonly triggered: readonly string[];
}

/** The enabled alarms of a service, each once. */
export function namedAlarms({ deploymentConfiguration, kubernetes }: ServiceSpec): readonly NamedAlarm[] {
  const { alarms } = deploymentConfiguration;
  if (alarms?.enable !== true) return [];
  const expressions = new Map((kubernetes?.alarms ?? []).map(({ name, expression }) => [name, expression]));
  return [...new Set(alarms.alarmNames)].map((name) => {
    const expression = expressions.get(name);
    return expression === undefined ? { name } : { name, expression };
  });
}

/** What the last status says of the deployment as the PRIMARY one: one that becomes it again begins anew. */
export function rememberedOf({ status }: Service, primary: DeploymentRecord): DeploymentStatus | undefined {
  const last = findDeployment(status, primary);
  return last?.status === 'PRIMARY' ? last : undefined;
}

/** The alarms that somebody has to look at now: those of a deployment that is in progress, and rolls nothing back. */
export function alarmsToWatch(service: Service, deployments: readonly DeploymentRecord[]): readonly NamedAlarm[] {
  const primary = primaryOf(deployments);
  if (!primary || isRollback({ deployments }, primary)) return [];
  const hasEnded = outcomeOf(primary) !== undefined || rememberedOf(service, primary)?.rolloutState === 'COMPLETED';
  return hasEnded ? [] : namedAlarms(service.spec);
}

/**
 * What the last status remembers of the PRIMARY deployment's alarms, and what the last look adds. An alarm counts from
 * the first time there are data of it, and not before: were its state then forgotten, with a lost status, it would be
 * taken for one that fired at the start. Told once for each world; undefined while no alarms are enabled,
 * and for a rollback, which they do not end.
 */
export const alarmsOf = memo((world: ServiceWorld): Alarms | undefined => {
  const { service, alarms: watch } = world;
  const names = namedAlarms(service.spec).map(({ name }) => name);
  const primary = primaryOf(world.deployments);
  if (names.length === 0 || !primary || isRollback(world, primary)) return undefined;
  const last = rememberedOf(service, primary)?.alarms;
  const stateOf = (name: string): AlarmReading['state'] | undefined =>
    watch?.kind === 'read' ? watch.readings.get(name)?.state : undefined;
  const [before, fires] = [new Set(last?.alarmNames), (name: string): boolean => stateOf(name) === 'ALARM'];
  const ignored = names.filter((name) =>
    before.has(name) ? last?.ignoredAlarmNames?.includes(name) === true : fires(name),
  );
  return {
    names,
    seen: names.filter((name) => before.has(name) || fires(name) || stateOf(name) === 'OK'),
    ignored,
    triggered: names.filter(
      (name) =>
        before.has(name) &&
        !ignored.includes(name) &&
        (last?.triggeredAlarmNames?.includes(name) === true || fires(name)),
    ),
  };
});

/** An alarm that fires during a deployment, or its bake time, ends it. */
export function alarmVerdict(world: ServiceWorld): Verdict | undefined {
  const triggered = alarmsOf(world)?.triggered ?? [];
  const { alarms } = world.service.spec.deploymentConfiguration;
  if (triggered.length === 0 || !alarms) return undefined;
  return {
    cause: 'alarms',
    rollback: alarms.rollback,
    what: 'alarm detected',
    message: `${triggered.join(', ')} fired during the deployment`,
  };
}
