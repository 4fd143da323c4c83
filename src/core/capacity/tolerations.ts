import type { NodeView } from '../../api/meta.ts';

export type Taint = Pick<NonNullable<NonNullable<NodeView['spec']>['taints']>[number], 'key' | 'value' | 'effect'>;

export interface Toleration {
  readonly key?: string | undefined;
  readonly operator?: string | undefined;
  readonly value?: string | undefined;
  readonly effect?: string | undefined;
}

/** The first taint that keeps a task off a node: PreferNoSchedule does not, and one that is tolerated. */
export function findBlockingTaint<T extends Taint>(
  taints: readonly T[],
  tolerations: readonly Toleration[],
): T | undefined {
  if (taints.length === 0) return undefined;
  return taints.find((taint) => isBlocking(taint) && !isTolerated(taint, tolerations));
}

/**
 * Kubernetes, "Taints and Tolerations": without an operator the values have to be equal, `Exists` takes any; without a
 * key it takes any taint; without an effect any effect. Operators that compare numbers are not known here.
 */
export function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some((toleration) => {
    const { key, effect } = toleration;
    return isAnyOr(effect, taint.effect) && isAnyOr(key, taint.key) && toleratesValue(toleration, taint);
  });
}

function isBlocking({ effect }: Taint): boolean {
  return effect === 'NoSchedule' || effect === 'NoExecute';
}

function isAnyOr(wanted = '', found: string): boolean {
  return wanted === '' || wanted === found;
}

function toleratesValue({ key = '', operator = '', value = '' }: Toleration, taint: Taint): boolean {
  if (operator === 'Exists') return true;
  return ['', 'Equal'].includes(operator) && key !== '' && value === (taint.value ?? '');
}
