import type { PodView } from '../../../api/meta.ts';
import { groupOf } from './placed-pod.ts';

/**
 * The order in which pods are placed: the oldest of each group first, and the groups in turn, so that a service of
 * thousands does not hold up one of two.
 */
export function inTurns(pods: readonly PodView[]): readonly PodView[] {
  const groups = [...Map.groupBy(pods.toSorted(byAge), (pod) => groupOf(pod) ?? '').values()];
  const longest = Math.max(0, ...groups.map((group) => group.length));
  return Array.from({ length: longest }, (_, turn) => groups.flatMap((group) => group[turn] ?? [])).flat();
}

function byAge({ metadata: a }: PodView, { metadata: b }: PodView): number {
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
  return a.uid < b.uid ? -1 : 1;
}
