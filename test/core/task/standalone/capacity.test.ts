import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { capacityOf } from '../../../../src/core/capacity/capacity.ts';
import { planTask } from '../../../../src/core/task/standalone/plan.ts';
import { planRecord } from '../../../../src/core/task/standalone/record.ts';
import type { TaskWorld } from '../../../../src/core/task/standalone/world.ts';
import { content, iso } from '../../../support/builders.ts';
import { byStrategy, provider } from '../../../support/capacity.ts';
import { launchRecord, task, taskPod, taskWorld } from '../../../support/standalone.ts';

/** What the pod is made for, as the first look at a task has it. */
function runsOn(world: Partial<TaskWorld>): readonly unknown[] {
  const [step] = planTask(taskWorld(world)).steps;
  if (step?.kind !== 'createPod') return [];
  const { capacity, snapshot } = step.task;
  return [capacity.provider?.name, capacity.launchType, snapshot.launchType];
}

describe('A standalone task with a strategy', () => {
  it('runs where the first of many would: each is a request of its own', () => {
    assert.deepEqual(runsOn({ capacity: byStrategy('general:1', 'compute:4:1') }), ['compute', 'EC2', 'EC2']);
    assert.deepEqual(runsOn({ capacity: byStrategy('general:0', 'compute:4') }), ['compute', 'EC2', 'EC2']);
  });

  it('has to fit Fargate for FARGATE_SPOT, and runs on the nodes that stand in for it', () => {
    const world = { capacity: byStrategy('FARGATE_SPOT') };
    assert.deepEqual(runsOn(world), ['FARGATE_SPOT', 'EC2', 'FARGATE']);
    const onHost = { ...content(), networkMode: 'host' } as const;
    const unfit = planTask(
      taskWorld({ ...world, resolution: { kind: 'found', taskDefinition: 'web:1', content: onHost } }),
    );
    assert.deepEqual(unfit.steps, []);
    assert.match(unfit.status.conditions?.[0]?.message ?? '', /^web:1 cannot be launched on FARGATE: networkMode/);
  });

  it('is stalled by a provider that there is not', () => {
    const { steps, status } = planTask(taskWorld({ capacity: byStrategy('gold') }));
    assert.deepEqual(steps, []);
    assert.deepEqual(
      status.conditions?.map(({ type, status: is, reason }) => `${type}=${is} ${reason}`),
      ['Ready=False CapacityProviderNotFound', 'Stalled=True CapacityProviderNotFound'],
    );
  });

  it('says what it runs on once it may run there, and for good', () => {
    const capacity = capacityOf('gold', provider('gold'));
    const pods = [taskPod({ task: { capacity } })];
    const before = planTask(taskWorld({ capacity: byStrategy('general') })).status;
    const during = planTask(taskWorld({ pods, record: launchRecord() })).status;
    const later = planTask(taskWorld({ task: task({}, { status: during }), record: launchRecord() })).status;
    assert.deepEqual(
      [before, during, later].map((each) => [each.launchType, each.capacityProviderName]),
      [
        [undefined, undefined],
        ['EC2', 'gold'],
        ['EC2', 'gold'],
      ],
    );
  });

  it('is told in the record of a task of a service too', () => {
    const record = { taskId: 'a', podName: 'p', stoppedAt: iso(), stoppedReason: 'x', launch: 1 };
    const stopped = task({
      launchType: 'EC2',
      stop: {},
      kubernetes: { ttlSecondsAfterStopped: 60, record: { ...record, capacityProviderName: 'gold' } },
    });
    assert.ok(stopped.spec.kubernetes?.record);
    const { status } = planRecord(taskWorld({ task: stopped }), stopped.spec.kubernetes.record);
    assert.deepEqual([status.launchType, status.capacityProviderName], ['EC2', 'gold']);
  });
});
