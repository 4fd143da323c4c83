import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { queriesOf } from '../../../../src/core/placement/query/constraints.ts';
import type { KnownNodes } from '../../../../src/core/placement/query/node-affinity/literal.ts';
import { expressQueries, type ExpressedQueries } from '../../../../src/core/placement/query/node-terms.ts';

const types = ['m5.large', 'm5.xlarge', 'c5.large'];

const known: KnownNodes = {
  valuesOf: (name) => {
    if (name === 'ecs.instance-type') return types;
    return name === 'host' ? Array.from({ length: 101 }, (_, index) => `ip-${String(index)}`) : ['4', '6', 'many'];
  },
  nameOf: (id) => ({ 'i-1': 'node-1', 'i-2': 'node-2' })[id],
};

function express(...expressions: readonly string[]): ExpressedQueries {
  const queries = queriesOf(expressions.map((expression) => ({ type: 'memberOf', expression })));
  assert.equal(queries.length, expressions.length);
  return expressQueries(queries, known);
}

/** Terms as texts: `key operator value,value`, and `never` for the term without anything. */
function termsOf({ terms }: ExpressedQueries): readonly string[] | undefined {
  return terms?.map(({ matchExpressions = [], matchFields = [] }) =>
    [...matchExpressions, ...matchFields]
      .map(({ key, operator, values = [] }) => [key, operator, ...values].join(' '))
      .join(' + '),
  );
}

const own = 'attribute.ecs-operator.dev/';
const type = 'node.kubernetes.io/instance-type';
const zone = 'topology.kubernetes.io/zone';
const arch = 'kubernetes.io/arch';

describe('Node affinity', () => {
  const cases: Readonly<Record<string, readonly string[] | undefined>> = {
    'attribute:ecs.availability-zone == a': [`${zone} In a`],
    'attribute:ecs.availability-zone in [a, b]': [`${zone} In a b`],
    'attribute:ecs.availability-zone != a': [`${zone} Exists + ${zone} NotIn a`],
    'attribute:ecs.availability-zone !in [a, b]': [`${zone} Exists + ${zone} NotIn a b`],
    'attribute:ecs.availability-zone exists': [`${zone} Exists`],
    'attribute:ecs.availability-zone !exists': [`${zone} DoesNotExist`],
    'not(attribute:ecs.availability-zone == a)': [`${zone} NotIn a`],
    'not(attribute:ecs.availability-zone != a)': [`${zone} In a`, `${zone} DoesNotExist`],
    'not(attribute:ecs.availability-zone exists)': [`${zone} DoesNotExist`],
    'not(attribute:ecs.availability-zone !exists)': [`${zone} Exists`],
    'attribute:ecs.cpu-architecture == x86_64': [`${arch} In amd64`],
    'attribute:ecs.cpu-architecture != arm64': [`${arch} Exists + ${arch} NotIn arm64`],
    'attribute:karpenter.sh/nodepool == spot': ['karpenter.sh/nodepool In spot'],
    'attribute:stack == blue': [`${own}stack In blue`, `${own}stack DoesNotExist + stack In blue`],
    'attribute:stack !exists': [`${own}stack DoesNotExist + stack DoesNotExist`],
    'not(attribute:stack == blue)': [
      `${own}stack Exists + ${own}stack NotIn blue`,
      `${own}stack DoesNotExist + stack NotIn blue`,
    ],
    'attribute:a/weight > 5': ['a/weight Gt 5'],
    'attribute:a/weight >= 5': ['a/weight Gt 4'],
    'attribute:a/weight < 5': ['a/weight Lt 5'],
    'attribute:a/weight <= 5': ['a/weight Lt 6'],
    'attribute:a/weight >= 0': ['a/weight In 4 6'],
    'not(attribute:a/weight > 5)': ['a/weight NotIn 6'],
    'attribute:ecs.instance-type =~ m5.*': [`${type} In m5.large m5.xlarge`],
    'attribute:ecs.instance-type !~ m5.*': [`${type} Exists + ${type} NotIn m5.large m5.xlarge`],
    'not(attribute:ecs.instance-type =~ m5.*)': [`${type} NotIn m5.large m5.xlarge`],
    'attribute:ecs.instance-type =~ p5.*': [''],
    'attribute:ecs.instance-type !~ p5.*': [`${type} Exists`],
    'attribute:team/a == a:b': [''],
    'attribute:team/a != a:b': ['team/a Exists'],
    'not(attribute:team/a == a:b)': undefined,
    'attribute:a\\b exists': [''],
    'attribute:a\\b !exists': undefined,
    'agentConnected == true': undefined,
    'agentConnected == false': [''],
    'not(agentConnected =~ t.*)': [''],
    'ec2InstanceId == i-1': ['metadata.name In node-1'],
    'ec2InstanceId in [i-1, i-2, i-3]': ['metadata.name In node-1', 'metadata.name In node-2'],
    'not(ec2InstanceId in [i-1, i-2])': ['metadata.name NotIn node-1 + metadata.name NotIn node-2'],
    'ec2InstanceId == i-3': [''],
    'attribute:ecs.availability-zone == a and attribute:ecs.cpu-architecture == arm64': [
      `${zone} In a + ${arch} In arm64`,
    ],
    'attribute:ecs.availability-zone == a or attribute:ecs.cpu-architecture == arm64': [
      `${zone} In a`,
      `${arch} In arm64`,
    ],
    'not(attribute:ecs.availability-zone == a or attribute:ecs.cpu-architecture == arm64)': [
      `${zone} NotIn a + ${arch} NotIn arm64`,
    ],
    'not(attribute:ecs.availability-zone == a and attribute:ecs.cpu-architecture == arm64)': [
      `${zone} NotIn a`,
      `${arch} NotIn arm64`,
    ],
    'attribute:ecs.availability-zone == a and (attribute:a/b == 1 or attribute:a/b == 2)': [
      `${zone} In a + a/b In 1`,
      `${zone} In a + a/b In 2`,
    ],
    'attribute:a/b == 1 and attribute:a/b == 1': ['a/b In 1'],
    'attribute:a/b == 1 and attribute:a/b !exists': [''],
    'attribute:a/b == 1 or agentConnected == true': undefined,
  };
  for (const [expression, want] of Object.entries(cases)) {
    it(expression, () => {
      const expressed = express(expression);
      assert.deepEqual(termsOf(expressed), want);
      assert.deepEqual(expressed.inexpressible, []);
    });
  }

  it('is asked for nothing by no queries', () => {
    const nothing = { terms: undefined, affinity: [], antiAffinity: [], approximated: [], inexpressible: [] };
    assert.deepEqual(express(), nothing);
  });
});

describe('Task groups', () => {
  const cases: Readonly<Record<string, Pick<ExpressedQueries, 'affinity' | 'antiAffinity'>>> = {
    'task:group == service:web': { affinity: ['service:web'], antiAffinity: [] },
    'task:group in [service:web]': { affinity: ['service:web'], antiAffinity: [] },
    'task:group != service:web': { affinity: [], antiAffinity: ['service:web'] },
    'task:group !in [service:web, family:db]': { affinity: [], antiAffinity: ['service:web', 'family:db'] },
    'not(task:group == service:web)': { affinity: [], antiAffinity: ['service:web'] },
    'not(task:group != service:web)': { affinity: ['service:web'], antiAffinity: [] },
    'not(task:group == service:web or task:group == family:db)': {
      affinity: [],
      antiAffinity: ['service:web', 'family:db'],
    },
    'task:group == service:web and attribute:a/b exists and task:group != family:db': {
      affinity: ['service:web'],
      antiAffinity: ['family:db'],
    },
  };
  for (const [expression, want] of Object.entries(cases)) {
    it(expression, () => {
      const { affinity, antiAffinity, inexpressible } = express(expression);
      assert.deepEqual({ affinity, antiAffinity }, want);
      assert.deepEqual(inexpressible, []);
    });
  }
});

describe('What a pod cannot say', () => {
  const groups = 'a pod can ask for each of several task groups, not for one of several or for something else instead';
  const instances =
    'a pod can name instances that it may run on, and by not(ec2InstanceId in [...]) those that it may not';
  const cases: Readonly<Record<string, string>> = {
    'registeredAt < 2018-06-18': 'the kube-scheduler does not ask how old a node is',
    'not(runningTasksCount > 5)': 'the kube-scheduler does not count tasks',
    'task:group in [service:web, family:db]': groups,
    'task:group == service:web or attribute:a/b exists': groups,
    'ec2InstanceId != i-1': instances,
    'ec2InstanceId =~ i-.*': instances,
    'attribute:host =~ ip-.*': '101 values that nodes have match, more than a pod can name',
    [manyAlternatives()]: 'the expression takes more than 64 node selector terms',
  };
  for (const [expression, want] of Object.entries(cases)) {
    it(`${expression.slice(0, 60)} is left out, and the rest stays`, () => {
      const { terms, inexpressible } = express(`(${expression}) and attribute:a/c == 1`);
      assert.deepEqual(terms, [{ matchExpressions: [{ key: 'a/c', operator: 'In', values: ['1'] }] }]);
      assert.equal(inexpressible.length, 1);
      assert.equal(inexpressible[0]?.split(' is left out: ')[1], `${want}.`);
    });
  }

  /** 3 to the power of 4 ways to have one of each. */
  function manyAlternatives(): string {
    const one = (name: string): string =>
      ['x', 'y', 'z'].map((letter) => `attribute:${letter}/${name} exists`).join(' or ');
    return `(${['a', 'b', 'c', 'd'].map((name) => `(${one(name)})`).join(' and ')}) or agentConnected == false`;
  }

  it('is named as it was written, in the normal form', () => {
    assert.deepEqual(express('not(runningTasksCount less_than 5)').inexpressible, [
      'not(runningTasksCount < 5) is left out: the kube-scheduler does not count tasks.',
    ]);
  });

  it('is told once', () => {
    assert.equal(express('runningTasksCount < 5', 'runningTasksCount < 5').inexpressible.length, 1);
  });
});

describe('What holds for the nodes that there are now', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'attribute:ecs.instance-type =~ m5.*': [
      'attribute:ecs.instance-type =~ m5.* is expressed by the values of nodes that match the pattern: now m5.large, m5.xlarge.',
    ],
    'attribute:ecs.instance-type !~ p5.*': [
      'attribute:ecs.instance-type !~ p5.* is expressed by the values of nodes that match the pattern: there is none now.',
    ],
    'not(attribute:a/weight > 5)': [
      'attribute:a/weight > 5 is expressed by the values of nodes that are such numbers: now 6.',
    ],
    'attribute:a/weight > 5': [],
    'attribute:ecs.availability-zone == a': [],
  };
  for (const [expression, want] of Object.entries(cases)) {
    it(expression, () => assert.deepEqual(express(expression).approximated, want));
  }
});
