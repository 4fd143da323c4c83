import type { NodeTerm } from '../../../api/meta.ts';
import type { Query } from '../query/query.ts';

type Expression = NonNullable<NodeTerm['matchExpressions']>[number];

/** What the required node affinity of a pod asks of a node, beside labels with one value: those are `labelsAsked`. */
export function affinityQueries(terms: readonly NodeTerm[]): readonly Query[] {
  const [first, ...others] = terms;
  if (first === undefined || others.length > 0) return allQueries(terms);
  return (first.matchExpressions ?? []).filter((each) => !isOneValue(each)).flatMap(queriesOf);
}

/** All that several alternatives ask of a node. */
function allQueries(terms: readonly NodeTerm[]): readonly Query[] {
  const alternatives = terms.map(({ matchExpressions = [] }) => joined('and', matchExpressions.flatMap(queriesOf)));
  // A term that asks nothing we can read lets every node through.
  if (alternatives.includes(undefined)) return [];
  const any = joined(
    'or',
    alternatives.filter((each) => each !== undefined),
  );
  return any ? [any] : [];
}

/** What node affinity asks beside labels of those keys; alternatives that are the same then are one. */
export function termsBeside(terms: readonly NodeTerm[], keys: ReadonlySet<string>): readonly NodeTerm[] {
  const others = terms.map(({ matchExpressions = [] }) => ({
    matchExpressions: matchExpressions.filter(({ key }) => !keys.has(key)),
  }));
  return [...new Map(others.map((term) => [JSON.stringify(term), term])).values()];
}

/** Labels with the one value that the affinity leaves them, as a node selector has them. */
export function labelsAsked(terms: readonly NodeTerm[]): Record<string, string> {
  const [only, ...others] = terms;
  const expressions = others.length === 0 ? (only?.matchExpressions ?? []) : [];
  return Object.fromEntries(expressions.filter(isOneValue).map(({ key, values }) => [key, values?.[0] ?? '']));
}

function isOneValue({ operator, values }: Expression): boolean {
  return operator === 'In' && values?.length === 1;
}

/** Affinity's NotIn takes nodes without the label too, the query language's `!in` does not. */
function queriesOf({ key, operator, values = [] }: Expression): Query[] {
  const term = (own: 'in' | 'exists' | '!exists'): Query => ({
    kind: 'term',
    subject: { kind: 'attribute', name: key },
    operator: own,
    values: own === 'in' ? values : [],
  });
  switch (operator) {
    case 'In':
      return [term('in')];
    case 'NotIn':
      return [{ kind: 'not', query: term('in') }];
    case 'Exists':
      return [term('exists')];
    case 'DoesNotExist':
      return [term('!exists')];
    default:
      return [];
  }
}

function joined(kind: 'and' | 'or', queries: readonly Query[]): Query | undefined {
  const [first, ...rest] = queries;
  return rest.reduce<Query | undefined>((left, right) => left && { kind, left, right }, first);
}
