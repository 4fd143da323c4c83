import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations, labels } from '../../../../src/api/labels.ts';
import type { PodView } from '../../../../src/api/meta.ts';
import { groupOf, placedPod } from '../../../../src/core/placement/operator/placed-pod.ts';
import { affinityTo, gatedPod, pinnedPod, pinTerm } from '../../../support/placed-pods.ts';

function others(spec: Partial<NonNullable<PodView['spec']>>): PodView {
  const { metadata, ...rest } = gatedPod();
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const kept = { name, namespace, uid, resourceVersion, creationTimestamp };
  return { ...rest, metadata: kept as PodView['metadata'], spec: { containers: [], ...spec } };
}

const demand = { amounts: { cpu: 250 }, hostPorts: ['TCP/80'] };

describe('What a pod takes of its node', () => {
  const cases: Record<string, { readonly pod: PodView; readonly want: [node: string, group?: string] | undefined }> = {
    'is nothing while it has none': { pod: gatedPod(), want: undefined },
    'is taken by its pin, before it is bound': { pod: pinnedPod('n1'), want: ['n1', 'shop/service:web'] },
    'is taken of the node it is bound to, whatever its affinity says': {
      pod: pinnedPod('n1', { spec: { nodeName: 'n2' } }),
      want: ['n2', 'shop/service:web'],
    },
    'is taken by pods of other people too': { pod: others({ nodeName: 'n1', demand }), want: ['n1'] },
    'is reserved by pods of DaemonSets, which are pinned as ours are': {
      pod: others({ affinity: affinityTo(pinTerm('n1')), demand }),
      want: ['n1'],
    },
    'is given back by a pod that has ended': {
      pod: pinnedPod('n1', { spec: { nodeName: 'n1' }, status: { phase: 'Failed' } }),
      want: undefined,
    },
  };
  for (const [sentence, { pod, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const placed = placedPod(pod);
      assert.deepEqual(placed && [placed.node, placed.group], want && [want[0], want[1]]);
    });
  }

  it('is what its spec asks for, and it counts as running once it does', () => {
    const { amounts, hostPorts, isRunning } = placedPod(others({ nodeName: 'n1', demand })) ?? assert.fail();
    assert.deepEqual({ amounts, hostPorts, isRunning }, { ...demand, isRunning: false });
    assert.equal(
      placedPod(pinnedPod('n1', { spec: { nodeName: 'n1' }, status: { phase: 'Running' } }))?.isRunning,
      true,
    );
  });
});

describe('The group of a task', () => {
  const plain = (own: Record<string, string>): PodView => {
    const { [annotations.placement]: _placement, ...rest } = gatedPod().metadata.annotations ?? {};
    return gatedPod({ metadata: { annotations: rest, labels: own } });
  };

  it('is what its annotation says, else its service or its family, within its namespace', () => {
    assert.equal(groupOf(gatedPod({ placement: { group: 'blue' } })), 'shop/blue');
    assert.equal(groupOf(plain({ [labels.service]: 'web', [labels.family]: 'web' })), 'shop/service:web');
    assert.equal(groupOf(plain({ [labels.task]: 'once', [labels.family]: 'job' })), 'shop/family:job');
    assert.equal(groupOf(plain({})), undefined);
  });
});
