import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  goneStandingAt,
  hasToLeave,
  nodeStandingAt,
  standsOtherwise,
  type NodeStanding,
} from '../../../src/core/capacity/node-state.ts';
import { iso, ms, node, type NodeParts } from '../../support/builders.ts';

/** 100 s after the beginning; a node may be silent for 60 s. */
const clock = { nowMs: ms(100), lossMs: 60_000 };

function tainted(key: string, effect = 'NoSchedule'): NodeParts {
  return { spec: { taints: [{ key, effect }] } };
}

/** What is said of a draining node. */
function draining(why: string, isSpot = false): Record<string, unknown> {
  return { kind: 'draining', why, isSpot };
}

function standing(parts: NodeParts): NodeStanding {
  return nodeStandingAt(node('node-1', parts), clock);
}

/** The standing without the marks, which are what the node was given. */
function told(found: NodeStanding): Record<string, unknown> {
  const { marks: _, ...rest } = { marks: [], ...found };
  return rest;
}

describe('nodeStandingAt', () => {
  const cases: Record<string, { readonly node: NodeParts; readonly want: Record<string, unknown> }> = {
    'a node that is Ready': { node: {}, want: { kind: 'active' } },
    'a node with taints of its own': { node: tainted('gpu'), want: { kind: 'active' } },
    'a cordoned node': { node: { spec: { unschedulable: true } }, want: draining('cordoned') },
    'the termination handler: a Spot interruption': {
      node: tainted('aws-node-termination-handler/spot-itn'),
      want: draining('Spot interruption', true),
    },
    'the termination handler: a Spot interruption of a cordoned node': {
      node: { spec: { unschedulable: true, ...tainted('aws-node-termination-handler/spot-itn').spec } },
      want: draining('Spot interruption', true),
    },
    'the termination handler: a rebalance recommendation': {
      node: tainted('aws-node-termination-handler/rebalance-recommendation'),
      want: draining('rebalance recommendation'),
    },
    'the termination handler: maintenance': {
      node: tainted('aws-node-termination-handler/scheduled-maintenance'),
      want: draining('scheduled maintenance'),
    },
    'the termination handler: the Auto Scaling group': {
      node: tainted('aws-node-termination-handler/asg-lifecycle-termination'),
      want: draining('instance termination'),
    },
    Karpenter: { node: tainted('karpenter.sh/disrupted'), want: draining('Karpenter') },
    'an older Karpenter': { node: tainted('karpenter.sh/disruption'), want: draining('Karpenter') },
    'the Cluster Autoscaler': {
      node: tainted('ToBeDeletedByClusterAutoscaler'),
      want: draining('Cluster Autoscaler'),
    },
    'a taint that only asks to stay away': {
      node: tainted('aws-node-termination-handler/rebalance-recommendation', 'PreferNoSchedule'),
      want: { kind: 'active' },
    },
    'a node the Cluster Autoscaler only considers': {
      node: tainted('DeletionCandidateOfClusterAutoscaler', 'PreferNoSchedule'),
      want: { kind: 'active' },
    },
    'a node whose deletion was asked for': {
      node: { metadata: { deletionTimestamp: iso(50) } },
      want: { ...draining('deleted'), deletedAtMs: ms(50) },
    },
    'a node that is out of service, though it is Ready': {
      node: tainted('node.kubernetes.io/out-of-service', 'NoExecute'),
      want: { kind: 'lost', why: 'out of service' },
    },
    'not Ready for a while less than the limit': {
      node: { ready: { status: 'False', since: 41 } },
      want: { kind: 'active', turnsAtMs: ms(101) },
    },
    'not Ready for as long as the limit': {
      node: { ready: { status: 'False', since: 40 } },
      want: { kind: 'lost', why: `not Ready since ${iso(40)}` },
    },
    'unknown for longer': {
      node: { ready: { status: 'Unknown', since: 10 } },
      want: { kind: 'lost', why: `not Ready since ${iso(10)}` },
    },
    'draining and silent': {
      node: { spec: { unschedulable: true }, ready: { status: 'Unknown', since: 90 } },
      want: { ...draining('cordoned'), turnsAtMs: ms(150) },
    },
    'draining and lost': {
      node: { spec: { unschedulable: true }, ready: { status: 'Unknown' } },
      want: { kind: 'lost', why: `not Ready since ${iso()}` },
    },
  };
  for (const [sentence, { node: parts, want }] of Object.entries(cases)) {
    it(`${sentence}: ${String(want['kind'])}`, () => {
      assert.deepEqual(told(standing(parts)), want);
    });
  }

  it('one that has told nothing yet is silent since it was made', () => {
    const { status: _, ...bare } = node('node-1', { metadata: { creationTimestamp: iso(70) } });
    assert.deepEqual(nodeStandingAt(bare, clock), { kind: 'active', turnsAtMs: ms(130) });
  });
});

describe('goneStandingAt', () => {
  it('a pod may be heard of before its node', () => {
    assert.deepEqual(goneStandingAt(ms(41), clock), { kind: 'active', turnsAtMs: ms(101) });
  });

  it('but not for ever', () => {
    assert.deepEqual(goneStandingAt(ms(40), clock), { kind: 'lost', why: 'gone' });
  });
});

describe('hasToLeave', () => {
  const cordoned: NodeParts = { spec: { unschedulable: true } };
  const deleted: NodeParts = { metadata: { deletionTimestamp: iso(50) } };
  const anything = { operator: 'Exists' } as const;
  const cases: Record<string, { node: NodeParts; tolerations?: readonly object[]; createdAt?: number; want: boolean }> =
    {
      'a task on a cordoned node': { node: cordoned, want: true },
      'one that tolerates anything stays: it would be placed there again': {
        node: cordoned,
        tolerations: [anything],
        want: false,
      },
      'one that tolerates the cordon': {
        node: cordoned,
        tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' }],
        want: false,
      },
      'one that tolerates another effect': {
        node: cordoned,
        tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
        want: true,
      },
      'one that tolerates a taint of that value': {
        node: { spec: { taints: [{ key: 'karpenter.sh/disruption', value: 'disrupting', effect: 'NoSchedule' }] } },
        tolerations: [{ key: 'karpenter.sh/disruption', value: 'disrupting' }],
        want: false,
      },
      'one that tolerates another value': {
        node: { spec: { taints: [{ key: 'karpenter.sh/disruption', value: 'disrupting', effect: 'NoSchedule' }] } },
        tolerations: [{ key: 'karpenter.sh/disruption', value: 'other' }],
        want: true,
      },
      'one that tolerates one of two marks': {
        node: { spec: { unschedulable: true, ...tainted('karpenter.sh/disrupted').spec } },
        tolerations: [{ key: 'karpenter.sh/disrupted', operator: 'Exists' }],
        want: true,
      },
      'one whose toleration is for no key and all values': {
        node: cordoned,
        tolerations: [{ value: '' }],
        want: true,
      },
      'one that tolerates the cordon of any effect': {
        node: cordoned,
        tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: '' }],
        want: false,
      },
      'a task that was there when the deletion of its node was asked for': { node: deleted, createdAt: 49, want: true },
      'one that came later, as nothing keeps it off': { node: deleted, createdAt: 50, want: false },
    };
  for (const [sentence, { node: parts, tolerations = [], createdAt = 0, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const found = standing(parts);
      assert(found.kind === 'draining');
      assert.equal(hasToLeave(found, { tolerations, createdAtMs: ms(createdAt) }), want);
    });
  }
});

describe('standsOtherwise', () => {
  const cases: Record<string, { before?: NodeParts; after: NodeParts; want: boolean }> = {
    'not for a heartbeat': { after: { metadata: { resourceVersion: '2' } }, want: false },
    'not for a label': { after: { metadata: { labels: { zone: 'b' } } }, want: false },
    'not for a taint that is nobody’s business': { after: tainted('gpu'), want: false },
    'not for a Ready that is True anew': { after: { ready: { status: 'True', since: 5 } }, want: false },
    'for a cordon': { after: { spec: { unschedulable: true } }, want: true },
    'for the end of one': { before: { spec: { unschedulable: true } }, after: {}, want: true },
    'for a mark': { after: tainted('karpenter.sh/disrupted'), want: true },
    'for Ready': { after: { ready: { status: 'Unknown', since: 5 } }, want: true },
    'for a silence that begins anew': {
      before: { ready: { status: 'False', since: 5 } },
      after: { ready: { status: 'Unknown', since: 50 } },
      want: true,
    },
    'for a deletion': { after: { metadata: { deletionTimestamp: iso(1) } }, want: true },
    'for one that is put out of service': { after: tainted('node.kubernetes.io/out-of-service'), want: true },
  };
  for (const [sentence, { before = {}, after, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(standsOtherwise(node('node-1', before), node('node-1', after)), want);
    });
  }
});
