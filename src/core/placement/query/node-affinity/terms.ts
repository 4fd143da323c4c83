/** As the kube-scheduler takes it (Kubernetes API reference, NodeSelectorRequirement). */
export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  readonly values?: readonly string[];
}

/** All of it must hold; one without anything holds for no node (Kubernetes API reference, NodeSelectorTerm). */
export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly Requirement[];
  /** Of fields there is metadata.name alone, with one value. */
  readonly matchFields?: readonly Requirement[];
}

/** Requirements that must all hold; none is true. */
export type Conjunction = readonly Requirement[];

/** Conjunctions of which one must hold; none is false. */
export type Alternatives = readonly Conjunction[];

export const always: Alternatives = [[]];
export const never: Alternatives = [];

/** The field of a node's name, the one that node affinity knows. */
export const nameField = 'metadata.name';

/** What holds when both hold. */
export function bothOf(left: Alternatives, right: Alternatives): Alternatives {
  return distinct(left.flatMap((one) => right.map((other) => together(one, other)))).filter(isPossible);
}

/** What holds when one of both holds. */
export function eitherOf(left: Alternatives, right: Alternatives): Alternatives {
  const all = distinct([...left, ...right]);
  return all.some((one) => one.length === 0) ? always : all;
}

/** undefined where every node will do. */
export function nodeSelectorTerms(alternatives: Alternatives): readonly NodeSelectorTerm[] | undefined {
  if (alternatives.length === 0) return [{}];
  return alternatives.some((one) => one.length === 0) ? undefined : alternatives.map(selectorTerm);
}

function selectorTerm(conjunction: Conjunction): NodeSelectorTerm {
  const matchExpressions = conjunction.filter(({ key }) => key !== nameField);
  const matchFields = conjunction.filter(({ key }) => key === nameField);
  return {
    ...(matchExpressions.length > 0 && { matchExpressions }),
    ...(matchFields.length > 0 && { matchFields }),
  };
}

function together(one: Conjunction, other: Conjunction): Conjunction {
  const known = new Set(one.map(keyOf));
  return [...one, ...other.filter((requirement) => !known.has(keyOf(requirement)))];
}

/** Not when a label must be there and must not. */
function isPossible(conjunction: Conjunction): boolean {
  const absent = new Set(conjunction.filter(({ operator }) => operator === 'DoesNotExist').map(({ key }) => key));
  return conjunction.every(({ key, operator }) => !absent.has(key) || ['DoesNotExist', 'NotIn'].includes(operator));
}

function distinct(alternatives: Alternatives): Alternatives {
  return [...new Map(alternatives.map((one) => [one.map(keyOf).toSorted().join('\n'), one])).values()];
}

function keyOf({ key, operator, values = [] }: Requirement): string {
  return [key, operator, ...values].join(' ');
}
