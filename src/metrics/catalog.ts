import type { CapacityProvider, CapacityProviderStatus } from '../api/capacity-provider.ts';
import type { Cluster, ClusterStatus } from '../api/cluster.ts';
import type { DeploymentStatus } from '../api/service-status.ts';
import type { Service } from '../api/service.ts';
import { isTrue, type Condition } from '../base/conditions.ts';
import type { MetricDefinition } from '../base/meter.ts';

/** What state metrics are computed from, at scrape: nothing to keep in step, nothing to remove when an object goes. */
export interface MetricsView {
  readonly services: readonly Service[];
  readonly clusters: readonly Cluster[];
  readonly providers: readonly CapacityProvider[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One state metric; the table of metrics in the documentation is these rows. */
export interface StateMetric extends MetricDefinition {
  readonly samples: (view: MetricsView) => readonly Sample[];
}

const serviceLabels = ['namespace', 'cluster', 'service'] as const;

function labelsOf(service: Service): Record<string, string> {
  return {
    namespace: service.metadata.namespace ?? '',
    cluster: service.spec.cluster,
    service: service.metadata.name,
  };
}

/** A metric with one value for each service. */
function perService(name: string, help: string, value: (service: Service) => number): StateMetric {
  return {
    name,
    help,
    labels: serviceLabels,
    samples: ({ services }) => services.map((service) => ({ labels: labelsOf(service), value: value(service) })),
  };
}

/** A metric with one value for each cluster. */
function perCluster(name: string, help: string, value: (status: ClusterStatus) => number | undefined): StateMetric {
  return {
    name,
    help,
    labels: ['namespace', 'cluster'],
    samples: ({ clusters }) =>
      clusters.map(({ metadata, status }) => ({
        labels: { namespace: metadata.namespace ?? '', cluster: metadata.name },
        value: (status && value(status)) ?? 0,
      })),
  };
}

/** A metric with one value for each capacity provider of which there is one. */
function perProvider(
  name: string,
  help: string,
  value: (status: CapacityProviderStatus) => number | undefined,
): StateMetric {
  return {
    name,
    help,
    labels: ['capacity_provider'],
    samples: ({ providers }) =>
      providers.flatMap(({ metadata, status }) => {
        const count = status && value(status);
        return count === undefined ? [] : [{ labels: { capacity_provider: metadata.name }, value: count }];
      }),
  };
}

/** Of a DAEMON as many as there are nodes, which its status says. */
function desiredTasksOf({ spec, status }: Service): number {
  return spec.schedulingStrategy === 'DAEMON' ? (status?.desiredCount ?? 0) : spec.desiredCount;
}

const rolloutStates = ['IN_PROGRESS', 'COMPLETED', 'FAILED'] as const;

const failed = ['DeploymentFailed', 'DeploymentRolledBack', 'DeploymentStopped'];

function isFailed(conditions: readonly Condition[] = []): boolean {
  return conditions.some(
    ({ type, status, reason }) => type === 'Stalled' && status === 'True' && failed.includes(reason),
  );
}

/** Every state metric there is. */
export const catalog: readonly StateMetric[] = [
  perService('ecs_service_desired_tasks', 'Tasks the service should run.', desiredTasksOf),
  perService(
    'ecs_service_running_tasks',
    'Tasks whose lastStatus is RUNNING.',
    ({ status }) => status?.runningCount ?? 0,
  ),
  perService('ecs_service_pending_tasks', 'Tasks on their way to RUNNING.', ({ status }) => status?.pendingCount ?? 0),
  perService(
    'ecs_service_draining_tasks',
    'Tasks that have to leave their nodes, which are drained; they run until others take their place.',
    ({ status }) => status?.drainingCount ?? 0,
  ),
  perService(
    'ecs_service_lost_tasks',
    'Tasks on lost nodes: they are replaced, and counted nowhere else.',
    ({ status }) => status?.lostCount ?? 0,
  ),
  perService('ecs_service_ready', 'Whether the service is in its steady state, 1 or 0.', ({ status }) =>
    isTrue(status?.conditions, 'Ready') ? 1 : 0,
  ),
  perService(
    'ecs_service_deployment_failed',
    'Whether the service asks for what has failed, was rolled back or stopped, and is not deployed again, 1 or 0.',
    ({ status }) => (isFailed(status?.conditions) ? 1 : 0),
  ),
  perService(
    'ecs_service_deployments',
    'Deployments of the service that have tasks; more than 1 while one replaces another.',
    ({ status }) => status?.deployments?.length ?? 0,
  ),
  {
    name: 'ecs_service_deployment_state',
    help: 'Rollout state of the PRIMARY deployment: 1 for the state it is in, 0 for the others.',
    labels: [...serviceLabels, 'state'],
    samples: ({ services }) => services.flatMap(deploymentStates),
  },
  perService(
    'ecs_service_failed_tasks',
    'Tasks of the PRIMARY deployment that did not start, or did not become or stay healthy, since one became healthy.',
    ({ status }) => status?.deployments?.[0]?.failedTasks ?? 0,
  ),
  perService(
    'ecs_service_circuit_breaker_triggered',
    'Whether the circuit breaker has ended a deployment that still has tasks or is PRIMARY, 1 or 0.',
    ({ status }) => (status?.deployments?.some(isTriggered) === true ? 1 : 0),
  ),
  {
    name: 'ecs_service_unplaced_tasks',
    help: 'Tasks that no node takes, by the reason of the nearest miss: RESOURCE:CPU, RESOURCE:MEMORY, MemberOf and the like.',
    labels: [...serviceLabels, 'reason'],
    samples: ({ services }) => services.flatMap(unplacedTasks),
  },
  perCluster('ecs_cluster_services', 'Services that name the cluster.', (status) => status.activeServicesCount),
  perCluster(
    'ecs_cluster_running_tasks',
    'Tasks of the cluster whose lastStatus is RUNNING: those of its services and ECSTasks.',
    (status) => status.runningTasksCount,
  ),
  perCluster(
    'ecs_cluster_pending_tasks',
    'Tasks of the cluster on their way to RUNNING, ECSTasks that wait for what they are made from among them.',
    (status) => status.pendingTasksCount,
  ),
  perProvider(
    'ecs_capacity_provider_nodes',
    'Nodes that belong to the capacity provider; Fargate has no such series.',
    (status) => status.nodes,
  ),
  perProvider(
    'ecs_capacity_provider_ready_nodes',
    'Nodes of the capacity provider that take tasks: Ready, and not draining.',
    (status) => status.readyNodes,
  ),
  perProvider(
    'ecs_capacity_provider_running_tasks',
    'Tasks of the capacity provider whose lastStatus is RUNNING.',
    (status) => status.runningTasksCount,
  ),
  perProvider(
    'ecs_capacity_provider_pending_tasks',
    'Tasks of the capacity provider on their way to RUNNING.',
    (status) => status.pendingTasksCount,
  ),
];

function isTriggered({ deploymentCircuitBreaker }: DeploymentStatus): boolean {
  return deploymentCircuitBreaker?.status === 'TRIGGERED';
}

function deploymentStates(service: Service): Sample[] {
  const primary = service.status?.deployments?.[0];
  if (!primary) return [];
  return rolloutStates.map((state) => ({
    labels: { ...labelsOf(service), state },
    value: primary.rolloutState === state ? 1 : 0,
  }));
}

function unplacedTasks(service: Service): Sample[] {
  const { unplaced = [] } = service.status ?? {};
  return unplaced.map(({ reason, count }) => ({ labels: { ...labelsOf(service), reason }, value: count }));
}
