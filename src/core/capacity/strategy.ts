import type { CapacityProviderStrategyItem } from '../../api/placement.ts';

/**
 * Which capacity provider the next task goes to, and which one gives a task up (Developer Guide, "Capacity provider
 * strategy considerations"): the provider with a base until it has that many, then whoever is furthest behind its
 * weight, which is to say has the least
 *
 *   (tasks − base) ÷ weight
 *
 * With {A base 1 weight 1, B weight 4}, six tasks go to A, A, B, B, B, B. What ECS does not publish is settled so: ties
 * go by the order of the list, and scaling in takes back what scaling out gave last, so that a number of tasks has one
 * distribution, however it was come to.
 */
export type StrategyItem = CapacityProviderStrategyItem;

/** How many tasks each provider has; '' are those that were started by their launch type. */
export type Counts = ReadonlyMap<string, number>;

export function countByProvider(tasks: readonly { readonly provider?: string | undefined }[]): Counts {
  const counts = new Map<string, number>();
  for (const { provider = '' } of tasks) counts.set(provider, (counts.get(provider) ?? 0) + 1);
  return counts;
}

/** Who gets the next task; undefined of an empty strategy. */
export function nextProvider<Item extends StrategyItem>(strategy: readonly Item[], counts: Counts): Item | undefined {
  const based = strategy.find((item) => tasksOf(item, counts) < item.base);
  if (based) return based;
  const order = byShare(counts);
  return weighted(strategy).reduce<Item | undefined>(
    (best, item) => (best === undefined || order(item, best) < 0 ? item : best),
    undefined,
  );
}

/** Who gets the next `count` tasks, one after the other. */
export function nextProviders<Item extends StrategyItem>(
  strategy: readonly Item[],
  counts: Counts,
  count: number,
): Item[] {
  const running = new Map(counts);
  const next = (): Item[] => {
    const item = nextProvider(strategy, running);
    if (item) running.set(item.capacityProvider, tasksOf(item, running) + 1);
    return item ? [item] : [];
  };
  return Array.from({ length: count }, next).flat();
}

/**
 * Who gives a task up: what the strategy has no place for, then who was given its last one the latest, a base at the
 * very end. Undefined when none has any.
 */
export function providerToLeave(strategy: readonly StrategyItem[], counts: Counts): string | undefined {
  const names = new Set(strategy.map(({ capacityProvider }) => capacityProvider));
  const stranger = [...counts].find(([name, count]) => count > 0 && !names.has(name));
  if (stranger) return stranger[0];
  const above = strategy.filter((item) => tasksOf(item, counts) > item.base);
  const weightless = above.findLast((item) => !weighted(strategy).includes(item));
  const last = weightless ?? latest(above, counts);
  return (last ?? strategy.find((item) => tasksOf(item, counts) > 0))?.capacityProvider;
}

/** Who was given its last task the latest. */
function latest(strategy: readonly StrategyItem[], counts: Counts): StrategyItem | undefined {
  const order = byShare(counts, 1);
  return strategy.reduce<StrategyItem | undefined>(
    (best, item) => (best === undefined || order(item, best) >= 0 ? item : best),
    undefined,
  );
}

/** Those with a weight: a provider alone needs none. */
function weighted<Item extends StrategyItem>(strategy: readonly Item[]): readonly Item[] {
  return strategy.length === 1 ? strategy : strategy.filter(({ weight }) => weight > 0);
}

/** Orders by who is furthest behind its weight, of what they had `ago` tasks ago. In whole numbers. */
function byShare(counts: Counts, ago = 0): (a: StrategyItem, b: StrategyItem) => number {
  const beyond = (item: StrategyItem): number => tasksOf(item, counts) - ago - item.base;
  return (a, b) => beyond(a) * Math.max(1, b.weight) - beyond(b) * Math.max(1, a.weight);
}

function tasksOf({ capacityProvider }: StrategyItem, counts: Counts): number {
  return counts.get(capacityProvider) ?? 0;
}
