import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { NodeView } from '../../../../src/api/meta.ts';
import type { LaunchType, PlacementConstraint, PlacementStrategy } from '../../../../src/api/placement.ts';
import type { Capacity } from '../../../../src/core/capacity/capacity.ts';
import { askedOf } from '../../../../src/core/placement/kube-scheduler/asked.ts';
import { knownNodesOf } from '../../../../src/core/placement/known-nodes.ts';
import { standaloneGroup } from '../../../../src/core/placement/task-group.ts';
import type { NewTask } from '../../../../src/core/task/pod/new-task.ts';
import { renderPod } from '../../../../src/core/task/pod/pod.ts';
import type { PodBody } from '../../../../src/core/task/pod/body.ts';
import { content, iso, newTask, noTerms, snapshot } from '../../../support/builders.ts';

interface Given {
  readonly strategy?: readonly PlacementStrategy[];
  readonly constraints?: readonly PlacementConstraint[];
  /** Expressions of the task definition's constraints. */
  readonly definition?: readonly string[];
  readonly launchType?: LaunchType;
  readonly capacity?: Capacity;
  readonly nodes?: readonly NodeView[];
  readonly group?: NewTask['group'];
}

/** Where the pod of a task says that it may run, and where rather. */
function placedBy(given: Given): PodBody['spec'] {
  const { strategy = [], constraints = [], definition = [], launchType = 'EC2', nodes = [], ...rest } = given;
  const placementConstraints = definition.map((expression) => ({ type: 'memberOf' as const, expression }));
  const held = { ...content(), ...(definition.length > 0 && { placementConstraints }) };
  const placement = { ...noTerms, strategy, constraints };
  const asked = askedOf(placement, held, knownNodesOf(nodes));
  return renderPod(newTask({ ...rest, placement, asked, snapshot: snapshot({ content: held, launchType }) })).spec;
}

function memberOf(expression: string): PlacementConstraint {
  return { type: 'memberOf', expression };
}

const zone = 'topology.kubernetes.io/zone';
const host = 'kubernetes.io/hostname';
const instanceType = 'node.kubernetes.io/instance-type';

const ofDeployment = { 'ecs-operator.dev/service': 'web', 'ecs-operator.dev/deployment': '1000000000000000001' };

const spreadOver = (...keys: readonly string[]): readonly object[] =>
  keys.map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: ofDeployment },
  }));

describe('a strategy becomes spreads of the deployment over labels of nodes', () => {
  const cases: Record<string, { readonly given: Given; readonly want: readonly string[] | undefined }> = {
    'zones and then nodes where there is none': { given: {}, want: [zone, host] },
    'zones alone': {
      given: { strategy: [{ type: 'spread', field: 'attribute:ecs.availability-zone' }] },
      want: [zone],
    },
    'zones, and then instances': {
      given: {
        strategy: [
          { type: 'spread', field: 'attribute:ecs.availability-zone' },
          { type: 'spread', field: 'instanceId' },
        ],
      },
      want: [zone, host],
    },
    'hosts, which are instances': {
      given: {
        strategy: [
          { type: 'spread', field: 'host' },
          { type: 'spread', field: 'instanceId' },
        ],
      },
      want: [host],
    },
    'a custom attribute, by the label that holds it': {
      given: { strategy: [{ type: 'spread', field: 'attribute:rack' }] },
      want: ['attribute.ecs-operator.dev/rack'],
    },
    'a label of nodes by its own name': {
      given: { strategy: [{ type: 'spread', field: 'attribute:karpenter.sh/nodepool' }] },
      want: ['karpenter.sh/nodepool'],
    },
    'nothing for binpack, which no pod can ask for': {
      given: { strategy: [{ type: 'binpack', field: 'memory' }] },
      want: undefined,
    },
    'nothing for random': { given: { strategy: [{ type: 'random' }] }, want: undefined },
    'nothing where no label can have the name': {
      given: { strategy: [{ type: 'spread', field: 'attribute:a b' }] },
      want: undefined,
    },
    'nothing on Fargate': { given: { launchType: 'FARGATE' }, want: undefined },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(placedBy(given).topologySpreadConstraints, want && spreadOver(...want));
    });
  }
});

const nodesWhere = (...terms: readonly object[]): object => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
});
const onHost = (matchLabels: object): object => ({
  requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: host, labelSelector: { matchLabels } }],
});
const isType = (...values: readonly string[]): object => ({ key: instanceType, operator: 'In', values });
const ofWeb = { 'ecs-operator.dev/service': 'web' };
const ofDb = { 'ecs-operator.dev/group': 'service-db-c75c2811' };
const spotGroup: Capacity = {
  launchType: 'EC2',
  provider: { name: 'spot', nodeLabels: { 'eks.amazonaws.com/nodegroup': 'spot' }, podLabels: {} },
};
const ofSpot = { key: 'eks.amazonaws.com/nodegroup', operator: 'In', values: ['spot'] };

function node(name: string, labels: Readonly<Record<string, string>>): NodeView {
  const metadata = { name, uid: name, resourceVersion: '1', creationTimestamp: iso(), labels };
  return { apiVersion: 'v1', kind: 'Node', metadata };
}

describe('what binds a task becomes required affinity', () => {
  const cases: Record<string, { readonly given: Given; readonly want: object | undefined }> = {
    'nothing where nothing does': { given: {}, want: undefined },
    'the type of the node': {
      given: { constraints: [memberOf('attribute:ecs.instance-type == m6i.large')] },
      want: nodesWhere({ matchExpressions: [isType('m6i.large')] }),
    },
    'not this type, and a type there must be': {
      given: { constraints: [memberOf('attribute:ecs.instance-type != m6i.large')] },
      want: nodesWhere({
        matchExpressions: [
          { key: instanceType, operator: 'Exists' },
          { key: instanceType, operator: 'NotIn', values: ['m6i.large'] },
        ],
      }),
    },
    'several constraints, those of the definition among them': {
      given: {
        constraints: [memberOf('attribute:ecs.availability-zone in [a, b]')],
        definition: ['attribute:ecs.instance-type == m6i.large'],
      },
      want: nodesWhere({
        matchExpressions: [{ key: zone, operator: 'In', values: ['a', 'b'] }, isType('m6i.large')],
      }),
    },
    'each of two alternatives in one zone': {
      given: {
        constraints: [
          memberOf('attribute:ecs.instance-type == m6i.large or attribute:ecs.os-type == linux'),
          memberOf('attribute:ecs.availability-zone == a'),
        ],
      },
      want: nodesWhere(
        { matchExpressions: [isType('m6i.large'), { key: zone, operator: 'In', values: ['a'] }] },
        {
          matchExpressions: [
            { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
            { key: zone, operator: 'In', values: ['a'] },
          ],
        },
      ),
    },
    'a pattern, by the values that nodes have': {
      given: {
        constraints: [memberOf('attribute:ecs.instance-type =~ m6i.*')],
        nodes: [
          node('a', { [instanceType]: 'm6i.large' }),
          node('b', { [instanceType]: 'm6i.xlarge' }),
          node('c', { [instanceType]: 'c5.large' }),
        ],
      },
      want: nodesWhere({ matchExpressions: [isType('m6i.large', 'm6i.xlarge')] }),
    },
    'a pattern that no node matches: no node': {
      given: { constraints: [memberOf('attribute:ecs.instance-type =~ m6i.*')] },
      want: nodesWhere({}),
    },
    'apart from all tasks of the service, older deployments too': {
      given: { constraints: [{ type: 'distinctInstance' }] },
      want: { podAntiAffinity: onHost(ofWeb) },
    },
    'apart from the tasks of the group and the cluster, for a task without a service': {
      given: { constraints: [{ type: 'distinctInstance' }], group: standaloneGroup('batch', 'main') },
      want: { podAntiAffinity: onHost({ 'ecs-operator.dev/group': 'batch', 'ecs-operator.dev/cluster': 'main' }) },
    },
    'beside a task of another group': {
      given: { constraints: [memberOf('task:group == service:db')] },
      want: { podAffinity: onHost(ofDb) },
    },
    'away from the tasks of another group': {
      given: { constraints: [memberOf('not(task:group == service:db)')] },
      want: { podAntiAffinity: onHost(ofDb) },
    },
    'the nodes of its capacity provider': {
      given: { capacity: spotGroup },
      want: nodesWhere({ matchExpressions: [ofSpot] }),
    },
    'the nodes of its provider in each alternative': {
      given: {
        capacity: spotGroup,
        constraints: [memberOf('attribute:ecs.instance-type == m6i.large or attribute:ecs.os-type == linux')],
      },
      want: nodesWhere(
        { matchExpressions: [ofSpot, isType('m6i.large')] },
        { matchExpressions: [ofSpot, { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] },
      ),
    },
    'no node, though its provider has some': {
      given: { capacity: spotGroup, constraints: [memberOf('attribute:ecs.instance-type =~ m6i.*')] },
      want: nodesWhere({}),
    },
    'all of it at once': {
      given: {
        capacity: spotGroup,
        constraints: [{ type: 'distinctInstance' }, memberOf('attribute:ecs.instance-type == m6i.large')],
        definition: ['not(task:group == service:db)'],
      },
      want: {
        ...nodesWhere({ matchExpressions: [ofSpot, isType('m6i.large')] }),
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [ofWeb, ofDb].map((matchLabels) => ({
            topologyKey: host,
            labelSelector: { matchLabels },
          })),
        },
      },
    },
    'nothing on Fargate, which takes its pods by labels': {
      given: { launchType: 'FARGATE', constraints: [{ type: 'distinctInstance' }] },
      want: undefined,
    },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(placedBy(given).affinity, want);
    });
  }
});

describe('the Cluster Autoscaler', () => {
  const safeToEvict = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
  const told = (launchType: LaunchType, annotations?: Record<string, string>): string | undefined => {
    const held = { ...content(), ...(annotations && { kubernetes: { podOverlay: { annotations } } }) };
    return renderPod(newTask({ snapshot: snapshot({ content: held, launchType }) })).metadata.annotations[safeToEvict];
  };

  it('may take the node of a service task away, unless the pod overlay says otherwise', () => {
    assert.equal(told('EC2'), 'true');
    assert.equal(told('EC2', { [safeToEvict]: 'false' }), 'false');
  });

  it('is told nothing on Fargate', () => {
    assert.equal(told('FARGATE'), undefined);
  });
});

describe('whatever constraints and provider', () => {
  const attributes = fc.constantFrom('ecs.instance-type', 'ecs.availability-zone', 'rack');
  const term = fc.tuple(attributes, fc.constantFrom('==', '!=', '=~'), fc.constantFrom('a', 'b.*', 'c'));
  const expression = fc
    .array(
      term.map(([name, operator, value]) => `attribute:${name} ${operator} ${value}`),
      { minLength: 1, maxLength: 3 },
    )
    .map((terms) => terms.join(' or '));

  it('each alternative asks for the nodes of the provider, or for none at all', () => {
    fc.assert(
      fc.property(fc.array(expression, { maxLength: 3 }), (expressions) => {
        const { affinity } = placedBy({ capacity: spotGroup, constraints: expressions.map(memberOf) });
        const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
        assert.ok(terms.length > 0);
        for (const { matchExpressions = [] } of terms) {
          if (matchExpressions.length > 0) assert.deepEqual(matchExpressions[0], ofSpot);
        }
      }),
    );
  });
});
