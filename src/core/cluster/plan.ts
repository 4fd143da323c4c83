import type { Cluster, ClusterStatus } from '../../api/cluster.ts';
import type { Service } from '../../api/service.ts';
import type { Instant } from '../../base/clock.ts';
import { nextConditions } from '../../base/conditions.ts';
import type { Plan } from '../../base/plan.ts';

export interface ClusterWorld {
  readonly now: Instant;
  readonly cluster: Cluster;
  /** The services that name it. */
  readonly services: readonly Service[];
}

/** A cluster has nothing to start: its status sums up its services. */
export function planCluster({ now, cluster, services }: ClusterWorld): Plan<ClusterStatus, never> {
  const observedGeneration = cluster.metadata.generation ?? 0;
  const status: ClusterStatus = {
    observedGeneration,
    status: 'ACTIVE',
    activeServicesCount: services.length,
    runningTasksCount: sum(services.map((service) => service.status?.runningCount ?? 0)),
    pendingTasksCount: sum(services.map((service) => service.status?.pendingCount ?? 0)),
    conditions: nextConditions(
      cluster.status?.conditions,
      [{ type: 'Ready', status: 'True', reason: 'Active', message: 'The cluster takes services.', observedGeneration }],
      now.iso,
    ),
  };
  return { steps: [], status, events: [] };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
