import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations } from '../../../../src/api/labels.ts';
import { planTask } from '../../../../src/core/task/standalone/plan.ts';
import type { TaskWorld } from '../../../../src/core/task/standalone/world.ts';
import { instant, iso, ms } from '../../../support/builders.ts';
import { running, terminated } from '../../../support/container-status.ts';
import { launchRecord, task, taskPod, taskWorld, type TaskPodParts } from '../../../support/standalone.ts';

const runs = { phase: 'Running', containerStatuses: [running('app', 5)] } as const;
const starts = { phase: 'Pending' } as const;
const limited = { kubernetes: { maxRunTimeSeconds: 60 } };
const reason = 'TaskTimedOutError: the task has run for its kubernetes.maxRunTimeSeconds, 60';
const end = { stopCode: 'UserInitiated', stoppedReason: reason } as const;
const written = { [annotations.stopCode]: end.stopCode, [annotations.stoppedReason]: reason };

/** A task that started at second 5, seen at `seconds`. */
function at(seconds: number, pod: TaskPodParts = { status: runs }, spec = {}): TaskWorld {
  const given = task({ ...limited, ...spec });
  return taskWorld({ now: instant(seconds), task: given, record: launchRecord(), pods: [taskPod(pod)] });
}

describe('A task with a maximum run time', () => {
  it('is left alone until then, and looked at again when it is over', () => {
    const { steps, wakeAtMs } = planTask(at(64));
    assert.deepEqual(steps, []);
    assert.equal(wakeAtMs, ms(65));
  });

  it('is ended when it is over, with the reason', () => {
    const [step, ...others] = planTask(at(65)).steps;
    assert.deepEqual(others, []);
    assert.ok(step?.kind === 'endPod');
    assert.deepEqual(step.end, end);
  });

  it('counts from the start that its status remembers, whatever its pod says', () => {
    const world = at(64);
    const remembered = task(limited, { status: { startedAt: iso(4) } });
    assert.deepEqual(
      planTask({ ...world, task: remembered }).steps.map(({ kind }) => kind),
      ['endPod'],
    );
  });

  const alone: Record<string, TaskWorld> = {
    'that has not started': at(1000, { status: starts, spec: { nodeName: 'node-1' } }),
    'that is being ended': at(1000, { status: runs, metadata: { annotations: written } }),
    'that is over': at(1000, { status: { phase: 'Failed', containerStatuses: [terminated('app', 143)] } }),
    'that has none': at(1000, { status: runs }, { kubernetes: {} }),
  };
  for (const [which, world] of Object.entries(alone)) {
    it(`does nothing to one ${which}`, () => {
      const kinds = planTask(world).steps.map(({ kind }) => kind);
      assert.ok(!kinds.includes('endPod'), kinds.join());
    });
  }

  it('keeps the reason of an essential exit before it', () => {
    const exited = { phase: 'Running', containerStatuses: [terminated('app', 3), running('log', 5)] };
    const [step] = planTask(at(1000, { status: exited })).steps;
    assert.ok(step?.kind === 'endPod');
    assert.equal(step.end.stopCode, 'EssentialContainerExited');
  });

  it('has failed when it was ended for that', () => {
    const ended = { phase: 'Failed', containerStatuses: [terminated('app', 143)] };
    const { status } = planTask(at(70, { status: ended, metadata: { annotations: written } }));
    assert.deepEqual(
      [status.lastStatus, status.stopCode, status.stoppedReason, status.exitCode],
      ['STOPPED', 'UserInitiated', reason, 143],
    );
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    assert.deepEqual([ready?.status, ready?.reason], ['False', 'TaskTimedOut']);
  });
});
