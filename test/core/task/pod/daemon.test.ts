import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { placementOf } from '../../../../src/core/placement/terms.ts';
import { isOfDaemon } from '../../../../src/core/task/pod/daemon.ts';
import { describeTask } from '../../../../src/core/task/view.ts';
import type { Pod } from '../../../../src/api/meta.ts';
import type { TaskDefinitionSpec } from '../../../../src/api/task-definition.ts';
import { content, pod, snapshot } from '../../../support/builders.ts';

const placement = placementOf(
  {
    schedulingStrategy: 'DAEMON',
    placementConstraints: [{ type: 'distinctInstance' }],
    kubernetes: { placement: 'operator' },
  },
  { kubernetes: { placement: 'operator' } },
);

function daemonPod(given: Partial<TaskDefinitionSpec> = {}): Pod {
  const deployed = snapshot({ content: { ...content(), ...given } });
  return pod({ task: { placement, snapshot: deployed, capacity: { launchType: 'EC2', node: 'node-7' } } });
}

const ofDaemonSets = [
  'node.kubernetes.io/not-ready:NoExecute',
  'node.kubernetes.io/unreachable:NoExecute',
  'node.kubernetes.io/disk-pressure:NoSchedule',
  'node.kubernetes.io/memory-pressure:NoSchedule',
  'node.kubernetes.io/pid-pressure:NoSchedule',
  'node.kubernetes.io/unschedulable:NoSchedule',
];

function tolerated({ spec }: Pod): string[] {
  return (spec?.tolerations ?? []).map(({ key = '', effect = '' }) => `${key}:${effect}`);
}

describe('the pod of a DAEMON', () => {
  it('is pinned to its node, and neither gated, nor spread, nor kept apart', () => {
    const { affinity, schedulingGates, topologySpreadConstraints, nodeName } = daemonPod().spec ?? {};
    const matchFields = [{ key: 'metadata.name', operator: 'In', values: ['node-7'] }];
    assert.deepEqual(affinity, {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } },
    });
    assert.deepEqual([schedulingGates, topologySpreadConstraints, nodeName], [undefined, undefined, undefined]);
  });

  it('tolerates what the pods of DaemonSets do, beside what its definition says', () => {
    const tolerations = [{ key: 'dedicated', operator: 'Exists' as const, effect: 'NoSchedule' as const }];
    assert.deepEqual(tolerated(daemonPod()), ofDaemonSets);
    assert.deepEqual(tolerated(daemonPod({ kubernetes: { tolerations } })), ['dedicated:NoSchedule', ...ofDaemonSets]);
    assert.deepEqual(tolerated(daemonPod({ networkMode: 'host' })), [
      ...ofDaemonSets,
      'node.kubernetes.io/network-unavailable:NoSchedule',
    ]);
  });

  it('is one of a DaemonSet to the Cluster Autoscaler, whatever the pod overlay says', () => {
    const annotations = { 'cluster-autoscaler.kubernetes.io/daemonset-pod': 'false' };
    const own = daemonPod({ kubernetes: { podOverlay: { annotations } } });
    assert.equal(own.metadata.annotations?.['cluster-autoscaler.kubernetes.io/daemonset-pod'], 'true');
    assert.equal(own.metadata.annotations['cluster-autoscaler.kubernetes.io/safe-to-evict'], undefined);
    assert.deepEqual([isOfDaemon(own), isOfDaemon(pod())], [true, false]);
  });

  it('tells its node before it is bound, and no pin after that', () => {
    assert.equal(describeTask(daemonPod()).pinnedTo, 'node-7');
    const bound = daemonPod();
    const task = describeTask({ ...bound, spec: { containers: [], ...bound.spec, nodeName: 'node-7' } });
    assert.deepEqual([task.node, task.pinnedTo], ['node-7', undefined]);
    assert.equal(describeTask(pod()).pinnedTo, undefined);
  });
});
