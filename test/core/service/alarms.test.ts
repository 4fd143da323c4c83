import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { DeploymentStatus } from '../../../src/api/service-status.ts';
import type { AlarmState, AlarmWatch } from '../../../src/core/service/alarm-watch.ts';
import { alarmsOf, alarmsToWatch, namedAlarms, type Alarms } from '../../../src/core/service/alarms.ts';
import { isServiceStateChange } from '../../../src/core/service/state-change.ts';
import { verdictOn, type Verdict } from '../../../src/core/service/verdict.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import { at, nextAtMs, read, watched, withAlarms } from '../../support/alarms.ts';
import { deploymentRecord, iso, service } from '../../support/builders.ts';
import { after, first, look, messages, nextFound, second, serviceWorld, tasks } from '../../support/world.ts';

/** A deployment before the last of these looks, each of which has the status of the one before; `lost` is no look. */
function history(...watches: readonly (AlarmWatch | 'lost')[]): ServiceWorld {
  let world = watched(undefined);
  for (const [index, watch] of watches.entries()) {
    if (watch === 'lost') world = at(115, { ...world, service: withAlarms(['Errors', 'Slow']) }, undefined);
    else world = at(115, world, watch);
    if (watch !== 'lost' && index < watches.length - 1) world = after(world, look(world), 15);
  }
  return world;
}

function verdictOf(world: ServiceWorld): Verdict | undefined {
  return verdictOn(world, second);
}

/** Lists of names in a few words. */
function told(world: ServiceWorld): string {
  const { seen, ignored, triggered } = alarmsOf(world) as Alarms;
  return `seen ${seen.join()} ignored ${ignored.join()} triggered ${triggered.join()}`.replaceAll(/ (?= |$)/g, '');
}

/** What the third deployment deploys, which is what the first does. */
const found = serviceWorld().resolution;

const waiting: AlarmWatch = { kind: 'waiting', nextAtMs };
const failed: AlarmWatch = {
  kind: 'failed',
  error: 'Prometheus at http://p cannot be reached: ECONNREFUSED',
  nextAtMs,
};
const fine = read({ Errors: 'OK', Slow: 'OK' });
const errors = read({ Errors: 'ALARM', Slow: 'OK' });

describe('the alarms of a deployment', () => {
  const cases: Record<string, { watches: readonly (AlarmWatch | 'lost')[]; want: string }> = {
    'nothing is known before the first look': { watches: [waiting], want: 'seen ignored triggered' },
    'one that is fine is seen': { watches: [fine], want: 'seen Errors,Slow ignored triggered' },
    'one that fires at the first look is ignored': {
      watches: [errors],
      want: 'seen Errors,Slow ignored Errors triggered',
    },
    'one that fires later has triggered': {
      watches: [fine, errors],
      want: 'seen Errors,Slow ignored triggered Errors',
    },
    'what has triggered stays so, though it fires no more': {
      watches: [fine, errors, fine],
      want: 'seen Errors,Slow ignored triggered Errors',
    },
    'what is ignored stays so, though it has been fine in between': {
      watches: [errors, fine, errors],
      want: 'seen Errors,Slow ignored Errors triggered',
    },
    'without data it is not seen, and the first data count': {
      watches: [read({ Errors: 'INSUFFICIENT_DATA', Slow: 'OK' }), errors],
      want: 'seen Errors,Slow ignored Errors triggered',
    },
    'an alarm that did not exist is seen when it does': {
      watches: [read({ Slow: 'OK' }), errors],
      want: 'seen Errors,Slow ignored Errors triggered',
    },
    'one that loses its data triggers nothing': {
      watches: [fine, read({ Errors: 'INSUFFICIENT_DATA' })],
      want: 'seen Errors,Slow ignored triggered',
    },
    'where Prometheus is down nothing is new': { watches: [fine, failed], want: 'seen Errors,Slow ignored triggered' },
    'while Prometheus is down nothing is forgotten': {
      watches: [fine, failed, errors],
      want: 'seen Errors,Slow ignored triggered Errors',
    },
    'with a lost status what fires is taken for ignored': {
      watches: [errors, 'lost', errors],
      want: 'seen Errors,Slow ignored Errors triggered',
    },
    'with a lost status what fires for the first time is taken for ignored': {
      watches: [fine, 'lost', errors],
      want: 'seen Errors,Slow ignored Errors triggered',
    },
  };

  for (const [sentence, { watches, want }] of Object.entries(cases)) {
    it(sentence, () => assert.equal(told(history(...watches)), want));
  }

  it('are those of the spec: what it names no more has not triggered', () => {
    const world = history(fine, errors);
    const { status, metadata } = world.service;
    const { spec } = withAlarms(['Slow', 'Errors', 'Slow']);
    assert.equal(
      told({ ...world, service: service(spec, { status, metadata }) }),
      'seen Slow,Errors ignored triggered Errors',
    );
    const fewer = service(withAlarms(['Slow']).spec, { status, metadata });
    assert.equal(told({ ...world, service: fewer }), 'seen Slow ignored triggered');
  });

  it('begin anew where a deployment becomes the PRIMARY one again', () => {
    const world = history(fine, errors);
    const again = deploymentRecord({ ...second, sequence: 4 });
    const third = deploymentRecord({ sequence: 3 });
    const before = after(world, look(world), 15);
    const other = { ...before, resolution: found, deployments: [first, second, third] };
    const back = { ...after(other, look(other), 15), resolution: nextFound, deployments: [first, third, again] };
    const old = back.service.status?.deployments?.find(({ id }) => id.endsWith(second.digits));
    assert.deepEqual([old?.status, old?.alarms?.triggeredAlarmNames], ['ACTIVE', ['Errors']]);
    assert.equal(told(back), 'seen Errors,Slow ignored Errors triggered');
    assert.equal(verdictOn(back, again), undefined);
  });

  it('are not there where they are not enabled', () => {
    const alarms = { alarmNames: ['Errors'], enable: false, rollback: true };
    assert.deepEqual(namedAlarms(service({ deploymentConfiguration: { alarms } }).spec), []);
    assert.equal(alarmsOf(watched(errors, { service: service({ deploymentConfiguration: { alarms } }) })), undefined);
    assert.equal(alarmsOf(serviceWorld()), undefined);
  });

  it('have an expression where kubernetes.alarms gives them one, and are named once', () => {
    const kubernetes = { alarms: [{ name: 'Slow', expression: 'latency > 1' }] };
    const { spec } = service({ ...withAlarms(['Errors', 'Slow', 'Errors']).spec, kubernetes });
    assert.deepEqual(namedAlarms(spec), [{ name: 'Errors' }, { name: 'Slow', expression: 'latency > 1' }]);
  });
});

describe('alarms are looked at', () => {
  const state = (status: DeploymentStatus['status'], rolloutState: DeploymentStatus['rolloutState']): ServiceWorld => {
    const world = history(fine);
    const [shown] = look(world).status.deployments ?? [];
    const deployments = [{ ...(shown as DeploymentStatus), status, rolloutState }];
    return { ...world, service: service(world.service.spec, { status: { deployments } }) };
  };
  const names = ({ service: watching }: ServiceWorld, primary = second): string[] =>
    alarmsToWatch(watching, [first, primary]).map(({ name }) => name);

  it('while the deployment is in progress, and no longer', () => {
    assert.deepEqual(names(history(fine)), ['Errors', 'Slow']);
    assert.deepEqual(names(state('PRIMARY', 'IN_PROGRESS')), ['Errors', 'Slow']);
    assert.deepEqual(names(state('PRIMARY', 'COMPLETED')), []);
  });

  it('where a completed one becomes the PRIMARY one again', () => {
    assert.deepEqual(names(state('ACTIVE', 'COMPLETED')), ['Errors', 'Slow']);
  });

  it('not once it is written down how it ended, though the status is lost', () => {
    const ended = deploymentRecord({ ...second, outcome: { state: 'COMPLETED', at: iso(90) } });
    assert.deepEqual(names(history(fine, 'lost'), ended), []);
  });
});

describe('a rollback', () => {
  const failure = {
    state: 'FAILED',
    at: iso(90),
    endedBy: 'alarms',
    isRejected: true,
    sequence: 2,
    rolledBackTo: first.digits,
  } as const;
  const deployments = [deploymentRecord({ ...second, outcome: failure }), deploymentRecord({ ...first, sequence: 3 })];

  it('is watched by no alarm, and does not bake', () => {
    const own = withAlarms(['Errors'], { bakeTimeInMinutes: 5 });
    assert.deepEqual(alarmsToWatch(own, deployments), []);
    const world = watched({ kind: 'off' }, { service: own, deployments, tasks: tasks(1) });
    assert.deepEqual([alarmsOf(world), verdictOn(world, deployments[1] as typeof first)], [undefined, undefined]);
    const { status, events } = look(world);
    const [shown] = status.deployments ?? [];
    assert.deepEqual([shown?.alarms, shown?.bakeStartedAt, shown?.rolloutState], [undefined, undefined, 'COMPLETED']);
    assert.deepEqual(
      messages(events).filter((each) => each.includes('alarms')),
      [],
    );
  });
});

describe('an alarm that fires', () => {
  it('fails the deployment, in the words of ECS, with or without a rollback', () => {
    const world = history(fine, read({ Errors: 'ALARM', Slow: 'ALARM' }));
    assert.deepEqual(verdictOf(world), {
      cause: 'alarms',
      rollback: true,
      what: 'alarm detected',
      message: 'Errors, Slow fired during the deployment',
    });
    const { status, metadata, spec } = world.service;
    const alarms = { alarmNames: ['Errors'], enable: true, rollback: false };
    const stays = service({ ...spec, deploymentConfiguration: { alarms } }, { status, metadata });
    assert.equal(verdictOf({ ...world, service: stays })?.rollback, false);
  });

  it('is ignored where it fired before, and without data, and where nobody looks', () => {
    for (const watches of [
      [errors],
      [errors, fine, errors],
      [fine, failed],
      [fine, read({ Errors: 'INSUFFICIENT_DATA' })],
    ]) {
      assert.equal(verdictOf(history(...watches)), undefined);
    }
    assert.equal(verdictOf(watched({ kind: 'off' })), undefined);
  });

  it('is written at once, as is that it is ignored', () => {
    const before = look(history(fine)).status;
    for (const watches of [[errors], [fine, errors]]) {
      assert.ok(isServiceStateChange(before, look(history(...watches)).status));
    }
    assert.equal(isServiceStateChange(before, look(history(fine, fine)).status), false);
  });

  it('fails no deployment that it fired before, whatever is lost or fails, and each that it fires after', () => {
    const state = fc.constantFrom<AlarmState>('OK', 'ALARM', 'INSUFFICIENT_DATA');
    const watch = fc.oneof(
      { weight: 6, arbitrary: fc.tuple(state, state).map(([e, s]) => read({ Errors: e, Slow: s })) },
      { weight: 1, arbitrary: fc.constantFrom(waiting, failed, 'lost' as const) },
    );
    fc.assert(
      fc.property(fc.array(watch, { minLength: 1, maxLength: 12 }), (watches) => {
        const last = watches.lastIndexOf('lost');
        const remembered = watches.slice(last + 1);
        const fails = (name: string): boolean => {
          const states = remembered.flatMap((each) =>
            each !== 'lost' && each.kind === 'read' ? (each.readings.get(name)?.state ?? []) : [],
          );
          const data = states.filter((each) => each !== 'INSUFFICIENT_DATA');
          return data[0] === 'OK' && data.includes('ALARM');
        };
        const world = history(...watches);
        assert.deepEqual(alarmsOf(world)?.triggered, ['Errors', 'Slow'].filter(fails));
        assert.equal(verdictOf(world) !== undefined, fails('Errors') || fails('Slow'));
      }),
    );
  });
});

describe('what is told of alarms', () => {
  const [digits] = [second.digits];
  const conditionOf = (world: ServiceWorld): string | undefined => {
    const found = look(world).status.conditions?.find(({ type }) => type === 'AlarmsNotWatched');
    return found && `${found.status} ${found.reason}: ${found.message}`;
  };
  const news = (world: ServiceWorld): string[] => messages(look(world).events).filter((each) => each.includes('alarm'));
  const readyOf = (world: ServiceWorld): string | undefined =>
    look(world).status.conditions?.find(({ type }) => type === 'Ready')?.message;

  it('nothing special while all is well', () => {
    const world = history(fine);
    assert.equal(conditionOf(world), undefined);
    assert.deepEqual(news(world), []);
    assert.match(readyOf(world) ?? '', /are healthy; alarms watched: Errors, Slow[;.]/);
    assert.deepEqual(look(world).status.deployments?.[0]?.alarms, {
      status: 'MONITORING',
      alarmNames: ['Errors', 'Slow'],
    });
  });

  it('which are ignored: once as an event, and in the condition', () => {
    const world = history(errors);
    assert.deepEqual(news(world), [`(deployment ecs-svc/${digits}) ignores alarms that fired when it began: Errors.`]);
    assert.deepEqual(news(history(errors, errors)), []);
    const later = history(errors, errors);
    const { status, metadata, spec } = later.service;
    const forgotten = service(spec, { status: { ...status, events: [] }, metadata });
    assert.deepEqual(news({ ...later, service: forgotten }), []);
    assert.match(readyOf(world) ?? '', /alarms watched: Slow; alarms ignored, which fired when it began: Errors[;.]/);
    assert.deepEqual(look(world).status.deployments?.[0]?.alarms?.ignoredAlarmNames, ['Errors']);
  });

  it('which are ignored, though the deployment is complete at the same look', () => {
    const own = withAlarms(['Errors', 'Slow'], { bakeTimeInMinutes: 0 });
    const world = watched(errors, { service: own, tasks: tasks(1, { deployment: second.digits }) });
    assert.equal(look(world).status.deployments?.[0]?.rolloutState, 'COMPLETED');
    assert.deepEqual(news(world), [`(deployment ecs-svc/${digits}) ignores alarms that fired when it began: Errors.`]);
  });

  it('that one has triggered', () => {
    const { alarms } = look(history(fine, errors)).status.deployments?.[0] ?? {};
    assert.deepEqual([alarms?.status, alarms?.triggeredAlarmNames], ['TRIGGERED', ['Errors']]);
  });

  const unwatched: Record<string, { watch: AlarmWatch; want: RegExp }> = {
    'that the operator is not told where Prometheus is, and which option tells it': {
      watch: { kind: 'off' },
      want: /^True PrometheusNotConfigured: deploymentConfiguration\.alarms\.alarmNames is not watched: .* --prometheus-url\. Deployments go on/,
    },
    'that Prometheus does not answer': {
      watch: failed,
      want: /^True PrometheusUnreachable: .*: Prometheus at http:\/\/p cannot be reached: ECONNREFUSED\. Deployments go on without\.$/,
    },
    'which alarm does not exist, and which are like it': {
      watch: read({ Erors: 'OK', Slow: 'OK', Unlike: 'OK' }),
      want: /^True AlarmNotFound: deploymentConfiguration\.alarms\.alarmNames has "Errors", .* no alerting rule of that name, .*; there is "Erors"\. Deployments/,
    },
    'which has no data, and why': {
      watch: {
        kind: 'read',
        readings: new Map([
          ['Slow', { state: 'OK' }],
          ['Errors', { state: 'INSUFFICIENT_DATA', error: 'parse error' }],
        ]),
        ruleNames: [],
        nextAtMs,
      },
      want: /^True AlarmWithoutData: Alarm "Errors" has no data: parse error\. Deployments go on without\.$/,
    },
  };
  for (const [sentence, { watch, want }] of Object.entries(unwatched)) {
    it(`${sentence}: a condition, and one event`, () => {
      const world = watched(watch);
      assert.match(conditionOf(world) ?? '', want);
      const [event = '', ...others] = news(world);
      assert.ok(event.startsWith(`(deployment ecs-svc/${digits}) goes on without alarms: `), event);
      assert.deepEqual([...others, ...news(after(world, look(world), 15))], []);
    });
  }

  it('nothing once the deployment is complete', () => {
    const world = watched({ kind: 'off' }, { tasks: tasks(1, { deployment: second.digits }) });
    const complete = after(world, look(world), 7 * 3600);
    assert.equal(complete.service.status?.deployments?.[0]?.rolloutState, 'COMPLETED');
    assert.deepEqual(news(complete), []);
    assert.match(conditionOf(complete) ?? '', /PrometheusNotConfigured/);
  });

  it('no alarm as watched where nobody looks', () => {
    assert.doesNotMatch(readyOf(watched({ kind: 'off' })) ?? '', /alarms/);
  });

  it('that they are no alarms of CloudWatch', () => {
    const differs = look(history(fine)).status.conditions?.find(({ type }) => type === 'DiffersFromECS');
    assert.match(
      differs?.message ?? '',
      /deploymentConfiguration\.alarms\.alarmNames: they are alerting rules of Prometheus/,
    );
  });

  it('when to look again', () => {
    assert.equal(look(history(fine)).wakeAtMs, nextAtMs);
  });
});
