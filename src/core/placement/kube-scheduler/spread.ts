import type { Pod } from '../../../api/meta.ts';
import type { PlacementStrategy } from '../../../api/placement.ts';
import { hostLabel, topologyKeyOf, zoneLabel } from './topology.ts';

type SpreadConstraint = NonNullable<NonNullable<Pod['spec']>['topologySpreadConstraints']>[number];

/** What a service without a strategy does: zones first, then nodes (ECS Developer Guide, task placement strategies). */
const byDefault = [zoneLabel, hostLabel];

/**
 * The spread that a strategy asks of the kube-scheduler: each as even as can be, and none a reason not to place a task,
 * as on ECS. What it cannot be asked, `strategyDifferences` tells.
 * @param among labels of the tasks that are counted.
 */
export function spreadConstraints(
  strategy: readonly PlacementStrategy[],
  among: Readonly<Record<string, string>>,
): SpreadConstraint[] {
  const keys = strategy.length === 0 ? byDefault : strategy.flatMap(keysOf);
  return [...new Set(keys)].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { ...among } },
  }));
}

/** The labels that the spreads of a strategy are over, in their order. */
export function keysOf({ type, field = '' }: PlacementStrategy): string[] {
  const key = type === 'spread' ? topologyKeyOf(field) : undefined;
  return key === undefined ? [] : [key];
}
