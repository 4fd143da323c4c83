import { annotations, capacityProviderValue, labels } from '../../../api/labels.ts';
import type { Capacity } from '../../capacity/capacity.ts';

/** By which the pods of a provider are found, and taken by its Fargate profile. */
export function providerLabels({ provider }: Capacity): Record<string, string> {
  if (!provider) return {};
  return { ...provider.podLabels, [labels.capacityProvider]: capacityProviderValue(provider.name) };
}

export function providerAnnotations({ provider, standsFor }: Capacity): Record<string, string> {
  return {
    ...(provider && { [annotations.capacityProvider]: provider.name }),
    ...(standsFor !== undefined && { [annotations.standsFor]: standsFor }),
  };
}
