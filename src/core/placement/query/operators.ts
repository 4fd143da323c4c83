import type { Operator, Subject } from './query.ts';

/** Each with the word that says the same. */
export const operatorWords: Readonly<Record<Operator, string>> = {
  '==': 'equals',
  '!=': 'not_equals',
  '>': 'greater_than',
  '>=': 'greater_than_equal',
  '<': 'less_than',
  '<=': 'less_than_equal',
  exists: 'exists',
  '!exists': 'not_exists',
  in: 'in',
  '!in': 'not_in',
  '=~': 'matches',
  '!~': 'not_matches',
};

const byText: ReadonlyMap<string, Operator> = new Map(
  (Object.entries(operatorWords) as [Operator, string][]).flatMap(([operator, word]) => [
    [operator, operator],
    [word, operator],
  ]),
);

const equality: readonly Operator[] = ['==', '!='];
const order: readonly Operator[] = ['>', '>=', '<', '<='];
const lists: readonly Operator[] = ['in', '!in'];
const patterns: readonly Operator[] = ['=~', '!~'];

/**
 * What a subject can be asked (Developer Guide, "Cluster query language"; it lists none for attributes and groups).
 * Groups have neither order nor existence, and no patterns here: a node is asked for one group, not for all it runs.
 */
export const operatorsOf: Readonly<Record<Subject['kind'], readonly Operator[]>> = {
  attribute: [...equality, ...order, 'exists', '!exists', ...lists, ...patterns],
  agentConnected: [...equality, ...lists, ...patterns],
  ec2InstanceId: [...equality, ...lists, ...patterns],
  registeredAt: [...equality, ...order],
  runningTasksCount: [...equality, ...order],
  'task:group': [...equality, ...lists],
};

export function operatorOf(text: string): Operator | undefined {
  return byText.get(text.toLowerCase());
}

export function isOrder(operator: Operator): boolean {
  return order.includes(operator);
}

export function isList(operator: Operator): boolean {
  return lists.includes(operator);
}

export function isPattern(operator: Operator): boolean {
  return patterns.includes(operator);
}
