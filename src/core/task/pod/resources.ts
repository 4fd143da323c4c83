import type { ContainerDefinition } from '../../../api/container-definition.ts';
import { deviceResources } from './container-settings.ts';
import type { PodContainer } from './body.ts';
import type { Claim, Quantities } from './claims.ts';

type Resources = NonNullable<PodContainer['resources']>;

/** The resources of a container: its part of CPU and memory, and its devices, which are requested and limited alike. */
export function renderResources(definition: ContainerDefinition, claim: Claim | undefined): Resources {
  const devices = deviceResources(definition);
  return {
    requests: { ...quantities(claim?.requests), ...devices },
    limits: { ...quantities(claim?.limits), ...devices },
  };
}

/** The resources of a pod as a whole. */
export function renderPodResources({ requests, limits }: Claim): Resources {
  return { requests: quantities(requests), limits: quantities(limits) };
}

/** A limit of 0 would be none, and a request of 0 says nothing. */
function quantities({ cpu = 0, memory = 0 }: Quantities = {}): Record<string, string> {
  return {
    ...(cpu > 0 && { cpu: `${String(cpu)}m` }),
    ...(memory > 0 && { memory: `${String(memory)}Mi` }),
  };
}
