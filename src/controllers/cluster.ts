import type { Cluster } from '../api/cluster.ts';
import type { Service } from '../api/service.ts';
import type { Task } from '../api/task.ts';
import { planCluster } from '../core/cluster/plan.ts';
import { defineController, watch } from '../kube/controller.ts';
import { keyOf, type Resource } from '../kube/resource.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { findCluster, indexes, inNamespaceOf, namesOf } from './caches.ts';
import { clustersNaming, isNewSpec } from './capacity.ts';
import { capacityProviders, clusters, services, tasks } from './resources.ts';

/** Sums up the services and standalone tasks of ECSClusters, and checks what they run on by default. */
export const clusterController = defineController({
  name: 'cluster',
  resource: clusters,
  watches: [
    watch(services, clusterKeys),
    watch(tasks, clusterKeys),
    watch(capacityProviders, (provider, stores) => clustersNaming(provider, stores).map(keyOf), isNewSpec),
  ],
  writes: [],
  observe: (cluster, stores, now) => ({
    now,
    cluster,
    services: membersOf(cluster, services, stores),
    tasks: membersOf(cluster, tasks, stores),
    providers: stores.of(capacityProviders).list(),
  }),
  plan: planCluster,
  render: (step: never) => step,
  conclude: (_world, plan) => plan,
});

/** The clusters that a service or task may mean. */
function clusterKeys(member: Service | Task, stores: Stores): string[] {
  return stores.of(clusters).byIndex(indexes.cluster, inNamespaceOf(member, member.spec.cluster)).map(keyOf);
}

/** Those that name the cluster, by either of its names, and mean no other one. */
function membersOf<T extends Service | Task>(cluster: Cluster, resource: Resource<T>, stores: Stores): T[] {
  return namesOf(cluster)
    .flatMap((name) => stores.of(resource).byIndex(indexes.cluster, inNamespaceOf(cluster, name)))
    .filter((member) => findCluster(member, stores)?.metadata.uid === cluster.metadata.uid);
}
