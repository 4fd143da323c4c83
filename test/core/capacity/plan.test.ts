import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { capacityProviderKind, type CapacityProvider } from '../../../src/api/capacity-provider.ts';
import type { NodeView } from '../../../src/api/meta.ts';
import { isProviderNews } from '../../../src/core/capacity/nodes.ts';
import { planProvider, type ProviderWorld } from '../../../src/core/capacity/plan.ts';
import { instant, iso } from '../../support/builders.ts';
import { node, provider } from '../../support/capacity.ts';

const cordoned = { spec: { unschedulable: true } };
const tainted = (key: string): { readonly spec: NodeView['spec'] } => ({
  spec: { taints: [{ key, effect: 'NoSchedule' }] },
});

function world(own: CapacityProvider, overrides: Partial<ProviderWorld> = {}): ProviderWorld {
  const { name: holder } = own.metadata;
  return { now: instant(), provider: own, holder, nodes: [], tasks: { running: 0, pending: 0 }, ...overrides };
}

describe('planProvider', () => {
  it('counts the nodes that belong to it, those that take tasks, and its tasks', () => {
    const nodes = [
      node('a', 'gold'),
      node('b', 'gold', cordoned),
      node('c', 'gold', { isReady: false }),
      node('d', 'gold', { metadata: { deletionTimestamp: iso() } }),
      node('e', 'gold', tainted('aws-node-termination-handler/spot-itn')),
      node('f', 'gold', tainted('karpenter.sh/disrupted')),
      node('g', 'gold', tainted('node.kubernetes.io/out-of-service')),
    ];
    const { status, ...rest } = planProvider(world(provider('gold'), { nodes, tasks: { running: 3, pending: 2 } }));
    const { conditions: _, ...counted } = status;
    assert.deepEqual(counted, {
      observedGeneration: 1,
      status: 'ACTIVE',
      nodes: 7,
      readyNodes: 1,
      runningTasksCount: 3,
      pendingTasksCount: 2,
    });
    assert.deepEqual(rest, { steps: [], events: [] });
    assert.deepEqual(capacityProviderKind.status.parse(status), status);
  });

  it('counts no nodes of Fargate', () => {
    const { status } = planProvider(world(provider('fg', { fargate: {} }), { tasks: { running: 1, pending: 0 } }));
    assert.deepEqual([status.nodes, status.readyNodes, status.runningTasksCount], [undefined, undefined, 1]);
  });

  it('counts no tasks where it does not see all of them', () => {
    const { status } = planProvider(world(provider('gold'), { tasks: undefined }));
    assert.deepEqual([status.runningTasksCount, status.pendingTasksCount, status.nodes], [undefined, undefined, 0]);
  });

  const gold = provider('gold');
  const cases: Record<string, { readonly world: ProviderWorld; readonly want: readonly string[] }> = {
    'is Ready with nodes': {
      world: world(gold, { nodes: [node('a', 'gold'), node('b', 'gold')] }),
      want: ['Ready=True Active: 2 of its nodes take tasks.'],
    },
    'is Ready without nodes, and says so: a group may grow': {
      world: world(gold),
      want: ['Ready=True NoNodes: No node has the label eks.amazonaws.com/nodegroup=gold: tasks wait until one does.'],
    },
    'tells all labels that a node must have': {
      world: world(provider('gold', { nodeSelector: { tier: 'gold', zone: 'a' } })),
      want: ['Ready=True NoNodes: No node has the labels tier=gold and zone=a: tasks wait until one does.'],
    },
    'says that none of its nodes takes tasks': {
      world: world(gold, { nodes: [node('a', 'gold', cordoned)] }),
      want: ['Ready=True NoNodes: None of its nodes takes tasks: tasks wait until one does.'],
    },
    'names the profile of Fargate': {
      world: world(provider('fg', { fargate: { profile: 'jobs' } })),
      want: ['Ready=True Active: The Fargate profile jobs takes its tasks.'],
    },
    'leaves the profile of Fargate open': {
      world: world(provider('fg', { fargate: {} })),
      want: ['Ready=True Active: Any Fargate profile that matches a pod takes it.'],
    },
    'is stalled where another has its name': {
      world: world(provider('young', { providerName: 'gold' }), { holder: 'older' }),
      want: [
        'Ready=False CapacityProviderClash: providerName gold belongs to ECSCapacityProvider older: give this one another providerName, or delete that one.',
        'Stalled=True CapacityProviderClash: providerName gold belongs to ECSCapacityProvider older: give this one another providerName, or delete that one.',
      ],
    },
  };
  for (const [sentence, { world: given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { conditions = [] } = planProvider(given).status;
      assert.deepEqual(
        conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`),
        want,
      );
    });
  }
});

describe('A change of a node is news for its provider', () => {
  const labelled = (labels: Record<string, string>): ReturnType<typeof node> =>
    node('a', 'gold', { metadata: { labels, resourceVersion: '2' } });
  const cases: Record<string, { readonly after: ReturnType<typeof node>; readonly want: boolean }> = {
    'when it takes no tasks any more': { after: node('a', 'gold', cordoned), want: true },
    'when it is not Ready': { after: node('a', 'gold', { isReady: false }), want: true },
    'when it is deleted': { after: node('a', 'gold', { metadata: { deletionTimestamp: iso() } }), want: true },
    'when it moves to another group': { after: node('a', 'silver'), want: true },
    'when it gets a label': { after: labelled({ tier: 'gold' }), want: true },
    'not when only its version changes': { after: labelled({}), want: false },
    'not when it gets an annotation': {
      after: node('a', 'gold', { metadata: { annotations: { a: 'b' } } }),
      want: false,
    },
  };
  for (const [sentence, { after, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(isProviderNews(node('a', 'gold'), after), want);
    });
  }

  it('when it loses a label', () => {
    assert.ok(isProviderNews(labelled({ tier: 'gold' }), labelled({})));
  });
});
