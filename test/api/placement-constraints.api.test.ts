import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Pod } from '../../src/api/meta.ts';
import type { TaskDefinition } from '../../src/api/task-definition.ts';
import { attributeOf } from '../../src/core/placement/attributes.ts';
import { queriesOf } from '../../src/core/placement/query/constraints.ts';
import { matches, type QuerySubject } from '../../src/core/placement/query/evaluate.ts';
import type { KnownNodes } from '../../src/core/placement/query/node-affinity/literal.ts';
import { expressQueries } from '../../src/core/placement/query/node-terms.ts';
import type { Query } from '../../src/core/placement/query/query.ts';
import { applyAll, eventually, kubectl } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

const namespace = `constraints-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const { get } = objectsIn(namespace);

describe('a placement constraint of a definition, on a real API server', function () {
  this.timeout(60_000);
  runsOperatorIn(namespace, manifests.cluster());

  function definition(expression: string): object {
    const containerDefinitions = [{ name: 'app', image: 'registry.example/app:1', memory: 64 }];
    const spec = { containerDefinitions, placementConstraints: [{ type: 'memberOf', expression }] };
    return { ...manifests.taskDefinition('web', ''), spec };
  }

  it('that does not parse registers nothing, and says where', async () => {
    await applyAll(definition("attribute:stack == 'blue' andd agentConnected == true"));
    await eventually(async () => {
      const found = await get<TaskDefinition>('ecstd', 'web');
      const stalled = conditionOf(found, 'Stalled');
      assert.equal(stalled?.reason, 'InvalidPlacementConstraint');
      assert.equal(
        stalled.message,
        "placementConstraints[0].expression: at character 27: expected and, or, or the end after 'blue', found 'andd'",
      );
      assert.equal(found.status?.revision, undefined);
    });
  });

  it('that is put right is registered', async () => {
    await applyAll(definition(String.raw`attribute:stack =~ 'blu[e]|\d+' and agentConnected == true`));
    await eventually(async () => {
      assert.equal((await get<TaskDefinition>('ecstd', 'web')).status?.taskDefinition, 'web:1');
    });
  });
});

/** Of nodes that nothing else runs on. Each pod of the suite can run on one of them alone. */
const nodes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  a: { 'topology.kubernetes.io/zone': 'us-east-1a', 'attribute.ecs-operator.dev/stack': 'blue', stack: 'green' },
  b: { 'topology.kubernetes.io/zone': 'us-east-1b', stack: 'blue', 'test.dev/weight': '7' },
  c: { 'kubernetes.io/arch': 'arm64', 'test.dev/weight': '05' },
  d: { 'kubernetes.io/arch': 'amd64', 'test.dev/weight': 'heavy', stack: '' },
};

const expressions = [
  'attribute:ecs.availability-zone == us-east-1a',
  'attribute:ecs.availability-zone != us-east-1a',
  'not(attribute:ecs.availability-zone == us-east-1a)',
  'attribute:ecs.availability-zone !in [us-east-1b] or attribute:ecs.cpu-architecture == x86_64',
  'attribute:ecs.cpu-architecture in [x86_64, arm64]',
  'attribute:ecs.cpu-architecture != x86_64',
  'attribute:stack == blue',
  'attribute:stack != blue',
  'not(attribute:stack == blue)',
  'attribute:stack !exists',
  'attribute:stack exists and not(attribute:test.dev/weight exists)',
  'attribute:test.dev/weight > 5',
  'attribute:test.dev/weight >= 5',
  'attribute:test.dev/weight < 7',
  'attribute:test.dev/weight <= 7',
  'not(attribute:test.dev/weight > 5)',
  'attribute:test.dev/weight =~ [a-z]+',
  'attribute:test.dev/weight !~ [a-z]+',
  'attribute:test.dev/weight == a:b',
  'attribute:test.dev/weight != a:b',
  'ec2InstanceId in [i-a, i-c, i-gone]',
  'not(ec2InstanceId in [i-a, i-c, i-gone])',
  'agentConnected == true and attribute:stack exists',
  'agentConnected == false',
];

describe('the kube-scheduler places by a query as the query is evaluated', function () {
  this.timeout(60_000);
  const own = `queries-test-${String(process.pid)}`;
  const pods = objectsIn(own);
  const letters = Object.keys(nodes);
  const nameOf = (letter: string): string => `${own}-${letter}`;
  const known: KnownNodes = {
    valuesOf: (name) => letters.flatMap((letter) => attributeOf(nodes[letter] ?? {}, name) ?? []),
    nameOf: (id) => letters.map(nameOf).find((name) => name.endsWith(id.slice(1))),
  };

  before(async () => {
    await kubectl(['create', 'namespace', own]);
    await eventually(() => pods.get('serviceaccount', 'default'));
    await applyAll(...letters.map(node));
    await kubectl(['wait', '--for=condition=Ready', '--timeout=30s', ...letters.map((each) => `node/${nameOf(each)}`)]);
    await applyAll(...expressions.flatMap((expression, index) => letters.map((each) => pod(expression, index, each))));
  });

  after(async () => {
    await kubectl(['delete', 'namespace', own, '--wait=false']);
    await kubectl(['delete', 'node', ...letters.map(nameOf)]);
  });

  for (const [index, expression] of expressions.entries()) {
    it(expression, async () => {
      const want = letters.filter((letter) => matches(queryOf(expression), subjectOf(letter)));
      await eventually(async () => {
        const tried = await pods.list<Pod>('pod', `expression=${String(index)}`);
        const undecided = tried.filter(
          ({ status }) => status?.conditions?.some(({ type }) => type === 'PodScheduled') !== true,
        );
        assert.deepEqual([tried.length, undecided.length], [letters.length, 0]);
        const placed = tried.filter(({ spec }) => spec?.nodeName !== undefined);
        assert.deepEqual(new Set(placed.map(({ metadata }) => metadata.labels?.['node'])), new Set(want));
      });
    });
  }

  function queryOf(expression: string): Query {
    const [query] = queriesOf([{ type: 'memberOf', expression }]);
    assert(query);
    return query;
  }

  function subjectOf(letter: string): QuerySubject {
    return {
      attribute: (name) => attributeOf(nodes[letter] ?? {}, name),
      ec2InstanceId: `i-${letter}`,
      agentConnected: true,
      registeredAtMs: 0,
      runningTasksCount: 0,
      hasGroup: () => false,
    };
  }

  function node(letter: string): object {
    const amounts = { cpu: '100', memory: '100Gi', pods: '110' };
    const labels = { ...nodes[letter], 'test.dev/node': nameOf(letter) };
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: nameOf(letter), labels, annotations: { 'kwok.x-k8s.io/node': 'fake' } },
      spec: { taints: [{ key: 'test.dev/queries', effect: 'NoSchedule' }] },
      status: { allocatable: amounts, capacity: amounts },
    };
  }

  function pod(expression: string, index: number, letter: string): object {
    const { terms, inexpressible } = expressQueries([queryOf(expression)], known);
    assert.deepEqual(inexpressible, []);
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } };
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `pod-${String(index)}-${letter}`,
        namespace: own,
        labels: { expression: String(index), node: letter },
      },
      spec: {
        affinity: terms && { nodeAffinity: required },
        containers: [{ name: 'app', image: 'registry.example/app:1' }],
        nodeSelector: { 'test.dev/node': nameOf(letter) },
        tolerations: [{ key: 'test.dev/queries', operator: 'Exists' }],
      },
    };
  }
});
