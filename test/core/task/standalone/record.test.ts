import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Task, TaskStatus } from '../../../../src/api/task.ts';
import { renderRecord } from '../../../../src/core/service/stopped/record.ts';
import { stoppedTasks } from '../../../../src/core/service/stopped/task.ts';
import { concludeTask } from '../../../../src/core/task/standalone/conclude.ts';
import { planTask } from '../../../../src/core/task/standalone/plan.ts';
import { statusOrder } from '../../../../src/core/task/standalone/advance.ts';
import type { TaskWorld } from '../../../../src/core/task/standalone/world.ts';
import { deepFreeze, instant, ms } from '../../../support/builders.ts';
import { departed, endedPod, stored, stoppedWorld } from '../../../support/stopped.ts';
import { gated, launchRecord, taskPod, taskWorld, type TaskPodParts } from '../../../support/standalone.ts';

/** The record of a task that exited with 1 at second 90, kept for a minute. */
function record(reason?: string): Task {
  const world = stoppedWorld({ departed: [departed(endedPod(7, 90), 95, reason)], keptSeconds: 60 });
  const [task] = stoppedTasks(world);
  assert.ok(task);
  return stored(renderRecord(task, world));
}

/** As a server has it whose CRD knows no records, or an operator that knows of none. */
function unmarked(): Task {
  const { spec, ...task } = record();
  const { record: _, ...kubernetes } = spec.kubernetes ?? {};
  return deepFreeze({ ...task, spec: { ...spec, kubernetes } });
}

function statusOf(task: Task): TaskStatus {
  return planTask(taskWorld({ task })).status;
}

describe('planTask, of a record', () => {
  it('shows what it records', () => {
    const { conditions, containers, ...status } = statusOf(record());
    assert.deepEqual(status, {
      ...withoutContainers(record()),
      taskDefinition: 'web:1',
      launchType: 'EC2',
      group: 'service:web',
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      version: 1,
      observedGeneration: 1,
    });
    assert.deepEqual(containers, record().spec.kubernetes?.record?.containers);
    assert.deepEqual(
      conditions?.map(({ type, status: holds, reason, message }) => [type, holds, reason, message]),
      ['Ready', 'Stalled'].map((type, index) => [
        type,
        index === 0 ? 'False' : 'True',
        'EssentialContainerExited',
        'Essential container in task exited (exit code 1)',
      ]),
    );
  });

  function withoutContainers({ spec }: Task): object {
    const { containers: _, launch: __, ...facts } = spec.kubernetes?.record ?? {};
    return facts;
  }

  it('tells no event, for its service has', () => {
    assert.deepEqual(planTask(taskWorld({ task: record() })).events, []);
  });

  it('is as it should be when its service stopped it', () => {
    const world = stoppedWorld({ departed: [departed(leaving, 95, 'Scaling activity')] });
    const [task] = stoppedTasks(world);
    assert.ok(task);
    const [ready] = statusOf(stored(renderRecord(task, world))).conditions ?? [];
    assert.deepEqual([ready?.status, ready?.reason], ['True', 'ServiceSchedulerInitiated']);
  });
  const leaving = endedPod(7, 90, { metadata: { deletionTimestamp: instant(80).iso } });

  it('says the same when it is looked at again', () => {
    const { spec, ...rest } = record();
    const status = statusOf(record());
    const plan = planTask(taskWorld({ task: deepFreeze({ ...rest, spec, status }), now: instant(110) }));
    assert.deepEqual(plan, { steps: [], status, events: [], wakeAtMs: ms(150) });
  });

  it('deletes it when its time is over, and not before', () => {
    const at = (seconds: number): string[] =>
      planTask(taskWorld({ task: record(), now: instant(seconds) })).steps.map(({ kind }) => kind);
    assert.deepEqual([at(149), at(150)], [[], ['deleteTask']]);
  });

  it('keeps it when it names no time', () => {
    const { spec, ...rest } = record();
    const { ttlSecondsAfterStopped: _, ...kubernetes } = spec.kubernetes ?? {};
    const task = deepFreeze({ ...rest, spec: { ...spec, kubernetes } });
    const { steps, wakeAtMs } = planTask(taskWorld({ task, now: instant(1_000_000) }));
    assert.deepEqual([steps, wakeAtMs], [[], undefined]);
  });
});

const status = fc.option(
  fc.record(
    {
      lastStatus: fc.constantFrom(...statusOrder),
      desiredStatus: fc.constantFrom('RUNNING' as const, 'STOPPED' as const),
      podUid: fc.constant('uid-of-pod'),
      taskDefinition: fc.constant('web:1'),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);
const podParts = fc.constantFrom<TaskPodParts>(
  {},
  { spec: gated },
  { status: { phase: 'Running' } },
  { status: { phase: 'Failed' } },
);
const missing = { kind: 'missing', reason: 'TaskDefinitionNotFound', message: 'It is gone.' } as const;

/** Whatever somebody may have made of the world around an ECSTask. */
const around = fc.record<Partial<TaskWorld>>(
  {
    now: fc.integer({ min: -10_000, max: 10_000 }).map((seconds) => instant(seconds)),
    cluster: fc.constantFrom('default', undefined),
    record: fc.constantFrom(undefined, launchRecord(), launchRecord({ podUid: 'uid-of-another' })),
    pods: fc.array(
      podParts.map((parts) => taskPod(parts)),
      { maxLength: 3 },
    ),
    resolution: fc.constantFrom(taskWorld().resolution, missing),
  },
  { requiredKeys: [] },
);

describe('A record, whatever its status and the world around it say', function () {
  this.timeout(60_000);

  it('is never run: nothing is done for it but to delete it', () => {
    fc.assert(
      fc.property(around, status, fc.boolean(), (world, held, isToStop) => {
        const { spec, ...rest } = record();
        const { stop, ...kept } = spec;
        const task = { ...rest, spec: { ...kept, ...(isToStop && stop && { stop }) }, ...(held && { status: held }) };
        const { steps } = planTask(taskWorld({ ...world, task }));
        assert.ok(
          steps.every(({ kind }) => kind === 'deleteTask'),
          JSON.stringify(steps),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('is not begun either by those who know of no records: it is told to stop', () => {
    fc.assert(
      fc.property(around, status, (world, held) => {
        let task: Task = { ...unmarked(), ...(held && { status: held }) };
        for (let look = 0; look < 3; look++) {
          const here = taskWorld({ ...world, pods: [], record: undefined, task });
          const plan = planTask(here);
          assert.ok(
            plan.steps.every(({ kind }) => kind === 'deleteTask'),
            JSON.stringify(plan.steps),
          );
          task = { ...task, status: concludeTask(here, plan, { failed: [] }).status };
        }
        assert.equal(task.status?.lastStatus, 'STOPPED');
      }),
      { numRuns: 500 },
    );
  });
});
