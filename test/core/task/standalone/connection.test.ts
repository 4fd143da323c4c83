import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { NodeView } from '../../../../src/api/meta.ts';
import { planTask } from '../../../../src/core/task/standalone/plan.ts';
import { iso, ms, node, nodesNamed, type NodeParts } from '../../../support/builders.ts';
import { running, terminated } from '../../../support/container-status.ts';
import { launchRecord, task, taskPod, taskWorld, type TaskPodParts } from '../../../support/standalone.ts';

const runs = { phase: 'Running', containerStatuses: [running('app', 5)] };
const onNode = { spec: { nodeName: 'node-1' }, status: runs };

/** One look at a task on those nodes, 100 s after the beginning. */
function lookAt(nodes: readonly NodeView[], parts: TaskPodParts = onNode): ReturnType<typeof planTask> {
  return planTask(taskWorld({ record: launchRecord(), pods: [taskPod(parts)], nodes: nodesNamed(...nodes) }));
}

function silent(since: number, parts: NodeParts = {}): NodeView {
  return node('node-1', { ...parts, ready: { status: 'Unknown', since } });
}

describe('a standalone task whose node', () => {
  const cases: Record<string, { nodes: readonly NodeView[]; pod?: TaskPodParts; want: string | undefined }> = {
    'is Ready: is connected': { nodes: [node()], want: undefined },
    'is silent for less than a minute: is connected': { nodes: [silent(41)], want: undefined },
    'is lost: is not': { nodes: [silent(40)], want: `not Ready since ${iso(40)}` },
    'is gone: is not': { nodes: [], want: 'gone' },
    'drains: stays where it is': { nodes: [node('node-1', { spec: { unschedulable: true } })], want: undefined },
    'is lost while it stops: is not': {
      nodes: [silent(40)],
      pod: { ...onNode, metadata: { deletionTimestamp: iso(90) } },
      want: `not Ready since ${iso(40)}`,
    },
    'is lost after it stopped: is no news': {
      nodes: [silent(40)],
      pod: { ...onNode, status: { phase: 'Succeeded', containerStatuses: [terminated('app', 0)] } },
      want: undefined,
    },
    'is not chosen yet: waits for it': { nodes: [], pod: {}, want: undefined },
  };
  for (const [sentence, { nodes, pod, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { status, steps } = lookAt(nodes, pod);
      const found = status.conditions?.find(({ type }) => type === 'Disconnected');
      const message =
        want === undefined
          ? undefined
          : `The node node-1 is lost (${want}): nobody knows how the task is. It may run on, and is not started again elsewhere.`;
      assert.equal(found?.message, message);
      assert.deepEqual(steps, []);
    });
  }

  it('is lost: stays RUNNING and Ready', () => {
    const { status } = lookAt([silent(0)]);
    assert.equal(status.lastStatus, 'RUNNING');
    assert.deepEqual(
      status.conditions?.map(({ type, status: holds, reason }) => [type, holds, reason]),
      [
        ['Ready', 'True', 'Running'],
        ['Disconnected', 'True', 'NodeLost'],
      ],
    );
  });

  it('is silent: is looked at again when that is lost', () => {
    assert.equal(lookAt([silent(90)]).wakeAtMs, ms(150));
  });

  it('is lost: is not looked at for that again', () => {
    assert.equal(lookAt([silent(0)]).wakeAtMs, undefined);
  });
});

describe('a standalone task whose pod is gone', () => {
  const status = { podUid: 'uid-of-pod', lastStatus: 'RUNNING', desiredStatus: 'RUNNING', node: 'node-1' } as const;
  const cases: Record<string, { spec?: object; status?: object; nodes: readonly NodeView[]; want: unknown[] }> = {
    'with its node: the host was terminated': {
      nodes: [],
      want: ['TerminationNotice', 'Host EC2 (instance node-1) terminated.'],
    },
    'from a node that is there: nobody knows': {
      nodes: [node()],
      want: [undefined, 'The pod of the task is gone, and nobody saw it end: its exit code is unknown.'],
    },
    'with its node, after it was told to stop: it was told to': {
      spec: { stop: { reason: 'Enough' } },
      nodes: [],
      want: ['UserInitiated', 'Enough'],
    },
    'with its node, after Kubernetes had evicted it: it was evicted': {
      status: { stopCode: 'InfrastructureHealth', stoppedReason: 'Taint manager: deleting due to NoExecute taint' },
      nodes: [],
      want: ['InfrastructureHealth', 'Taint manager: deleting due to NoExecute taint'],
    },
  };
  for (const [sentence, { spec = {}, status: more = {}, nodes, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const world = taskWorld({
        task: task({ ...spec }, { status: { ...status, ...more } }),
        record: launchRecord(),
        nodes: nodesNamed(...nodes),
      });
      const { steps, status: next } = planTask(world);
      assert.deepEqual([next.lastStatus, next.stopCode, next.stoppedReason], ['STOPPED', ...want]);
      assert.deepEqual(steps, []);
    });
  }
});
