import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations, labels } from '../../../src/api/labels.ts';
import type { Pod } from '../../../src/api/meta.ts';
import { renderPod } from '../../../src/core/task/pod/pod.ts';
import { gateOf, targetsOf } from '../../../src/core/task/routing.ts';
import { describeTask } from '../../../src/core/task/view.ts';
import { containerDefinition, content, healthCheck, iso, ms, newTask, pod, snapshot } from '../../support/builders.ts';
import { arn, mapped, otherArn } from '../../support/routing.ts';

const group = { binding: 'lb-web', arn };
const other = { binding: 'lb-api', arn: otherArn };
const routed = { targetGroups: [], ports: [] };
const app = { name: 'app', image: 'shop/web:1', imageID: '', restartCount: 0 };

interface Parts {
  readonly isIn?: boolean;
  readonly isReady?: boolean;
  readonly isChecked?: boolean;
  readonly groups?: readonly (typeof group)[];
  readonly targets?: readonly object[];
  readonly notes?: Readonly<Record<string, string>>;
  readonly metadata?: Partial<Pod['metadata']>;
  readonly exit?: number;
}

/** The pod of a task that has run since second 5. */
function running({
  isIn = true,
  isReady = true,
  isChecked = false,
  groups = [],
  targets = [],
  ...rest
}: Parts = {}): Pod {
  const state =
    rest.exit === undefined
      ? { running: { startedAt: iso(5) } }
      : { terminated: { exitCode: rest.exit, startedAt: iso(5), finishedAt: iso(6) } };
  const definition = containerDefinition(isChecked ? { healthCheck } : {});
  return pod({
    task: {
      routing: { ...routed, targetGroups: groups },
      snapshot: snapshot({ content: content(definition, containerDefinition({ name: 'log', essential: false })) }),
    },
    metadata: { ...rest.metadata, labels: { [labels.inService]: String(isIn) }, annotations: rest.notes ?? {} },
    spec: { nodeName: 'node-1' },
    status: {
      phase: 'Running',
      conditions: targets as NonNullable<NonNullable<Pod['status']>['conditions']>,
      containerStatuses: [
        { ...app, ready: isReady, state },
        { ...app, name: 'log', ready: true, state: { running: { startedAt: iso(5) } } },
      ],
    },
  });
}

function condition(of: typeof group, status: string, reason = ''): object {
  return { type: gateOf(of), status, reason, message: `said ${reason}`, lastTransitionTime: iso(50) };
}

describe('a task that is routed', () => {
  const healthy: readonly (readonly [string, Parts, number | undefined])[] = [
    ['40 s after its start', {}, ms(45)],
    ['not while it is out of service', { isIn: false }, undefined],
    ['at once with a check that passes', { isChecked: true }, ms(5)],
    ['not with a check that fails', { isChecked: true, isReady: false }, undefined],
    ['not before its target is heard of', { groups: [group] }, undefined],
    ['not while its target is not healthy', { groups: [group], targets: [condition(group, 'False')] }, undefined],
    ['at once with a healthy target', { groups: [group], targets: [condition(group, 'True')] }, ms(5)],
    ['not with one target of two', { groups: [group, other], targets: [condition(group, 'True')] }, undefined],
    [
      'with all its targets',
      { groups: [group, other], targets: [condition(group, 'True'), condition(other, 'True')] },
      ms(5),
    ],
    [
      'not with a target and a check that fails',
      { groups: [group], targets: [condition(group, 'True')], isChecked: true, isReady: false },
      undefined,
    ],
  ];
  for (const [what, parts, atMs] of healthy) {
    it(`counts as healthy ${what}`, () => assert.equal(describeTask(running(parts)).healthyAtMs, atMs));
  }

  const unhealthy: readonly (readonly [string, object, number | undefined])[] = [
    ['has failed its checks', condition(group, 'False', 'Target.FailedHealthChecks'), ms(50)],
    ['has answered wrongly', condition(group, 'False', 'Target.ResponseCodeMismatch'), ms(50)],
    ['does not answer', condition(group, 'False', 'Target.Timeout'), ms(50)],
    ['is being registered', condition(group, 'False', 'Elb.RegistrationInProgress'), undefined],
    ['is healthy', condition(group, 'True', 'Target.Timeout'), undefined],
  ];
  for (const [what, told, atMs] of unhealthy) {
    it(`is ${atMs === undefined ? 'not ' : ''}UNHEALTHY when its target ${what}`, () => {
      assert.equal(describeTask(running({ groups: [group], targets: [told] })).unhealthyAtMs, atMs);
    });
  }

  it('tells why its target is UNHEALTHY', () => {
    const [target] = targetsOf(running({ groups: [group], targets: [condition(group, 'False', 'Target.Timeout')] }));
    assert.deepEqual(target?.unhealthy, { reason: 'said Target.Timeout', sinceMs: ms(50) });
  });

  it('is fit for service by its containers alone, and RUNNING', () => {
    const fit = (parts: Parts): boolean | undefined => describeTask(running({ isIn: false, ...parts })).route?.isFit;
    assert.deepEqual([fit({}), fit({ isChecked: true }), fit({ groups: [group] })], [true, true, true]);
    assert.equal(fit({ isChecked: true, isReady: false }), false);
    assert.equal(describeTask(pod({ task: { routing: routed } })).route, undefined);
    assert.equal(describeTask(pod({ task: {} })).route, undefined);
  });

  it('is in no target group that is damaged', () => {
    for (const text of ['', '{', '{}', '[null]', '[{"binding":"a"}]']) {
      const damaged = running({ notes: { [annotations.targetGroups]: text } });
      assert.deepEqual(targetsOf(damaged), [], text);
    }
  });
});

describe('a task that drains', () => {
  const notes = {
    [annotations.drainsUntil]: iso(90),
    [annotations.stopCode]: 'ServiceSchedulerInitiated',
    [annotations.stoppedReason]: 'Scaling activity',
  };
  const drained = (parts: Parts): readonly unknown[] => {
    const { lastStatus, desiredStatus, drainsUntilMs, drainReason } = describeTask(
      running({ isIn: false, notes, ...parts }),
    );
    return [lastStatus, desiredStatus, drainsUntilMs, drainReason];
  };

  it('is DEACTIVATING until then', () => {
    assert.deepEqual(drained({}), ['DEACTIVATING', 'STOPPED', ms(90), 'Scaling activity']);
  });

  it('is STOPPING once it is deleted', () => {
    assert.deepEqual(drained({ metadata: { deletionTimestamp: iso(91) } }).slice(0, 2), ['STOPPING', 'STOPPED']);
  });

  it('has drained when its end has come by itself, or nobody can read until when', () => {
    assert.deepEqual(drained({ exit: 1 })[2], 0);
    assert.deepEqual(drained({ notes: { ...notes, [annotations.drainsUntil]: 'soon' } })[2], 0);
  });

  it('does not by an annotation alone: it has to be routed, and out of service', () => {
    const only = { [annotations.drainsUntil]: iso(90) };
    assert.equal(describeTask(running({ notes: only })).lastStatus, 'RUNNING');
    assert.equal(describeTask(running({ notes: only, isIn: false })).lastStatus, 'DEACTIVATING');
  });
});

describe('the pod of a task that is routed', () => {
  const ports = [
    { name: 'ecs-a', container: 'app', containerPort: 80, protocol: 'TCP' as const },
    { name: 'ecs-b', container: 'app', containerPort: 80, protocol: 'TCP' as const },
    { name: 'ecs-c', container: 'app', containerPort: 9000, protocol: 'TCP' as const },
    { name: 'ecs-d', container: 'other', containerPort: 80, protocol: 'TCP' as const },
  ];
  const made = renderPod(
    newTask({
      snapshot: snapshot({ content: mapped({ containerPort: 80, protocol: 'udp' }, { containerPort: 80 }) }),
      routing: { targetGroups: [group], ports },
    }),
  );

  it('is not in service, and waits for its target', () => {
    assert.equal(made.metadata.labels[labels.inService], 'false');
    assert.deepEqual(made.spec.readinessGates, [{ conditionType: 'target-health.elbv2.k8s.aws/lb-web' }]);
    assert.equal(made.metadata.annotations[annotations.targetGroups], JSON.stringify([group]));
  });

  it('has its ports under the names that core Services know', () => {
    assert.deepEqual(made.spec.containers[0]?.ports, [
      { containerPort: 80, protocol: 'UDP' },
      { containerPort: 80, protocol: 'TCP', name: 'ecs-a' },
      { containerPort: 80, protocol: 'TCP', name: 'ecs-b' },
      { containerPort: 9000, protocol: 'TCP', name: 'ecs-c' },
    ]);
  });

  it('is as ever where it is not routed', () => {
    const plain = renderPod(newTask());
    assert.ok(!(labels.inService in plain.metadata.labels));
    assert.ok(!('readinessGates' in plain.spec));
    assert.ok(!(annotations.targetGroups in renderPod(newTask({ routing: routed })).metadata.annotations));
  });
});
