import fc from 'fast-check';
import { operatorsOf } from '../../src/core/placement/query/operators.ts';
import type { Operator, Query, Subject, Term } from '../../src/core/placement/query/query.ts';

/** One that two labels can hold, one that one can, one that none can, and two of the built-in ones. */
const names = ['stack', 'karpenter.sh/nodepool', 'a\\b', 'ecs.cpu-architecture', 'ecs.availability-zone'];

/** Few enough for nodes to have them; `a:b` is no value of a label. */
const values = ['a', 'b', '5', '7', 'x86_64', 'amd64', 'arm64', 'a:b'];
const patterns = ['a', '[ab]', '.*', '5|7', '(x86|arm).*', '[0-9]+'];

export const instanceIds = ['i-0', 'i-1', 'i-2', 'i-9'];
export const groups = ['service:web', 'service:api', 'family:db', "it's (odd)"];

const arguments_: Readonly<Record<Subject['kind'], readonly string[]>> = {
  attribute: values,
  agentConnected: ['true', 'false'],
  ec2InstanceId: instanceIds,
  registeredAt: ['2018-06-18', '2018-06-18T22:28:28+02:00'],
  runningTasksCount: ['0', '1', '5'],
  'task:group': groups,
};

function argumentsOf(subject: Subject, operator: Operator): fc.Arbitrary<readonly string[]> {
  const one = fc.constantFrom(...arguments_[subject.kind]);
  if (operator === 'exists' || operator === '!exists') return fc.constant([]);
  if (operator === 'in' || operator === '!in') return fc.array(one, { minLength: 1, maxLength: 3 });
  if (operator === '=~' || operator === '!~') return fc.constantFrom(...patterns).map((pattern) => [pattern]);
  const isNumber = subject.kind === 'attribute' && operator !== '==' && operator !== '!=';
  return (isNumber ? fc.constantFrom('0', '5', '6') : one).map((value) => [value]);
}

const attributes = fc.constantFrom(...names).map((name): Subject => ({ kind: 'attribute', name }));

/** A comparison with one of these, by one of the operators that it has and that are wanted. */
function termOf(subject: fc.Arbitrary<Subject>, isWanted: (operator: Operator) => boolean): fc.Arbitrary<Term> {
  return subject.chain((chosen) =>
    fc.constantFrom(...operatorsOf[chosen.kind].filter(isWanted)).chain((operator) =>
      argumentsOf(chosen, operator).map((found): Term => ({
        kind: 'term',
        subject: chosen,
        operator,
        values: found,
      })),
    ),
  );
}

const anyOperator = (): boolean => true;
const others = (Object.keys(arguments_) as Subject['kind'][])
  .filter((kind) => kind !== 'attribute')
  .map((kind): Subject => ({ kind }));

const anyTerm = termOf(fc.oneof(attributes, fc.constantFrom(...others)), anyOperator);

/** What node affinity can say, of known nodes at least. */
const nodeTerm = fc.oneof(
  { weight: 6, arbitrary: termOf(attributes, anyOperator) },
  { weight: 1, arbitrary: termOf(fc.constant<Subject>({ kind: 'agentConnected' }), anyOperator) },
  {
    weight: 1,
    arbitrary: termOf(fc.constant<Subject>({ kind: 'ec2InstanceId' }), (each) => ['==', 'in'].includes(each)),
  },
);

/** As the parser makes them. */
const plain = { noNullPrototype: true };

function queryOf(term: fc.Arbitrary<Term>): fc.Arbitrary<Query> {
  const { query } = fc.letrec<{ query: Query }>((tie) => ({
    query: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      term,
      fc.record(
        { kind: fc.constantFrom('and' as const, 'or' as const), left: tie('query'), right: tie('query') },
        plain,
      ),
      fc.record({ kind: fc.constant('not' as const), query: tie('query') }, plain),
    ),
  }));
  return query;
}

export const anyQuery: fc.Arbitrary<Query> = queryOf(anyTerm);
export const nodeQuery: fc.Arbitrary<Query> = queryOf(nodeTerm);

const labelKeys = [
  'attribute.ecs-operator.dev/stack',
  'stack',
  'karpenter.sh/nodepool',
  'kubernetes.io/arch',
  'topology.kubernetes.io/zone',
];

/** A node: its labels, and the groups of which it runs tasks. */
export interface QueriedNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ec2InstanceId: string | undefined;
  readonly groups: readonly string[];
  readonly runningTasksCount: number;
}

/** Up to three of the instances are there, the last never. */
export const queriedNodes: fc.Arbitrary<readonly QueriedNode[]> = fc
  .array(
    fc.record({
      labels: fc
        .dictionary(fc.constantFrom(...labelKeys), fc.constantFrom('a', 'b', '5', '6', '07', 'amd64', 'arm64', ''))
        .map((labels) => ({ ...labels })),
      isInstance: fc.boolean(),
      groups: fc.subarray(groups),
      runningTasksCount: fc.constantFrom(0, 1, 5),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((nodes) =>
    nodes.map(({ isInstance, ...node }, index) => ({
      ...node,
      name: `node-${String(index)}`,
      ec2InstanceId: isInstance ? instanceIds[index] : undefined,
    })),
  );
