import { annotations } from '../../src/api/labels.ts';
import type { Pod } from '../../src/api/meta.ts';
import { resolveCapacity, type Share } from '../../src/core/capacity/resolve.ts';
import { placementOf } from '../../src/core/placement/terms.ts';
import type { ServiceWorld } from '../../src/core/service/world.ts';
import { deepFreeze } from './builders.ts';
import { offer, provider, strategy } from './capacity.ts';
import { ClusterModel } from './cluster-model.ts';
import { progressed } from './pod-life.ts';

/** Each provider has the node of its place in the list; the last one stands in. */
const names = ['general', 'compute', 'backup'];

const spec = {
  capacityProviderStrategy: [...strategy('general:1:1', 'compute:2')],
  kubernetes: {
    placement: 'operator' as const,
    capacityProviderFallback: { order: ['backup'], afterSeconds: 60, retryAfterSeconds: 300 },
  },
};

const capacity = resolveCapacity(
  { ...spec, fallback: spec.kubernetes.capacityProviderFallback.order },
  offer({ providers: names.map((name) => provider(name)) }),
);

/** The shares of the strategy, in order. */
export const shares: readonly Share[] = capacity.kind === 'found' ? capacity.shares : [];

/** A cluster of three capacity providers with a node each, whose service has its tasks placed by the operator. */
export class ProvidedCluster extends ClusterModel {
  constructor(desiredCount: number) {
    super();
    this.change({ ...spec, desiredCount });
  }

  override observe(): ServiceWorld {
    const placement = placementOf(spec, undefined);
    const provisioning = this.pods.filter(isGated).length;
    return deepFreeze({ ...super.observe(), capacity, lastCapacity: capacity, placement, provisioning });
  }

  /** A pod waits behind its gate, then for its binding, until the node of its provider takes it. */
  override stageAfter(pod: Pod, index: number): Pod | undefined {
    if (pod.spec?.nodeName !== undefined) return super.stageAfter(pod, index);
    if (pod.metadata.deletionTimestamp !== undefined) return undefined;
    const which = names.indexOf(providerOf(pod));
    if (!this.nodes.isOpen(which)) return pod;
    if (isGated(pod)) return { ...pod, spec: { containers: [], ...pod.spec, schedulingGates: [] } };
    return progressed(pod, this.nodes.nameOf(which), this.now.iso);
  }
}

function isGated({ spec: own }: Pod): boolean {
  return (own?.schedulingGates ?? []).length > 0;
}

export function providerOf({ metadata }: Pod): string {
  return metadata.annotations?.[annotations.capacityProvider] ?? '';
}
