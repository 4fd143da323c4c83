import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations, placementGate } from '../../../../src/api/labels.ts';
import type { Pod } from '../../../../src/api/meta.ts';
import type { TaskStatus } from '../../../../src/api/task.ts';
import { planTask } from '../../../../src/core/task/standalone/plan.ts';
import type { TaskStep, TaskWorld } from '../../../../src/core/task/standalone/world.ts';
import { node, nodesNamed } from '../../../support/builders.ts';
import { affinityTo, pinTerm, unschedulable as refused } from '../../../support/placed-pods.ts';
import { launchRecord, task, taskPod, taskWorld, type TaskPodParts } from '../../../support/standalone.ts';

const asked = { [annotations.placement]: '{"strategy":[],"constraints":[],"group":"family:web"}' };
const unschedulable: NonNullable<Pod['status']> = { phase: 'Pending', conditions: refused.conditions ?? [] };
const pinned: TaskPodParts = {
  metadata: { annotations: asked },
  spec: { affinity: affinityTo(pinTerm('node-1')) },
  status: unschedulable,
};

function worldOf(pod: TaskPodParts, others: Partial<TaskWorld> = {}): TaskWorld {
  return taskWorld({ record: launchRecord(), pods: [taskPod(pod)], nodes: nodesNamed(), ...others });
}

function told(steps: readonly TaskStep[]): unknown[] {
  return steps.map((step) => (step.kind === 'endPod' ? step.end : step.kind));
}

const gone = {
  stopCode: 'TaskFailedToStart',
  stoppedReason: 'The node node-1, which was chosen for the task, went before the task was started.',
};

describe('a standalone task that is pinned to a node', () => {
  const cases: Record<string, { readonly world: TaskWorld; readonly want: readonly unknown[] }> = {
    'that is gone ends: it cannot have started, and is not placed again': { world: worldOf(pinned), want: [gone] },
    'that is there waits for room': { world: worldOf(pinned, { nodes: nodesNamed(node()) }), want: [] },
    'that the kube-scheduler has not looked for waits for that': {
      world: worldOf({ ...pinned, status: { phase: 'Pending' } }),
      want: [],
    },
    'that it is bound to is on its way': {
      world: worldOf({ ...pinned, spec: { ...pinned.spec, nodeName: 'node-1' } }),
      want: [],
    },
    'by somebody else waits: what we have not chosen may come': {
      world: worldOf({ spec: pinned.spec ?? {}, status: unschedulable }),
      want: [],
    },
  };
  for (const [sentence, { world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(told(planTask(world).steps), want);
    });
  }

  const ended: TaskPodParts = {
    ...pinned,
    metadata: {
      annotations: {
        ...asked,
        [annotations.stopCode]: gone.stopCode,
        [annotations.stoppedReason]: gone.stoppedReason,
      },
    },
  };
  const after = (status: TaskStatus | undefined, pod = ended): ReturnType<typeof planTask> =>
    planTask(worldOf(pod, { task: task({}, { status }) }));

  it('is removed once it is written why, as long as it is bound to none', () => {
    const written = after(undefined);
    assert.deepEqual([written.steps, written.status.stoppedReason], [[], gone.stoppedReason]);
    const [step] = after(written.status).steps;
    assert.ok(step?.kind === 'deletePod' && step.isUnbound === true);
    assert.deepEqual(after(written.status, { ...ended, spec: { nodeName: 'node-1' } }).steps, []);
  });

  it('has failed to start once its pod is gone', () => {
    const { status } = planTask(worldOf(ended, { task: task({}, { status: after(undefined).status }), pods: [] }));
    const { lastStatus, stopCode, stoppedReason } = status;
    assert.deepEqual({ lastStatus, stopCode, stoppedReason }, { lastStatus: 'STOPPED', ...gone });
  });
});

describe('a standalone task whose annotation somebody has damaged', () => {
  it('ends: nobody knows how to place it', () => {
    const damaged = { [annotations.placement]: '{}' };
    const spec = { schedulingGates: [{ name: placementGate }] };
    const [step] = planTask(worldOf({ metadata: { annotations: damaged }, spec })).steps;
    assert.ok(step?.kind === 'endPod');
    assert.match(step.end.stoppedReason, /^The annotation ecs-operator\.dev\/placement of the pod is damaged/);
    assert.deepEqual(planTask(worldOf({ metadata: { annotations: asked }, spec })).steps, []);
  });
});
