import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { AffinityView, NodeTerm } from '../../../../src/api/meta.ts';
import { pinnedTo, pinOf, termsOf } from '../../../../src/core/placement/operator/pin.ts';
import { affinityTo, gatedPod, pinTerm } from '../../../support/placed-pods.ts';

const inGroup: NodeTerm = { matchExpressions: [{ key: 'group', operator: 'In', values: ['general'] }] };
const inZone: NodeTerm = { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] };

describe('The pin of a pod', () => {
  const pins: Record<string, { readonly affinity: AffinityView | undefined; readonly want: string | undefined }> = {
    'is none without affinity': { affinity: undefined, want: undefined },
    'is none where labels are asked for': { affinity: affinityTo(inGroup), want: undefined },
    'is the node that its one term names, as those of DaemonSets do': {
      affinity: affinityTo(pinTerm('n1')),
      want: 'n1',
    },
    'is the node that all terms name': {
      affinity: affinityTo({ ...inGroup, ...pinTerm('n1') }, { ...inZone, ...pinTerm('n1') }),
      want: 'n1',
    },
    'is none where one term leaves another node': { affinity: affinityTo(pinTerm('n1'), inZone), want: undefined },
    'is none of two nodes': { affinity: affinityTo(pinTerm('n1', 'n2')), want: undefined },
  };
  for (const [sentence, { affinity, want }] of Object.entries(pins)) {
    it(sentence, () => {
      assert.equal(pinOf(gatedPod({ spec: affinity ? { affinity } : {} })), want);
    });
  }

  it('narrows each term of the affinity that there is, which is all that the API server takes of a gated pod', () => {
    assert.deepEqual(termsOf(pinnedTo('n1', undefined)), [pinTerm('n1')]);
    assert.deepEqual(termsOf(pinnedTo('n1', affinityTo(inGroup, inZone))), [
      { ...inGroup, ...pinTerm('n1') },
      { ...inZone, ...pinTerm('n1') },
    ]);
  });
});
