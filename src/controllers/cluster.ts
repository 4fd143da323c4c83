import { planCluster } from '../core/cluster/plan.ts';
import { defineController, watch } from '../kube/controller.ts';
import { indexes, inNamespaceOf } from './caches.ts';
import { clusters, services } from './resources.ts';

/** Sums up the services of ECSClusters. */
export const clusterController = defineController({
  name: 'cluster',
  resource: clusters,
  watches: [watch(services, (service) => [inNamespaceOf(service, service.spec.cluster)])],
  observe: (cluster, stores, now) => ({
    now,
    cluster,
    services: stores.of(services).byIndex(indexes.cluster, inNamespaceOf(cluster, cluster.metadata.name)),
  }),
  plan: planCluster,
  render: (step: never) => step,
  conclude: (_world, plan) => plan,
});
