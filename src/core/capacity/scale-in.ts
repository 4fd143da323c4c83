import { countByProvider, providerToLeave, type StrategyItem } from './strategy.ts';

/** A task by its capacity provider; by none where it was started by its launch type. */
export interface Provided {
  readonly provider?: string | undefined;
}

/**
 * Those of `candidates` one of which goes next so that the tasks keep their shares: the ones of the provider that gives
 * a task up, of the providers that the candidates have. All of them without a strategy.
 * @param tasks all that there are, the candidates among them.
 */
export function leavingShare<T extends Provided>(
  strategy: readonly StrategyItem[],
  candidates: readonly T[],
  tasks: readonly Provided[],
): readonly T[] {
  if (strategy.length === 0) return candidates;
  const among = new Set(candidates.map(({ provider = '' }) => provider));
  const counts = new Map([...countByProvider(tasks)].filter(([name]) => among.has(name)));
  const leaving = providerToLeave(strategy, counts);
  return candidates.filter(({ provider = '' }) => provider === leaving);
}
