import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations } from '../../../src/api/labels.ts';
import type { ServiceInput } from '../../support/builders.ts';
import {
  containerDefinition,
  content,
  deploymentRecord,
  healthCheck,
  iso,
  ms,
  service,
  snapshot,
} from '../../support/builders.ts';
import { shield } from '../../../src/core/task/pod/eviction.ts';
import { durationIn, timeIn } from '../../../src/core/task/protection.ts';
import type { TaskView } from '../../../src/core/task/view.ts';
import {
  look,
  messages,
  nextFound,
  first,
  rolling,
  second,
  serviceWorld,
  tasks,
  type Look,
} from '../../support/world.ts';

/** A deployment with a check every 30 seconds that may take 5, and one task of it that fails from second 60 on. */
const checked = deploymentRecord({
  snapshot: snapshot({ content: content(containerDefinition({ healthCheck })) }),
});
const failing: Partial<TaskView> = { startedAtMs: ms(), unhealthyAtMs: ms(60), unreadySinceMs: ms(50) };

/** What is done for two tasks one of which fails its check, so many seconds after the beginning. */
function lookAt(seconds: number, spec: ServiceInput = {}, sick: Partial<TaskView> = failing): Look {
  const { healthyAtMs: _, ...unwell } = { ...tasks(2)[1], ...sick } as TaskView;
  return look({
    ...serviceWorld({ service: service({ desiredCount: 2, ...spec }), deployments: [checked] }),
    resolution: { kind: 'found', taskDefinition: 'web:1', content: checked.snapshot.content },
    now: { epochMs: ms(seconds), iso: iso(seconds) },
    tasks: [...tasks(1), unwell],
  });
}

describe('a task whose health checks fail', () => {
  it('is replaced once the next check has failed too', () => {
    assert.deepEqual(lookAt(84).steps, []);
    assert.equal(lookAt(84).wakeAtMs, ms(85));
    const { steps, events } = lookAt(85);
    assert.deepEqual(steps, ['start 3']);
    const [started = ''] = messages(events);
    assert.match(
      started,
      /^has started 1 tasks: \(task \w+\)\. Amazon ECS replaced 1 tasks due to an unhealthy status\.$/,
    );
    assert(messages(events).includes('(task task-2) failed container health checks.'));
  });

  it('is left alone in the grace period', () => {
    assert.deepEqual(lookAt(199, { healthCheckGracePeriodSeconds: 200 }).steps, []);
    assert.deepEqual(lookAt(200, { healthCheckGracePeriodSeconds: 200 }).steps, ['start 3']);
  });

  it('is left alone while it is not RUNNING', () => {
    assert.deepEqual(lookAt(85, {}, { ...failing, lastStatus: 'PENDING' }).steps, []);
  });
});

/** What is done for three tasks of which one is too many and one says this, 100 seconds after the beginning. */
function protectedLook(said: Partial<TaskView>, count = 1): Look {
  const [one, ...others] = tasks(2);
  return look(
    serviceWorld({ service: service({ desiredCount: count }), tasks: [{ ...one, ...said } as TaskView, ...others] }),
  );
}

describe('a task that asks to be protected', () => {
  const written = (minutes: number): string =>
    `protect task-1: ${JSON.stringify({ [annotations.protectedUntil]: iso(100 + minutes * 60), [annotations.protect]: null, ...shield })}`;

  it('is, from that look on', () => {
    const ask = (asked: string): readonly string[] => protectedLook({ protection: { asked, isShielded: false } }).steps;
    assert.deepEqual(ask('true'), ['stop task-2', written(120)]);
    assert.deepEqual(ask('2880'), ['stop task-2', written(2880)]);
  });

  it('for as long as it may be', () => {
    assert.deepEqual(['1', '2880', '0', '2881', 'yes', '-1', '1.5', ''].map(durationIn), [
      60_000,
      172_800_000,
      ...Array<undefined>(6).fill(undefined),
    ]);
  });

  it('is told what is wrong, and not protected', () => {
    for (const protection of [
      { asked: '2881', isShielded: false },
      { until: 'tomorrow', isShielded: false },
    ]) {
      const { steps, events } = protectedLook({ protection });
      assert.deepEqual(steps, ['stop task-1']);
      assert(
        messages(events).some((each) => /^cannot protect \(task task-1\): annotation .*("2881"|"tomorrow")/.test(each)),
      );
    }
  });

  it('is told that a deployment waits for more protected tasks than there are to be', () => {
    const held = {
      deployment: first.digits,
      protectedUntilMs: ms(500),
      protection: { until: iso(500), isShielded: true },
    };
    const [one, two, three] = tasks(3, held);
    const asking = { ...three, protectedUntilMs: undefined, protection: { asked: 'true', isShielded: false } };
    const world = serviceWorld({ ...rolling, tasks: [one, two, asking] as TaskView[] });
    const { steps, events } = look(world);
    assert(steps.every((step) => !step.startsWith('protect')));
    assert(messages(events).some((each) => each.includes('DEPLOYMENT_BLOCKED')));
  });
});

describe('a task that is protected', () => {
  const until = (seconds: number, isShielded: boolean): Partial<TaskView> => ({
    protectedUntilMs: ms(seconds),
    protection: { until: iso(seconds), isShielded },
  });

  it('is told to the autoscalers, and taken back when it is over', () => {
    assert.deepEqual(protectedLook(until(101, false), 2).steps, [`protect task-1: ${JSON.stringify(shield)}`]);
    assert.deepEqual(protectedLook(until(101, true), 2).steps, []);
    assert.equal(protectedLook(until(101, true), 2).wakeAtMs, ms(101));
    const [back = ''] = protectedLook(until(100, true), 2).steps;
    assert.match(back, /"cluster-autoscaler.kubernetes.io\/safe-to-evict":"true","karpenter.sh\/do-not-disrupt":null/);
    assert.deepEqual(protectedLook(until(100, false), 2).steps, []);
  });

  it('is taken back when nobody asks for it any more', () => {
    assert.equal(protectedLook({ protection: { isShielded: true } }, 2).steps.length, 1);
  });

  it('holds up a scale-in, which says for whom and until when', () => {
    const { events, status } = protectedLook(until(101, true), 0);
    const id = status.deployments?.[0]?.id ?? '';
    const want = `was unable to reach steady state because (taskSet ${id}) was unable to scale in due to (reason 1 tasks under protection)`;
    assert(messages(events).includes(want));
    const message = status.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
    assert(message.includes(`1 that would stop are protected, the last until ${iso(101)}`), message);
  });

  it('has a time that is one', () => {
    assert.equal(timeIn('2026-01-31T18:00:00+01:00'), Date.UTC(2026, 0, 31, 17));
    assert.deepEqual(['2026-01-31', '2026-13-31T18:00:00Z', 'soon', '2026-01-31T18:00:00'].map(timeIn), [
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('a service that says which tasks stop first', () => {
  const aged = tasks(3).map((task, index) => ({ ...task, createdAtMs: ms([2, 1, 3][index] ?? 0) }));
  const stopped = (scaleIn: 'oldest' | 'newest'): readonly string[] =>
    look(serviceWorld({ service: service({ desiredCount: 1, kubernetes: { scaleIn } }), tasks: aged })).steps;

  it('stops those by their age', () => {
    assert.deepEqual(stopped('oldest'), ['stop task-2', 'stop task-1']);
    assert.deepEqual(stopped('newest'), ['stop task-3', 'stop task-1']);
  });
});

describe('early success criteria', () => {
  function rolloutOf(
    cleanup: 'BLOCKING' | 'DEFERRED',
    [healthy, old]: readonly [number, number],
    percent = 50,
  ): string | undefined {
    const spec = service({
      desiredCount: 4,
      deploymentConfiguration: {
        minimumHealthyPercent: 50,
        earlySuccessCriteria: { enable: true, healthyPercent: percent, sourceServiceRevisionCleanup: cleanup },
      },
    });
    const own = tasks(healthy, { deployment: second.digits });
    const older = tasks(old, { deployment: first.digits }).map((task) => ({ ...task, id: `old-${task.id}` }));
    const world = serviceWorld({ ...rolling, service: spec, tasks: [...own, ...older] });
    return look(world).status.deployments?.[0]?.rolloutState;
  }

  it('complete a deployment with as many healthy tasks, rounded up', () => {
    assert.equal(rolloutOf('BLOCKING', [2, 0]), 'COMPLETED');
    assert.equal(rolloutOf('BLOCKING', [1, 0]), 'IN_PROGRESS');
    assert.equal(rolloutOf('BLOCKING', [2, 0], 51), 'IN_PROGRESS');
    assert.equal(rolloutOf('BLOCKING', [3, 0], 51), 'COMPLETED');
  });

  it('wait for older tasks, or let them go afterwards', () => {
    assert.equal(rolloutOf('BLOCKING', [2, 1]), 'IN_PROGRESS');
    assert.equal(rolloutOf('DEFERRED', [2, 1]), 'COMPLETED');
  });
});

describe('bounds that never let a deployment end', () => {
  const reasonOf = (minimum: number, maximum: number): string | undefined => {
    const bounds = { minimumHealthyPercent: minimum, maximumPercent: maximum };
    const spec = service({ desiredCount: 3, deploymentConfiguration: bounds });
    const { status } = look({ ...serviceWorld({ service: spec, tasks: tasks(3) }), resolution: nextFound });
    return status.conditions?.find(({ type }) => type === 'Stalled')?.reason;
  };

  it('are told before it begins', () => {
    assert.equal(reasonOf(100, 125), 'DeploymentStuck');
    assert.equal(reasonOf(67, 133), 'DeploymentStuck');
    assert.equal(reasonOf(66, 100), undefined);
    assert.equal(reasonOf(100, 134), undefined);
  });
});
