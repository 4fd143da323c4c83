import { attributeOf } from '../attributes.ts';
import type { Criterion, PackedResource } from '../criteria.ts';
import type { Group } from './group.ts';
import { commonResources, type NodeState } from './node-state.ts';
import { scatterBoth } from './scatter.ts';

/** What nodes are compared by, for one request. */
export interface Preference {
  readonly criteria: readonly Criterion[];
  /** The tasks of its group; undefined while there are none. */
  readonly group: Group | undefined;
  /** Its own chance: two tasks do not prefer the same nodes at random. */
  readonly seed: number;
}

/** Whether the first is to be chosen rather than the second: by the first criterion in which they differ. */
export function isPreferred(a: NodeState, b: NodeState, preference: Preference): boolean {
  for (const criterion of preference.criteria) {
    const difference = measure(criterion, a, preference) - measure(criterion, b, preference);
    if (difference !== 0) return difference < 0;
  }
  return isBefore(a, b);
}

/** The order of nodes that are equal by all criteria. */
export function isBefore(a: NodeState, b: NodeState): boolean {
  return a.order === b.order ? a.name < b.name : a.order < b.order;
}

function measure(criterion: Criterion, state: NodeState, { group, seed }: Preference): number {
  switch (criterion.kind) {
    case 'value':
      return group ? countOfValue(group, criterion.attribute, state) : 0;
    case 'node':
      return group?.nodes.get(state) ?? 0;
    case 'free':
      return freeOf(state, criterion.resource);
    case 'random':
      return scatterBoth(seed, state.order);
    case 'load':
      return state.load;
  }
}

/** How much of a resource is left. */
export function freeOf({ free }: NodeState, resource: PackedResource): number {
  return free[commonResources.indexOf(resource)] ?? 0;
}

function countOfValue(group: Group, attribute: string, { node }: NodeState): number {
  return node ? group.countOf(attribute, attributeOf(node.labels, attribute)) : 0;
}
