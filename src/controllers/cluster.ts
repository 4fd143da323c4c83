import { planCluster } from '../core/cluster/plan.ts';
import { defineController, watch } from '../kube/controller.ts';
import { keyOf } from '../kube/resource.ts';
import { findCluster, indexes, inNamespaceOf, namesOf } from './caches.ts';
import { clusters, services } from './resources.ts';

/** Sums up the services of ECSClusters. */
export const clusterController = defineController({
  name: 'cluster',
  resource: clusters,
  watches: [
    watch(services, (service, stores) =>
      stores.of(clusters).byIndex(indexes.cluster, inNamespaceOf(service, service.spec.cluster)).map(keyOf),
    ),
  ],
  writes: [],
  observe: (cluster, stores, now) => ({
    now,
    cluster,
    services: namesOf(cluster)
      .flatMap((name) => stores.of(services).byIndex(indexes.cluster, inNamespaceOf(cluster, name)))
      .filter((service) => findCluster(service, stores)?.metadata.uid === cluster.metadata.uid),
  }),
  plan: planCluster,
  render: (step: never) => step,
  conclude: (_world, plan) => plan,
});
