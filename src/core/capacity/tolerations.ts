import type { KubernetesBlock } from '../../api/kubernetes.ts';
import type { NodeView } from '../../api/meta.ts';

export type Taint = Pick<NonNullable<NonNullable<NodeView['spec']>['taints']>[number], 'key' | 'value' | 'effect'>;

export type Toleration = NonNullable<KubernetesBlock['tolerations']>[number];

/** Whether one of the tolerations is for that taint (Kubernetes documentation, "Taints and Tolerations"). */
export function tolerates(tolerations: readonly Toleration[], { key, value = '', effect }: Taint): boolean {
  return tolerations.some((each) => {
    const isKey = each.key === undefined || each.key === '' || each.key === key;
    const isEffect = each.effect === undefined || each.effect === effect;
    return isKey && isEffect && (each.operator === 'Exists' || (each.value ?? '') === value);
  });
}
