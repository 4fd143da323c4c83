import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { NodeView } from '../../../src/api/meta.ts';
import type { PlacementConstraint } from '../../../src/api/placement.ts';
import type { TaskDefinitionSpec } from '../../../src/api/task-definition.ts';
import { placementOf } from '../../../src/core/placement/terms.ts';
import { daemonNodesOf, setAsideOf, uncountedOf } from '../../../src/core/service/daemon-nodes.ts';
import { desiredCountOf } from '../../../src/core/service/desired.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import {
  content,
  deploymentRecord,
  iso,
  node,
  nodesNamed,
  service,
  snapshot,
  taskView,
  type NodeParts,
} from '../../support/builders.ts';
import { serviceWorld } from '../../support/world.ts';

interface Given {
  readonly constraints?: PlacementConstraint[];
  readonly content?: Partial<TaskDefinitionSpec>;
  readonly others?: readonly string[];
}

/** A DAEMON, 100 s after the beginning. */
function daemon(
  nodes: readonly NodeView[],
  { constraints = [], ...given }: Given,
  rest: Partial<ServiceWorld> = {},
): ServiceWorld {
  const agent = service({ schedulingStrategy: 'DAEMON', placementConstraints: constraints });
  const deployed = { ...content(), ...given.content };
  return serviceWorld({
    service: agent,
    placement: placementOf(agent.spec, undefined),
    deployments: [deploymentRecord({ snapshot: snapshot({ content: deployed }) })],
    nodes: nodesNamed(...nodes),
    hasOthersOn: (name) => given.others?.includes(name) === true,
    ...rest,
  });
}

function memberOf(expression: string): PlacementConstraint[] {
  return [{ type: 'memberOf', expression }];
}

function tainted(key: string, effect = 'NoSchedule'): NodeParts {
  return { spec: { taints: [{ key, effect }] } };
}

const labelled = (labels: Record<string, string>): NodeParts => ({ metadata: { labels } });
const cordoned: NodeParts = { spec: { unschedulable: true } };
const withOthers = { others: ['node-1'] };

describe('a node', () => {
  const cases: Record<string, { readonly node: NodeParts; readonly given?: Given; readonly want: string | undefined }> =
    {
      'is open': { node: {}, want: 'open' },
      'of Fargate is none': { node: labelled({ 'eks.amazonaws.com/compute-type': 'fargate' }), want: undefined },
      'is open by a constraint': {
        node: labelled({ rack: 'a' }),
        given: { constraints: memberOf('attribute:rack == a') },
        want: 'open',
      },
      'is none by a constraint': {
        node: labelled({ rack: 'b' }),
        given: { constraints: memberOf('attribute:rack == a') },
        want: undefined,
      },
      'is none by a constraint of the definition': {
        node: labelled({ rack: 'b' }),
        given: { content: { placementConstraints: [{ type: 'memberOf', expression: 'attribute:rack == a' }] } },
        want: undefined,
      },
      'is open for distinctInstance': {
        node: {},
        given: { constraints: [{ type: 'distinctInstance' }] },
        want: 'open',
      },
      'is none by a node selector': {
        node: {},
        given: { content: { kubernetes: { nodeSelector: { gpu: 'yes' } } } },
        want: undefined,
      },
      'is none by its platform': {
        node: labelled({ 'kubernetes.io/arch': 'amd64' }),
        given: { content: { runtimePlatform: { cpuArchitecture: 'ARM64' } } },
        want: undefined,
      },
      'is silent': { node: { ready: { status: 'Unknown', since: 50 } }, want: 'silent' },
      'is none once it is lost': { node: { ready: { status: 'Unknown', since: 40 } }, want: undefined },
      'is held while it drains and has other tasks': { node: cordoned, given: withOthers, want: 'held' },
      'is none once it has drained': { node: cordoned, want: undefined },
      'is held by the mark of an autoscaler': {
        node: tainted('karpenter.sh/disrupted'),
        given: withOthers,
        want: 'held',
      },
      'is none by the mark of an autoscaler': { node: tainted('karpenter.sh/disrupted'), want: undefined },
      'is held while it is deleted and has other tasks': {
        node: { metadata: { deletionTimestamp: iso(200) } },
        given: withOthers,
        want: 'held',
      },
      'is none while it is deleted': { node: { metadata: { deletionTimestamp: iso(200) } }, want: undefined },
      'is open for who tolerates the cordon by its own definition': {
        node: cordoned,
        given: { content: { kubernetes: { tolerations: [{ operator: 'Exists' }] } } },
        want: 'open',
      },
      'is held by a taint': { node: tainted('dedicated'), want: 'held' },
      'is held by one that evicts': { node: tainted('dedicated', 'NoExecute'), want: 'held' },
      'is open in spite of a taint that is only a wish': {
        node: tainted('dedicated', 'PreferNoSchedule'),
        want: 'open',
      },
      'is open in spite of a taint that the definition tolerates': {
        node: tainted('dedicated'),
        given: { content: { kubernetes: { tolerations: [{ key: 'dedicated', operator: 'Exists' }] } } },
        want: 'open',
      },
      'is open under pressure, as for a DaemonSet': {
        node: tainted('node.kubernetes.io/memory-pressure'),
        want: 'open',
      },
      'is held without a network': { node: tainted('node.kubernetes.io/network-unavailable'), want: 'held' },
      'is open without a network for who uses that of the node': {
        node: tainted('node.kubernetes.io/network-unavailable'),
        given: { content: { networkMode: 'host' } },
        want: 'open',
      },
    };
  for (const [sentence, { node: parts, given = {}, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(daemonNodesOf(daemon([node('node-1', parts)], given)).get('node-1'), want);
    });
  }

  it('is silent that a task is bound to and nobody knows', () => {
    const world = daemon([], {}, { tasks: [taskView({ node: 'node-9', boundAtMs: Date.parse(iso(90)) })] });
    assert.deepEqual([...daemonNodesOf(world)], [['node-9', 'silent']]);
  });

  it('is none of anybody else’s', () => {
    assert.equal(daemonNodesOf(serviceWorld()).size, 0);
    assert.deepEqual(
      [desiredCountOf(serviceWorld()), uncountedOf(serviceWorld()), setAsideOf(serviceWorld()).size],
      [1, [], 0],
    );
  });
});

describe('what counts of a DAEMON', () => {
  const held = node('held', tainted('dedicated'));
  const nodes = [node('open'), node('empty'), held, node('bare', tainted('dedicated'))];
  const at = (id: string, name: string, more: object = {}): ReturnType<typeof taskView> =>
    taskView({ id, node: name, ...more });

  it('are nodes that are open, and others that have a task', () => {
    assert.equal(desiredCountOf(daemon(nodes, {}, { tasks: [at('a', 'open'), at('b', 'held')] })), 3);
  });

  it('are none before there is any content', () => {
    const resolution = { kind: 'missing', reason: 'TaskDefinitionNotFound', message: 'It is gone.' } as const;
    assert.equal(desiredCountOf(daemon(nodes, {}, { deployments: [], resolution })), 0);
  });

  it('are those that the new content matches before it is deployed', () => {
    assert.equal(desiredCountOf(daemon(nodes, {}, { deployments: [] })), 2);
  });

  it('are a task of each node, a healthy one first, and a new one before an older one', () => {
    const tasks = [
      at('old', 'open', { deployment: '9' }),
      at('new', 'open'),
      at('starts', 'empty', { healthyAtMs: undefined }),
      at('healthy', 'empty', { deployment: '9', createdAtMs: Date.parse(iso(1)) }),
      at('away', 'bare'),
      at('stray', 'gone', { node: undefined, pinnedTo: 'gone', lastStatus: 'PROVISIONING' }),
    ];
    const ids = uncountedOf(daemon(nodes, {}, { tasks })).map(({ id }) => id);
    assert.deepEqual(ids.sort(), ['old', 'starts', 'stray']);
  });

  it('are not those of held nodes where a deployment is concerned', () => {
    const tasks = [at('a', 'open'), at('b', 'held')];
    assert.deepEqual(
      [...setAsideOf(daemon(nodes, {}, { tasks }))].map(({ id }) => id),
      ['b'],
    );
  });
});
