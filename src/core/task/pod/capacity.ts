import { annotations, capacityProviderValue, labels } from '../../../api/labels.ts';
import type { Pod } from '../../../api/meta.ts';
import type { Capacity } from '../../capacity/capacity.ts';

type PodSpec = NonNullable<Pod['spec']>;

/** By which the pods of a provider are found, and taken by its Fargate profile. */
export function providerLabels({ provider }: Capacity): Record<string, string> {
  if (!provider) return {};
  return { ...provider.podLabels, [labels.capacityProvider]: capacityProviderValue(provider.name) };
}

export function providerAnnotations({ provider }: Capacity): Record<string, string> {
  return provider ? { [annotations.capacityProvider]: provider.name } : {};
}

/**
 * What a node must be to belong to the provider. No node selector, for the task definition may have one with the same
 * keys: both hold then, and where they contradict each other the pod is told to be unschedulable.
 */
export function providerRequirements({ provider }: Capacity): readonly {
  readonly key: string;
  readonly operator: 'In';
  readonly values: readonly string[];
}[] {
  return Object.entries(provider?.nodeLabels ?? {}).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
}

export function providerAffinity(capacity: Capacity): Partial<PodSpec> {
  const matchExpressions = providerRequirements(capacity);
  if (matchExpressions.length === 0) return {};
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms: [{ matchExpressions }] };
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } } };
}
