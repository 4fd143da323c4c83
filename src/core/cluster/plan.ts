import type { Cluster, ClusterStatus } from '../../api/cluster.ts';
import type { Service } from '../../api/service.ts';
import type { Task } from '../../api/task.ts';
import type { Instant } from '../../base/clock.ts';
import { nextConditions } from '../../base/conditions.ts';
import type { Plan } from '../../base/plan.ts';

export interface ClusterWorld {
  readonly now: Instant;
  readonly cluster: Cluster;
  /** The services that name it. */
  readonly services: readonly Service[];
  /** The standalone tasks that name it, stopped ones among them. */
  readonly tasks: readonly Task[];
}

/** A cluster has nothing to start: its status sums up its services and standalone tasks. */
export function planCluster({ now, cluster, services, tasks }: ClusterWorld): Plan<ClusterStatus, never> {
  const observedGeneration = cluster.metadata.generation ?? 0;
  const status: ClusterStatus = {
    observedGeneration,
    status: 'ACTIVE',
    activeServicesCount: services.length,
    runningTasksCount: sum(services.map((service) => service.status?.runningCount ?? 0)) + countOf(tasks, isRunning),
    pendingTasksCount: sum(services.map((service) => service.status?.pendingCount ?? 0)) + countOf(tasks, isPending),
    conditions: nextConditions(
      cluster.status?.conditions,
      [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Active',
          message: 'The cluster takes services and tasks.',
          observedGeneration,
        },
      ],
      now.iso,
    ),
  };
  return { steps: [], status, events: [] };
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
