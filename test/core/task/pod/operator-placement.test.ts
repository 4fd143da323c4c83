import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations, placementGate } from '../../../../src/api/labels.ts';
import type { PlacementTerms } from '../../../../src/core/placement/terms.ts';
import { gatesAfterPlacement } from '../../../../src/core/placement/operator/pod-placement.ts';
import { renderPod } from '../../../../src/core/task/pod/pod.ts';
import { gatesAfterRelease, renderStandalonePod } from '../../../../src/core/task/standalone/pod.ts';
import { content, newTask, pod, snapshot } from '../../../support/builders.ts';

const ofDefinition = { type: 'memberOf' as const, expression: 'attribute:disk == ssd' };
const terms: PlacementTerms = {
  mode: 'operator',
  strategy: [{ type: 'binpack', field: 'memory' }],
  constraints: [{ type: 'distinctInstance' }],
};
const definition = { ...content(), placementConstraints: [ofDefinition] };
const task = newTask({ placement: terms, snapshot: snapshot({ content: definition }) });

describe('The pod of a task that we place', () => {
  it('waits for us, and says how it is to be placed, its definition being heard too', () => {
    const { metadata, spec } = renderPod(task);
    assert.deepEqual(spec.schedulingGates, [{ name: placementGate }]);
    assert.deepEqual(JSON.parse(metadata.annotations[annotations.placement] ?? ''), {
      strategy: terms.strategy,
      constraints: [{ type: 'distinctInstance' }, ofDefinition],
      group: 'service:web',
    });
  });

  it('says nothing of it to the kube-scheduler, but for the nodes of its provider', () => {
    const { spec } = renderPod(task);
    assert.deepEqual([spec.affinity, spec.topologySpreadConstraints], [undefined, undefined]);
    const provider = { name: 'general', nodeLabels: { group: 'general' }, podLabels: {} };
    const provided = renderPod({ ...task, capacity: { launchType: 'EC2', provider } }).spec.affinity;
    const matchExpressions = [{ key: 'group', operator: 'In', values: ['general'] }];
    assert.deepEqual(provided, {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
    });
  });

  it('is as any other on Fargate, which has no nodes to choose from', () => {
    const { metadata, spec } = renderPod({ ...task, capacity: { launchType: 'FARGATE' } });
    assert.equal(spec.schedulingGates, undefined);
    assert.equal(metadata.annotations[annotations.placement], undefined);
  });

  it('is as any other where the kube-scheduler places', () => {
    const { metadata, spec } = renderPod({ ...task, placement: { ...terms, mode: 'kube-scheduler' } });
    assert.equal(spec.schedulingGates, undefined);
    assert.equal(metadata.annotations[annotations.placement], undefined);
  });

  it('waits for its launch to be recorded first, where it runs once', () => {
    const { deployment: _deployment, launch: _launch, service: _service, ...own } = task;
    const { schedulingGates = [] } = renderStandalonePod({ ...own, name: 'job', cluster: 'default' }).spec;
    assert.deepEqual(
      schedulingGates.map(({ name }) => name),
      ['ecs-operator.dev/launch', placementGate],
    );
    const gated = pod({ spec: { schedulingGates } });
    assert.deepEqual(gatesAfterRelease(gated), [{ name: placementGate }]);
    assert.deepEqual(gatesAfterPlacement(gated), [{ name: 'ecs-operator.dev/launch' }]);
  });
});
