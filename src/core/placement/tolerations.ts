import type { PlacementNode, Toleration } from './model-types.ts';

type Taint = PlacementNode['taints'][number];

/** The first taint of a node that keeps a task off it: PreferNoSchedule does not, and one that is tolerated. */
export function findBlockingTaint(
  { taints }: Pick<PlacementNode, 'taints'>,
  tolerations: readonly Toleration[],
): Taint | undefined {
  return taints.find((taint) => isBlocking(taint) && !tolerations.some((toleration) => tolerates(toleration, taint)));
}

function isBlocking({ effect }: Taint): boolean {
  return effect === 'NoSchedule' || effect === 'NoExecute';
}

/**
 * Kubernetes, "Taints and Tolerations": without an operator the values have to be equal, `Exists` takes any; without a
 * key it takes any taint; without an effect any effect. Operators that compare numbers are not known here.
 */
function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key, effect } = toleration;
  return isAnyOr(effect, taint.effect) && isAnyOr(key, taint.key) && toleratesValue(toleration, taint);
}

function isAnyOr(wanted = '', found: string): boolean {
  return wanted === '' || wanted === found;
}

function toleratesValue({ key = '', operator = '', value = '' }: Toleration, taint: Taint): boolean {
  if (operator === 'Exists') return true;
  return ['', 'Equal'].includes(operator) && key !== '' && value === (taint.value ?? '');
}
