import type { Cluster } from '../api/cluster.ts';
import { labels } from '../api/labels.ts';
import type {
  ContainerStatusView,
  DisruptionBudget,
  KubeObject,
  NodeConditionView,
  NodeView,
  PodConditionView,
  PodContainerView,
  PodView,
} from '../api/meta.ts';
import type { CapacityProviderStrategyItem } from '../api/placement.ts';
import type { Service } from '../api/service.ts';
import type { TaskDefinition } from '../api/task-definition.ts';
import type { Task } from '../api/task.ts';
import { dnsName } from '../base/dns-name.ts';
import { hasEnded } from '../core/task/facts.ts';
import { describeTask } from '../core/task/view.ts';
import { familyOf, familyOfReference, holderOf } from '../core/task-definition/resolve.ts';
import { cache, type Cache } from '../kube/manager.ts';
import type { Stores } from '../kube/cache/stores.ts';
import {
  capacityProviders,
  clusters,
  controllerRevisions,
  disruptionBudgets,
  nodes,
  oursOnly,
  pods,
  services,
  taskDefinitions,
  tasks,
} from './resources.ts';

/** Index names and the value to look for; values are `namespace/…`, for names mean nothing across namespaces. */
export const indexes = {
  /** Objects of ours by the service they belong to; ECSTasks that are records by the service of the task. */
  service: 'service',
  /** Pods that have ended, by the service they belong to. */
  stopped: 'stopped',
  /** Objects of ours by the ECSTask they belong to. */
  task: 'task',
  /** Task definitions by name and by family; services and tasks by what they name; revisions by the family's label. */
  family: 'family',
  /** Task definitions by their family as a label has it. */
  familyLabel: 'familyLabel',
  /** Clusters by name and by clusterName; services and tasks by the one they name. */
  cluster: 'cluster',
  /** Services, tasks and clusters by the capacity providers that they name, as they name them; in no namespace. */
  provider: 'provider',
  /** Pods by their capacity provider and how they are: see `providedAs`. */
  provided: 'provided',
  /** Pods of services and of ECSTasks that are bound to a node, by the name of the node alone. */
  node: 'node',
  /** PodDisruptionBudgets that are no service's, by their namespace alone. */
  othersBudget: 'othersBudget',
} as const;

/** `namespace/value`, as indexes hold it. */
export function inNamespaceOf(object: KubeObject, value: string): string {
  return `${object.metadata.namespace ?? ''}/${value}`;
}

function byLabel(label: string): (object: KubeObject) => readonly string[] {
  return (object) => {
    const value = object.metadata.labels?.[label];
    return value === undefined ? [] : [inNamespaceOf(object, value)];
  };
}

const ofService = byLabel(labels.service);

/** What a service may call the cluster. */
export function namesOf({ metadata, spec }: Cluster): string[] {
  return [...new Set([metadata.name, spec.clusterName ?? metadata.name])];
}

function namedIn(strategy: readonly Pick<CapacityProviderStrategyItem, 'capacityProvider'>[] = []): string[] {
  return strategy.map(({ capacityProvider }) => capacityProvider);
}

/** `provider/running` or `provider/pending` of a task of a capacity provider, whose name is as the label has it. */
export function providedAs(pod: PodView): readonly string[] {
  const provider = pod.metadata.labels?.[labels.capacityProvider];
  if (provider === undefined) return [];
  const { lastStatus } = describeTask(pod);
  if (lastStatus === 'RUNNING') return [`${provider}/running`];
  return lastStatus === 'PENDING' || lastStatus === 'PROVISIONING' ? [`${provider}/pending`] : [];
}

/** Everything the operator holds in memory. */
export const caches: readonly Cache[] = [
  cache({
    resource: clusters,
    indexes: {
      [indexes.cluster]: (each) => namesOf(each).map((name) => inNamespaceOf(each, name)),
      [indexes.provider]: ({ spec }) => [
        ...(spec.capacityProviders ?? []),
        ...namedIn(spec.defaultCapacityProviderStrategy),
      ],
    },
  }),
  cache({ resource: capacityProviders }),
  cache({ resource: nodes, project: keptOfNode }),
  cache({
    resource: taskDefinitions,
    indexes: {
      [indexes.family]: (each) =>
        [...new Set([each.metadata.name, familyOf(each)])].map((name) => inNamespaceOf(each, name)),
      [indexes.familyLabel]: (each) => [inNamespaceOf(each, dnsName(familyOf(each)))],
    },
  }),
  cache({
    resource: services,
    indexes: {
      [indexes.family]: (each) => [inNamespaceOf(each, familyOfReference(each.spec.taskDefinition))],
      [indexes.cluster]: (each) => [inNamespaceOf(each, each.spec.cluster)],
      [indexes.provider]: ({ spec, status }) => [
        ...namedIn(spec.capacityProviderStrategy),
        ...namedIn(status?.capacityProviderStrategy),
      ],
    },
  }),
  cache({
    resource: tasks,
    indexes: {
      [indexes.family]: (each) => [inNamespaceOf(each, familyOfReference(each.spec.taskDefinition))],
      [indexes.cluster]: (each) => [inNamespaceOf(each, each.spec.cluster)],
      [indexes.provider]: ({ spec }) => namedIn(spec.capacityProviderStrategy),
      [indexes.service]: (each) => (each.spec.kubernetes?.record ? ofService(each) : []),
    },
  }),
  cache({
    resource: controllerRevisions,
    indexes: {
      [indexes.service]: ofService,
      [indexes.task]: byLabel(labels.task),
      [indexes.family]: byLabel(labels.family),
    },
    labelSelector: oursOnly,
  }),
  cache({
    resource: disruptionBudgets,
    indexes: { [indexes.othersBudget]: (each) => (isOfService(each) ? [] : [each.metadata.namespace ?? '']) },
    project: keptOfBudget,
  }),
  cache({
    resource: pods,
    indexes: {
      [indexes.service]: ofService,
      [indexes.stopped]: (pod) => (hasEnded(pod) ? ofService(pod) : []),
      [indexes.task]: byLabel(labels.task),
      [indexes.provided]: providedAs,
      [indexes.node]: ({ spec }) => (spec?.nodeName === undefined ? [] : [spec.nodeName]),
    },
    labelSelector: oursOnly,
    project: keptOfPod,
    // How the task ended, until it is recorded.
    remembers: (pod) => pod.metadata.labels?.[labels.service] !== undefined,
  }),
];

/** A pod without what nobody reads, which is most of it: volumes, environments, probes, tolerations, addresses. */
function keptOfPod({ apiVersion, kind, metadata, spec, status }: PodView): PodView {
  return {
    apiVersion,
    kind,
    metadata,
    ...(spec && { spec: keptOfSpec(spec) }),
    ...(status && { status: keptOfStatus(status) }),
  };
}

function keptOfSpec(spec: NonNullable<PodView['spec']>): NonNullable<PodView['spec']> {
  const { containers, initContainers } = spec;
  return {
    ...pick(spec, 'nodeName', 'schedulingGates'),
    containers: containers.map(keptOfContainer),
    ...(initContainers && { initContainers: initContainers.map(keptOfContainer) }),
  };
}

function keptOfStatus(status: NonNullable<PodView['status']>): NonNullable<PodView['status']> {
  const { conditions, containerStatuses, initContainerStatuses } = status;
  return {
    ...pick(status, 'phase', 'reason', 'message'),
    ...(conditions && { conditions: conditions.map(keptOfCondition) }),
    ...(containerStatuses && { containerStatuses: containerStatuses.map(keptOfContainerStatus) }),
    ...(initContainerStatuses && { initContainerStatuses: initContainerStatuses.map(keptOfContainerStatus) }),
  };
}

function keptOfCondition(condition: PodConditionView & NodeConditionView): PodConditionView & NodeConditionView {
  return pick(condition, 'type', 'status', 'reason', 'message', 'lastTransitionTime');
}

function keptOfContainer(container: PodContainerView): PodContainerView {
  return pick(container, 'name', 'image');
}

function keptOfContainerStatus(status: ContainerStatusView): ContainerStatusView {
  return pick(status, 'name', 'ready', 'state', 'lastState', 'imageID', 'containerID');
}

/** A node without its images, addresses, volumes and the conditions nobody reads: about a tenth of it. */
function keptOfNode({ apiVersion, kind, metadata, spec, status }: NodeView): NodeView {
  const ready = (status?.conditions ?? []).filter(({ type }) => type === 'Ready');
  return {
    apiVersion,
    kind,
    metadata,
    ...(spec && { spec: pick(spec, 'unschedulable', 'taints', 'providerID') }),
    ...(status && { status: { ...pick(status, 'allocatable'), conditions: ready.map(keptOfCondition) } }),
  };
}

/** Whether an ECSService owns it. */
export function isOfService({ metadata }: KubeObject): boolean {
  return metadata.ownerReferences?.some(({ kind }) => kind === services.kind) ?? false;
}

function keptOfBudget({ apiVersion, kind, metadata, spec }: DisruptionBudget): DisruptionBudget {
  const kept = spec && pick(spec, 'maxUnavailable', 'minAvailable', 'selector', 'unhealthyPodEvictionPolicy');
  return { apiVersion, kind, metadata, ...(kept && { spec: kept }) };
}

/** The object with those of its members only. */
function pick<T extends object, Name extends keyof T>(object: T, ...names: readonly Name[]): Pick<T, Name> {
  const kept: Partial<Pick<T, Name>> = {};
  for (const name of names) if (name in object) kept[name] = object[name];
  return kept as Pick<T, Name>;
}

/** The task definition that holds the family of `taskDefinition`. */
export function findHolder(taskDefinition: TaskDefinition, stores: Stores): TaskDefinition | undefined {
  const label = inNamespaceOf(taskDefinition, dnsName(familyOf(taskDefinition)));
  return holderOf(stores.of(taskDefinitions).byIndex(indexes.familyLabel, label));
}

/** The cluster that a service or task names: as with task definitions, by name first, then by what ECS would show. */
export function findCluster(member: Service | Task, stores: Stores): Cluster | undefined {
  const named = inNamespaceOf(member, member.spec.cluster);
  return stores.of(clusters).get(named) ?? holderOf(stores.of(clusters).byIndex(indexes.cluster, named));
}
