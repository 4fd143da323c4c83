import type { PlacementStrategy } from '../../api/placement.ts';

/** One thing by which one node is preferred to another: the smaller number wins. */
export type Criterion =
  /** Tasks of the group on all nodes that have the same value of an attribute. */
  | { readonly kind: 'value'; readonly attribute: string }
  /** Tasks of the group on the node. */
  | { readonly kind: 'node' }
  /** What is left of a resource. */
  | { readonly kind: 'free'; readonly resource: PackedResource }
  | { readonly kind: 'random' }
  /** How much of the node is taken. */
  | { readonly kind: 'load' };

export type PackedResource = 'cpu' | 'memory' | 'pods';

/** Of services on ECS: evenly over zones, then over nodes. */
const byDefault: readonly PlacementStrategy[] = [
  { type: 'spread', field: 'attribute:ecs.availability-zone' },
  { type: 'spread', field: 'instanceId' },
];

/**
 * By what a node is chosen, in order: the entries of the strategy (without one, ECS's default for services), then what
 * decides between nodes that are equal by it. A strategy that packs goes on packing, by the other resource and by the
 * number of pods, so that tasks which take none of the resource open no second node; any other prefers the node that is
 * taken least. What is equal even so is in an order that follows from the names and looks like chance.
 */
export function criteriaOf(strategy: readonly PlacementStrategy[]): readonly Criterion[] {
  const chosen = entriesOf(strategy);
  const random = chosen.findIndex(({ kind }) => kind === 'random');
  // Nothing is equal after it.
  if (random >= 0) return chosen.slice(0, random + 1);
  const packs = chosen.some(({ kind }) => kind === 'free');
  return [...chosen, ...(packs ? [free('cpu'), free('memory'), free('pods')] : [{ kind: 'load' } as const])];
}

/** The entries of the strategy alone, or those of the default. */
export function entriesOf(strategy: readonly PlacementStrategy[]): readonly Criterion[] {
  return (strategy.length === 0 ? byDefault : strategy).flatMap(ofEntry);
}

function ofEntry({ type, field = '' }: PlacementStrategy): Criterion[] {
  switch (type) {
    case 'random':
      return [{ kind: 'random' }];
    case 'binpack':
      return [free(field.toLowerCase() === 'cpu' ? 'cpu' : 'memory')];
    case 'spread': {
      const [, attribute] = /^attribute:(.+)$/.exec(field) ?? [];
      return [attribute === undefined ? { kind: 'node' } : { kind: 'value', attribute }];
    }
  }
}

function free(resource: PackedResource): Criterion {
  return { kind: 'free', resource };
}
