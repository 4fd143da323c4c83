import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { capacityOf, type Capacity } from '../../../../src/core/capacity/capacity.ts';
import { renderPod } from '../../../../src/core/task/pod/pod.ts';
import { describeTask } from '../../../../src/core/task/view.ts';
import { containerDefinition, content, newTask, pod, snapshot } from '../../../support/builders.ts';
import { provider } from '../../../support/capacity.ts';

const label = 'ecs-operator.dev/capacity-provider';
const onNodes = capacityOf('gold', provider('gold', { nodeSelector: { tier: 'gold', zone: 'a' } }));

function required(...matchExpressions: readonly object[]): object {
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  };
}

describe('The pod of a task of a capacity provider', () => {
  it('goes to the nodes with its labels, and says whose it is', () => {
    const { metadata, spec } = renderPod(newTask({ capacity: onNodes }));
    assert.equal(metadata.labels[label], 'gold');
    assert.deepEqual(
      spec.affinity,
      required({ key: 'tier', operator: 'In', values: ['gold'] }, { key: 'zone', operator: 'In', values: ['a'] }),
    );
  });

  it('has what its task definition says of nodes as well, though the two contradict each other', () => {
    const held = { ...content(), kubernetes: { nodeSelector: { tier: 'silver' } } };
    const { spec } = renderPod(newTask({ snapshot: snapshot({ content: held }), capacity: onNodes }));
    assert.deepEqual(spec.nodeSelector, { tier: 'silver' });
    assert.match(JSON.stringify(spec.affinity), /"values":\["gold"\]/);
  });

  it('goes to the Fargate profile, whatever labels its task definition has', () => {
    const profile = 'eks.amazonaws.com/fargate-profile';
    const held = { ...content(), kubernetes: { podOverlay: { labels: { [profile]: 'other' } } } };
    const capacity = capacityOf('FARGATE', provider('fg', { fargate: { profile: 'jobs' } }));
    const { metadata, spec } = renderPod(newTask({ snapshot: snapshot({ content: held }), capacity }));
    assert.equal(metadata.labels[profile], 'jobs');
    assert.equal(metadata.labels['ecs-operator.dev/launch-type'], 'FARGATE');
    assert.equal(spec.affinity, undefined);
  });

  it('is one for nodes where they stand in for FARGATE_SPOT: no Fargate profile takes it, and it claims as they do', () => {
    const capacity = capacityOf('FARGATE_SPOT', provider('spot'));
    const held = { ...content(containerDefinition({ memory: 128 })), cpu: '256', memory: '512' };
    const task = { snapshot: snapshot({ launchType: 'FARGATE', content: held }), capacity };
    const { metadata, spec } = renderPod(newTask(task));
    assert.equal(metadata.labels['ecs-operator.dev/launch-type'], 'EC2');
    assert.deepEqual(spec.resources?.requests, { cpu: '250m', memory: '512Mi' });
  });

  it('says nothing of a provider where it was started by its launch type', () => {
    const { metadata, spec } = renderPod(newTask());
    assert.ok(!(label in metadata.labels) && !(label in metadata.annotations));
    assert.equal(spec.affinity, undefined);
  });

  const names: Record<string, string> = {
    FARGATE_SPOT: 'FARGATE_SPOT',
    'gold.nodes-1': 'gold.nodes-1',
    _gold: 'gold-',
    ['g'.repeat(64)]: 'g'.repeat(54),
  };
  for (const [name, want] of Object.entries(names)) {
    it(`has a label that is valid, and knows the whole name: ${name}`, () => {
      const capacity: Capacity = { launchType: 'EC2', provider: { name, nodeLabels: {}, podLabels: {} } };
      const made = pod({ task: { capacity } });
      const value = made.metadata.labels?.[label] ?? '';
      assert.match(value, /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/);
      assert.ok(value.startsWith(want), value);
      assert.equal(describeTask(made).provider, name);
    });
  }

  it('says for which provider its own stands in', () => {
    const made = pod({ task: { capacity: { ...onNodes, standsFor: 'spot' } } });
    const { provider: own, standsFor } = describeTask(made);
    assert.deepEqual([own, standsFor, made.metadata.labels?.[label]], ['gold', 'spot', 'gold']);
    assert.ok(!('standsFor' in describeTask(pod({ task: { capacity: onNodes } }))));
  });

  it('is told apart from one of no provider', () => {
    assert.ok(!('provider' in describeTask(pod())));
  });
});
