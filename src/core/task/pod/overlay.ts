import type { KubernetesBlock } from '../../../api/kubernetes.ts';
import type { Pod } from '../../../api/meta.ts';

type PodSpec = NonNullable<Pod['spec']>;

/**
 * What the `kubernetes` block adds to a pod's spec. A list of members, none of which decides what a task is: restart
 * policy, owner, node and our labels stay ours. Without a ServiceAccount a task has no token of the API server; with
 * one, the account's own `automountServiceAccountToken` decides.
 */
export function renderOverlay(block: KubernetesBlock = {}): Partial<PodSpec> {
  const { serviceAccountName, nodeSelector, tolerations, priorityClassName, podOverlay } = block;
  return {
    ...(serviceAccountName === undefined ? { automountServiceAccountToken: false } : { serviceAccountName }),
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations: tolerations.map(given) }),
    ...(priorityClassName !== undefined && { priorityClassName }),
    ...(podOverlay?.securityContext && { securityContext: given(podOverlay.securityContext) }),
  };
}

/** The object without members that are undefined. */
export function given<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
