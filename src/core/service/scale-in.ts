import { providerToLeave, type StrategyItem } from '../capacity/strategy.ts';
import { scaleInBy, type ScaleIn, type ScaleInTask } from '../placement/scale-in.ts';
import type { ServiceWorld } from './world.ts';

/** A task by its capacity provider; by none where it was started by its launch type. */
export interface ProvidedTask extends ScaleInTask {
  readonly provider?: string | undefined;
  /** Epoch ms. */
  readonly createdAtMs?: number;
}

/**
 * Which tasks of a service stop first: those of the lowest rank, and among them by the shares of the capacity providers,
 * then by the placement strategy. Where that packs and nobody knows what is free on nodes, the one that has the fewest
 * tasks of the service is emptied first. A service may want its oldest or its newest ones gone instead.
 */
export function scaleInOf(
  { service, placement, nodes, freeOn }: ServiceWorld,
  shares: readonly StrategyItem[],
): ScaleIn<ProvidedTask> {
  const { scaleIn: age } = service.spec.kubernetes ?? {};
  if (age) return scaleInByAge(age);
  const byStrategy = scaleInBy(placement.strategy, (name) => {
    const node = nodes.get(name);
    return node && { labels: node.metadata.labels ?? {}, free: freeOn?.(name) ?? {} };
  });
  return scaleInKeeping(shares, byStrategy);
}

/** Between tasks of one age the id decides. */
export function scaleInByAge(first: 'oldest' | 'newest'): ScaleIn<ProvidedTask> {
  const sign = first === 'oldest' ? 1 : -1;
  return (tasks, count) =>
    tasks
      .filter(({ isProtected = false }) => !isProtected)
      .toSorted((a, b) => a.rank - b.rank || sign * (ageOf(a) - ageOf(b)) || (a.id < b.id ? -1 : 1))
      .slice(0, Math.max(0, count))
      .map(({ id }) => id);
}

function ageOf({ createdAtMs = 0 }: ProvidedTask): number {
  return createdAtMs;
}

/**
 * Takes one task after the other from the provider that gives one up, of those that have any of the lowest rank that is
 * left. Which one of a provider's goes is `scaleIn`'s to say, of them alone: ECS spreads the tasks of each provider by
 * themselves. Without a strategy of providers all tasks are alike.
 */
export function scaleInKeeping(strategy: readonly StrategyItem[], scaleIn: ScaleIn): ScaleIn<ProvidedTask> {
  if (strategy.length === 0) return scaleIn;
  return (tasks, count) => {
    const queues = queuesOf(tasks, (own) => scaleIn(own, count));
    const chosen: string[] = [];
    while (chosen.length < count) {
      const queue = nextQueue(strategy, queues);
      const next = queue?.going.pop();
      if (!queue || !next) break;
      queue.left -= 1;
      chosen.push(next.id);
    }
    return chosen;
  };
}

/** The tasks of a provider. */
interface Queue {
  readonly provider: string;
  /** Those that may go, the next one last. */
  readonly going: ScaleInTask[];
  left: number;
}

/** In order of their names, so that the order of the tasks does not matter. */
function queuesOf(tasks: readonly ProvidedTask[], order: (own: readonly ProvidedTask[]) => readonly string[]): Queue[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const byProvider = Map.groupBy(tasks, ({ provider = '' }) => provider);
  return [...byProvider]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([provider, own]) => {
      const going = order(own).flatMap((id) => byId.get(id) ?? []);
      return { provider, going: going.reverse(), left: own.length };
    });
}

function nextQueue(strategy: readonly StrategyItem[], queues: readonly Queue[]): Queue | undefined {
  const lowest = Math.min(...queues.flatMap(({ going }) => going.at(-1)?.rank ?? []));
  const among = queues.filter(({ going }) => going.at(-1)?.rank === lowest);
  const leaving = providerToLeave(strategy, new Map(among.map(({ provider, left }) => [provider, left])));
  return among.find(({ provider }) => provider === leaving);
}
