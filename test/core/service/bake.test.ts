import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ServiceSpec } from '../../../src/api/service.ts';
import type { AlarmWatch } from '../../../src/core/service/alarm-watch.ts';
import { bakeMs } from '../../../src/core/service/bake.ts';
import { isServiceStateChange } from '../../../src/core/service/state-change.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import { at, nextAtMs, read, watched, withAlarms } from '../../support/alarms.ts';
import { deploymentRecord, instant, iso, ms, service, taskView } from '../../support/builders.ts';
import { after, look, messages, pending, rolling, second, serviceWorld, tasks } from '../../support/world.ts';

type Configuration = Partial<ServiceSpec['deploymentConfiguration']>;

const waiting: AlarmWatch = { kind: 'waiting', nextAtMs };
const failed: AlarmWatch = { kind: 'failed', error: 'no', nextAtMs };
const fine = read({ Errors: 'OK', Slow: 'OK' });

describe('the bake time', () => {
  const minutes = (bakeTimeInMinutes: number): Configuration => ({ bakeTimeInMinutes });
  const slow = (delayMs: number): AlarmWatch => read({ Errors: 'OK', Slow: 'OK' }, delayMs);
  const named = ['Errors', 'Slow'];

  const cases: Record<string, { names?: readonly string[]; rest?: Configuration; alarms?: AlarmWatch; want: number }> =
    {
      'is none without alarms': { alarms: fine, want: 0 },
      'is what the spec says': { names: named, rest: minutes(7), alarms: fine, want: 420_000 },
      'is what the spec says without alarms too': { rest: minutes(7), want: 420_000 },
      'is what the spec says though nobody looks': {
        names: named,
        rest: minutes(1),
        alarms: { kind: 'off' },
        want: 60_000,
      },
      'is none where the spec says so': { names: named, rest: minutes(0), alarms: slow(90_000), want: 0 },
      'is none where nobody looks': { names: named, alarms: { kind: 'off' }, want: 0 },
      'is as long as the slowest alarm takes': { names: named, alarms: slow(90_000), want: 90_000 },
      'is a minute at least': { names: named, alarms: slow(59_999), want: 60_000 },
      'is five minutes at most': { names: named, alarms: slow(300_001), want: 300_000 },
      'is five minutes where Prometheus does not answer': { names: named, alarms: failed, want: 300_000 },
      'is a minute where no alarm exists': { names: named, alarms: read({}), want: 60_000 },
      'is five minutes where an alarm cannot be read': {
        names: named,
        alarms: {
          kind: 'read',
          readings: new Map([['Slow', { state: 'INSUFFICIENT_DATA', error: 'no' }]]),
          ruleNames: [],
          nextAtMs,
        },
        want: 300_000,
      },
    };
  for (const [sentence, { names = [], rest = {}, alarms, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const own = names.length > 0 ? withAlarms(names, rest) : service({ deploymentConfiguration: rest });
      // Nobody asks for alarms where there are none.
      assert.equal(bakeMs(watched(names.length > 0 ? alarms : undefined, { service: own })), want);
    });
  }
});

describe('a deployment that bakes', () => {
  const own = { deployment: second.digits };
  const settings = withAlarms(['Errors', 'Slow'], { bakeTimeInMinutes: 2 });
  /** Rolled out, with its one task healthy, and looked at for the first time as such. */
  const rolledOut = watched(fine, { service: settings, tasks: tasks(1, own) });

  const stateOf = (world: ServiceWorld): string => {
    const [shown] = look(world).status.deployments ?? [];
    return `${shown?.rolloutState ?? ''} since ${shown?.bakeStartedAt ?? 'never'}`;
  };
  const inProgress = `IN_PROGRESS since ${iso(100)}`;
  const begun = after(rolledOut, look(rolledOut));

  it('is in progress until its time is over, to the second, and then complete', () => {
    assert.equal(stateOf(rolledOut), inProgress);
    assert.equal(stateOf(at(219, begun, fine)), inProgress);
    assert.equal(stateOf(at(220, begun, fine)), `COMPLETED since ${iso(100)}`);
    const { events, status } = look(at(220, begun, fine));
    assert.ok(messages(events).includes(`(deployment ecs-svc/${second.digits}) deployment completed.`));
    assert.equal(status.deployments?.[0]?.alarms?.status, 'MONITORING_COMPLETE');
  });

  it('is written at once when it begins, and no more looked at when it is over', () => {
    const { status: started } = look(rolledOut);
    const deployments = started.deployments?.map(({ bakeStartedAt: _, ...rest }) => rest) ?? [];
    assert.ok(isServiceStateChange({ ...started, deployments }, started));
    const later: AlarmWatch = { ...fine, nextAtMs: ms(300) } as AlarmWatch;
    assert.equal(look(at(219, begun, later)).wakeAtMs, ms(220));
    assert.ok((look(at(220, begun, later)).wakeAtMs ?? 0) > ms(300));
  });

  it('says until when, and which alarms are watched', () => {
    for (const world of [rolledOut, at(130, begun, fine)]) {
      const ready = look(world).status.conditions?.find(({ type }) => type === 'Ready');
      assert.equal(
        `${ready?.status ?? ''} ${ready?.reason ?? ''} ${ready?.message ?? ''}`,
        `False DeploymentInProgress 1 of 1 tasks of ecs-svc/${second.digits} (web:2) are healthy; ` +
          `baking until ${iso(220)}; alarms watched: Errors, Slow.`,
      );
    }
  });

  it('does not begin while a task is not healthy, or an older one is left', () => {
    const never = 'IN_PROGRESS since never';
    assert.equal(stateOf({ ...rolledOut, tasks: tasks(1, { ...own, ...pending }) }), never);
    assert.equal(stateOf({ ...rolledOut, tasks: [...tasks(1, own), taskView({ id: 'old' })] }), never);
    const stopping = taskView({ id: 'old', lastStatus: 'STOPPING' });
    assert.equal(stateOf({ ...rolledOut, tasks: [...tasks(1, own), stopping] }), never);
  });

  it('goes on where a task is replaced meanwhile, and ends when that is healthy', () => {
    const replaced = { ...begun, tasks: tasks(1, { ...own, ...pending }) };
    assert.equal(stateOf(at(150, replaced, fine)), inProgress);
    assert.equal(stateOf(at(230, replaced, fine)), inProgress);
    const later = after(at(150, replaced, fine), look(at(150, replaced, fine)));
    assert.equal(stateOf(at(230, { ...later, tasks: tasks(1, own) }, fine)), `COMPLETED since ${iso(100)}`);
  });

  it('begins its time anew when the status is lost', () => {
    const lost = { ...begun, service: settings };
    assert.equal(stateOf(at(219, lost, fine)), `IN_PROGRESS since ${iso(219)}`);
  });

  it('is not complete before the first look of an operator that has just started', () => {
    assert.equal(stateOf(at(500, begun, waiting)), inProgress);
    assert.equal(stateOf(at(500, begun, failed)), `COMPLETED since ${iso(100)}`);
  });

  it('is not complete before the first look, though it has no bake time', () => {
    const own0 = withAlarms(['Errors', 'Slow'], { bakeTimeInMinutes: 0 });
    const world = watched(waiting, { service: own0, tasks: tasks(1, own) });
    assert.equal(stateOf(world), 'IN_PROGRESS since never');
    assert.equal(look(world).wakeAtMs, nextAtMs);
    for (const alarms of [failed, fine]) assert.equal(stateOf({ ...world, alarms }), 'COMPLETED since never');
  });

  it('is looked at when its time is over, or there are news of its alarms', () => {
    const wakeOf = (world: ServiceWorld): number | undefined => look(world).wakeAtMs;
    const plain = service({ deploymentConfiguration: { bakeTimeInMinutes: 2 } });
    const unwatched = watched(undefined, { service: plain, tasks: tasks(1, own) });
    assert.equal(wakeOf(unwatched), ms(220));
    assert.equal(wakeOf(after(unwatched, look(unwatched), 30)), ms(220));
    assert.equal(wakeOf(rolledOut), nextAtMs);
    assert.equal(wakeOf(at(110, begun, fine)), nextAtMs);
    // Its task is being replaced, and the time is over: nothing is to come but that task.
    const over = after(unwatched, look(unwatched), 200);
    assert.equal(wakeOf({ ...over, tasks: tasks(1, { ...own, ...pending }) }), undefined);
  });

  it('has a bake time of its own where it becomes the PRIMARY one again', () => {
    const again = deploymentRecord({ ...second, sequence: 4 });
    const { status, metadata, spec } = begun.service;
    const [shown] = status?.deployments ?? [];
    assert(shown);
    const drained = service(spec, { status: { ...status, deployments: [{ ...shown, status: 'ACTIVE' }] }, metadata });
    const deployments = [deploymentRecord({ sequence: 3 }), again];
    assert.equal(stateOf(at(250, { ...begun, service: drained, deployments }, fine)), `IN_PROGRESS since ${iso(250)}`);
  });

  it('keeps what was, while it is drained', () => {
    const third = deploymentRecord({ sequence: 3 });
    const world = { ...begun, resolution: serviceWorld().resolution, deployments: [...rolling.deployments, third] };
    const drained = look(world).status.deployments?.find(({ status }) => status === 'ACTIVE');
    assert.equal(drained?.bakeStartedAt, iso(100));
    assert.deepEqual(drained.alarms, { status: 'MONITORING', alarmNames: ['Errors', 'Slow'] });
  });

  it('is complete at once without alarms and without a time', () => {
    const world = serviceWorld({ ...rolling, now: instant(100), tasks: tasks(1, own) });
    assert.equal(stateOf(world), 'COMPLETED since never');
  });
});
