import type { ServiceSpec } from '../../src/api/service.ts';
import type { AlarmReading, AlarmState, AlarmWatch } from '../../src/core/service/alarm-watch.ts';
import type { ServiceWorld } from '../../src/core/service/world.ts';
import { instant, ms, service } from './builders.ts';
import { pending, rolling, second, serviceWorld, tasks } from './world.ts';

type Configuration = Partial<ServiceSpec['deploymentConfiguration']>;

/** A service of one task with those alarms. */
export function withAlarms(alarmNames: readonly string[], rest: Configuration = {}): ReturnType<typeof service> {
  const alarms = { alarmNames: [...alarmNames], enable: true, rollback: true };
  return service({ deploymentConfiguration: { alarms, ...rest } });
}

/** When the next look is, in all of these. */
export const nextAtMs = ms(116);

/** What a look has shown, by the names of alarms; `delayMs` is that of all of them. */
export function read(states: Readonly<Record<string, AlarmState>>, delayMs = 0): AlarmWatch {
  const readings = Object.entries(states).map(([name, state]): [string, AlarmReading] => [name, { state, delayMs }]);
  return { kind: 'read', readings: new Map(readings), ruleNames: Object.keys(states), nextAtMs };
}

/** A roll-out of the second deployment, which is watched and whose task starts. */
export function watched(alarms: AlarmWatch | undefined, overrides: Partial<ServiceWorld> = {}): ServiceWorld {
  const own = tasks(1, { ...pending, deployment: second.digits });
  const world = { ...rolling, tasks: own, service: withAlarms(['Errors', 'Slow']), ...overrides };
  return serviceWorld({ ...world, ...(alarms && { alarms }) });
}

/** The same world so many seconds after the beginning, with what is known of the alarms then. */
export function at(seconds: number, world: ServiceWorld, alarms: AlarmWatch | undefined): ServiceWorld {
  const { alarms: _, ...rest } = world;
  return { ...rest, now: instant(seconds), ...(alarms && { alarms }) };
}
