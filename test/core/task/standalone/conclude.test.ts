import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FailedCreate } from '../../../../src/core/task/launch-failure.ts';
import { concludeTask } from '../../../../src/core/task/standalone/conclude.ts';
import { planTask } from '../../../../src/core/task/standalone/plan.ts';
import type { TaskWorld } from '../../../../src/core/task/standalone/world.ts';
import { gated, task, taskPod, taskWorld } from '../../../support/standalone.ts';

const quota = {
  refusal: 'QuotaExceeded',
  message: 'pods "job-1" is forbidden: exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2',
} as const;

/** What one look comes to whose only step fails. */
function refused(world: TaskWorld, failed: FailedCreate): ReturnType<typeof concludeTask> {
  const plan = planTask(world);
  return concludeTask(world, plan, { failed: plan.steps.map((step) => ({ step, ...failed })) });
}

function told({ status, events }: ReturnType<typeof refused>): readonly unknown[] {
  const conditions = (status.conditions ?? []).map(({ type, status: holds, reason }) => `${type}=${holds} ${reason}`);
  return [conditions, events.map(({ message }) => message)];
}

describe('a task whose launch is refused', () => {
  const both = ['Ready=False QuotaExceeded', 'Reconciling=True QuotaExceeded'];
  const event = '(task job) was unable to be placed. Reason: exceeded quota: few, requested: pods=1, limited: pods=2.';

  it('says so in its conditions, and in an event', () => {
    assert.deepEqual(told(refused(taskWorld(), quota)), [both, [event]]);
  });

  it('tells no event again while the reason is the same', () => {
    const { status } = refused(taskWorld(), quota);
    const again = taskWorld({ task: task({}, { status }) });
    assert.deepEqual(told(refused(again, quota)), [both, []]);
    assert.equal(
      told(refused(again, { message: 'no' }))[1]?.toString(),
      '(task job) failed to launch with (error no).',
    );
  });

  it('says the same when its launch cannot be recorded', () => {
    const waits = taskWorld({ pods: [taskPod({ spec: gated })] });
    assert.deepEqual(told(refused(waits, quota)), [both, [event]]);
  });

  it('keeps what else its conditions say', () => {
    const overrides = { executionRoleArn: 'role' };
    const { status } = refused(taskWorld({ task: task({ overrides }) }), quota);
    assert.deepEqual(
      status.conditions?.map(({ type }) => type),
      ['Ready', 'Reconciling', 'DiffersFromECS'],
    );
  });

  it('is stalled, and tells no event, in a namespace that is being deleted', () => {
    const gone = refused(taskWorld(), { message: '', refusal: 'NamespaceTerminating' });
    assert.deepEqual(told(gone), [['Ready=False NamespaceTerminating', 'Stalled=True NamespaceTerminating'], []]);
  });
});
