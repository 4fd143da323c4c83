import type { PlacementStrategy } from '../../../api/placement.ts';
import type { FieldDifference } from '../../differences.ts';
import { keysOf } from './spread.ts';
import { hostLabel, topologyKeyOf, zoneLabel } from './topology.ts';

const advice = 'kubernetes.placement operator keeps it as ECS does';

/** What of a strategy the kube-scheduler cannot be asked. */
export function strategyDifferences(strategy: readonly PlacementStrategy[]): FieldDifference[] {
  const own = strategy.flatMap((entry, index) => {
    const what = unsaid(entry);
    return what === undefined ? [] : [{ paths: [`placementStrategy[${String(index)}]`], what: `${what}; ${advice}` }];
  });
  return [...own, ...orderDifference(strategy)];
}

function unsaid({ type, field = '' }: PlacementStrategy): string | undefined {
  switch (type) {
    case 'binpack':
      return `a pod cannot ask for the node with the least ${field.toLowerCase()} left, the kube-scheduler prefers nodes by its own configuration`;
    case 'spread':
      return topologyKeyOf(field) === undefined
        ? `no label of a node can be named ${field.replace('attribute:', '')}, so that nothing is spread over it`
        : undefined;
    // Any node is as good as any other, and so is the one that the kube-scheduler takes.
    case 'random':
      return undefined;
  }
}

/** Zones before their nodes need no order: to be even over both contradicts neither. */
function orderDifference(strategy: readonly PlacementStrategy[]): FieldDifference[] {
  const keys = strategy.flatMap(keysOf);
  const isNested = keys.length === 2 && keys[0] === zoneLabel && keys[1] === hostLabel;
  if (keys.length < 2 || isNested) return [];
  const what = `the kube-scheduler weighs its spreads against each other and does not go by their order; ${advice}`;
  return [{ paths: ['placementStrategy'], what }];
}
