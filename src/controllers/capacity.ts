import type { CapacityProvider } from '../api/capacity-provider.ts';
import type { Cluster } from '../api/cluster.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Service } from '../api/service.ts';
import type { Task } from '../api/task.ts';
import { providerNameOf, type CapacityOffer } from '../core/capacity/provider.ts';
import { keyOf, type Resource } from '../kube/resource.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { findCluster, indexes } from './caches.ts';
import { namersOf } from './references.ts';
import { capacityProviders, clusters } from './resources.ts';

/** What there is for a service or a task to run on. */
export function offerTo(member: Service | Task, stores: Stores): CapacityOffer {
  return {
    namespace: member.metadata.namespace ?? '',
    cluster: findCluster(member, stores),
    providers: stores.of(capacityProviders).list(),
  };
}

/** Whether a change of an object of ours is one of what it is asked to be: its status is not news for others. */
export function isNewSpec({ metadata: before }: KubeObject, { metadata: after }: KubeObject): boolean {
  return (
    before.uid !== after.uid ||
    before.generation !== after.generation ||
    before.deletionTimestamp !== after.deletionTimestamp
  );
}

/** The services or tasks that may run on a provider: they name it, or their cluster does. */
export function providerUsers<T extends Service | Task>(
  resource: Resource<T>,
  provider: CapacityProvider,
  stores: Stores,
): string[] {
  const ofClusters = clustersNaming(provider, stores).flatMap((cluster) => namersOf(resource, cluster, stores));
  const naming = referencesTo(provider, stores).flatMap((name) => stores.of(resource).byIndex(indexes.provider, name));
  return [...new Set([...naming, ...ofClusters].map(keyOf))];
}

export function clustersNaming(provider: CapacityProvider, stores: Stores): readonly Cluster[] {
  return referencesTo(provider, stores).flatMap((name) => stores.of(clusters).byIndex(indexes.provider, name));
}

/** What a provider may be called, and those that claim its name: one may get what another one leaves. */
function referencesTo(provider: CapacityProvider, stores: Stores): readonly string[] {
  const name = providerNameOf(provider);
  const claimants = stores
    .of(capacityProviders)
    .list()
    .filter((each) => providerNameOf(each) === name);
  return [...new Set([name, provider.metadata.name, ...claimants.map(({ metadata }) => metadata.name)])];
}
