import {
  capacityProviderKind,
  type CapacityProvider,
  type CapacityProviderSpec,
} from '../../src/api/capacity-provider.ts';
import { clusterKind, type Cluster, type ClusterSpec } from '../../src/api/cluster.ts';
import { apiVersion, type NodeView, type ObjectMeta } from '../../src/api/meta.ts';
import type { CapacityOffer } from '../../src/core/capacity/provider.ts';
import { resolveCapacity, type CapacityRequest, type CapacityResolution } from '../../src/core/capacity/resolve.ts';
import { deepFreeze, iso } from './builders.ts';

/** Capacity providers as the operator finds them, and what is made of them. */

function metadata(name: string, overrides: Partial<ObjectMeta>): ObjectMeta {
  return { name, uid: `uid-of-${name}`, resourceVersion: '1', generation: 1, creationTimestamp: iso(), ...overrides };
}

/** A provider; the node group of its name unless said otherwise. */
export function provider(
  name: string,
  spec: Partial<CapacityProviderSpec> = {},
  overrides: Partial<ObjectMeta> = {},
): CapacityProvider {
  const isGiven = spec.nodeSelector !== undefined || spec.fargate !== undefined;
  return deepFreeze({
    apiVersion,
    kind: capacityProviderKind.kind,
    metadata: metadata(name, overrides),
    spec: { ...(!isGiven && { nodeGroup: name }), ...spec },
  });
}

/** A node of a managed node group, Ready unless said otherwise. */
export function node(
  name: string,
  group: string,
  { isReady = true, spec, metadata: own = {} }: NodeParts = {},
): NodeView {
  const groupLabel = { 'eks.amazonaws.com/nodegroup': group };
  return deepFreeze({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...metadata(name, own), labels: { ...groupLabel, ...own.labels } },
    ...(spec && { spec }),
    status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
  });
}

interface NodeParts {
  readonly isReady?: boolean;
  readonly spec?: NodeView['spec'];
  readonly metadata?: Partial<ObjectMeta>;
}

/** The cluster `default` of namespace `shop`. */
export function cluster(spec: Partial<ClusterSpec> = {}, overrides: Partial<ObjectMeta> = {}): Cluster {
  return deepFreeze({
    apiVersion,
    kind: clusterKind.kind,
    metadata: { ...metadata('default', overrides), namespace: 'shop' },
    spec,
  });
}

/** The node groups `general` and `compute`, and the Spot group that stands in for FARGATE_SPOT. */
export const providers = [
  provider('general'),
  provider('compute'),
  provider('spot', { providerName: 'FARGATE_SPOT', nodeGroup: 'spot-nodes' }),
];

export function offer(overrides: Partial<CapacityOffer> = {}): CapacityOffer {
  return deepFreeze({ namespace: 'shop', cluster: cluster(), providers, ...overrides });
}

/** A strategy of names with weights, the first of which may have a base: `general:1:2` is weight 1 and base 2. */
export function strategy(...items: readonly string[]): NonNullable<CapacityRequest['capacityProviderStrategy']> {
  return items.map((each) => {
    const [capacityProvider = '', weight = '0', base = '0'] = each.split(':');
    return { capacityProvider, weight: Number(weight), base: Number(base) };
  });
}

/** What such a strategy comes to, where there are `providers`. */
export function byStrategy(...items: readonly string[]): CapacityResolution {
  return resolveCapacity({ capacityProviderStrategy: strategy(...items) }, offer());
}
