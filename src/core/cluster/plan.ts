import type { CapacityProvider } from '../../api/capacity-provider.ts';
import type { Cluster, ClusterStatus } from '../../api/cluster.ts';
import type { Service } from '../../api/service.ts';
import type { Task } from '../../api/task.ts';
import type { Instant } from '../../base/clock.ts';
import { nextConditions } from '../../base/conditions.ts';
import type { Plan } from '../../base/plan.ts';
import { readinessConditions, type Readiness } from '../../base/readiness.ts';
import { providerOf } from '../capacity/provider.ts';
import { resolveDefault } from '../capacity/resolve.ts';

export interface ClusterWorld {
  readonly now: Instant;
  readonly cluster: Cluster;
  /** The services that name it. */
  readonly services: readonly Service[];
  /** The standalone tasks that name it, stopped ones among them. */
  readonly tasks: readonly Task[];
  /** All capacity providers there are. */
  readonly providers: readonly CapacityProvider[];
}

/** A cluster has nothing to start: its status sums up its services and standalone tasks. */
export function planCluster({ now, cluster, services, tasks, providers }: ClusterWorld): Plan<ClusterStatus, never> {
  const observedGeneration = cluster.metadata.generation ?? 0;
  const status: ClusterStatus = {
    observedGeneration,
    status: 'ACTIVE',
    activeServicesCount: services.length,
    runningTasksCount: sum(services.map((service) => service.status?.runningCount ?? 0)) + countOf(tasks, isRunning),
    pendingTasksCount: sum(services.map((service) => service.status?.pendingCount ?? 0)) + countOf(tasks, isPending),
    conditions: nextConditions(
      cluster.status?.conditions,
      readinessConditions(readinessOf(cluster, providers), observedGeneration),
      now.iso,
    ),
  };
  return { steps: [], status, events: [] };
}

/** Whether all the capacity providers can be used that it names. */
function readinessOf(cluster: Cluster, providers: readonly CapacityProvider[]): Readiness {
  const offer = { namespace: cluster.metadata.namespace ?? '', cluster, providers };
  const listed = cluster.spec.capacityProviders?.map((name) => providerOf(name, offer)) ?? [];
  const unusable = listed.find((each) => each.kind === 'missing');
  if (unusable) {
    return { state: 'stalled', reason: unusable.reason, message: `capacityProviders names ${unusable.message}` };
  }
  const strategy = resolveDefault(cluster, offer);
  if (strategy.kind === 'missing') return { ...strategy, state: 'stalled' };
  return { state: 'ready', reason: 'Active', message: 'The cluster takes services and tasks.' };
}

function isRunning({ status }: Task): boolean {
  return status?.lastStatus === 'RUNNING';
}

/** Like the tasks of a service: one that waits for capacity, or for what it is made from, is pending too. */
function isPending({ status }: Task): boolean {
  return status?.lastStatus === 'PENDING' || status?.lastStatus === 'PROVISIONING';
}

function countOf(tasks: readonly Task[], is: (task: Task) => boolean): number {
  return tasks.filter(is).length;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
