import type { Cluster } from '../api/cluster.ts';
import { labels } from '../api/labels.ts';
import type { CoreService, DisruptionBudget, KubeObject, NodeView, PodView } from '../api/meta.ts';
import type { CapacityProviderStrategyItem } from '../api/placement.ts';
import type { Service } from '../api/service.ts';
import type { TaskDefinition } from '../api/task-definition.ts';
import type { Task } from '../api/task.ts';
import { dnsName } from '../base/dns-name.ts';
import { pick } from '../base/pick.ts';
import { isOnItsWay, isToBePlaced, isUnplaced } from '../core/placement/operator/pod-placement.ts';
import { calledNames } from '../core/service/routing/names.ts';
import { hasEnded } from '../core/task/facts.ts';
import { describeTask } from '../core/task/view.ts';
import { familyOf, familyOfReference, holderOf } from '../core/task-definition/resolve.ts';
import { cache, type Cache } from '../kube/manager.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { isOurs, keptOfCondition, keptOfPod } from './kept-of-pod.ts';
import {
  capacityProviders,
  clusters,
  controllerRevisions,
  coreServices,
  disruptionBudgets,
  nodes,
  oursOnly,
  pods,
  services,
  targetGroupBindings,
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
  /** The DAEMONs among services, all of them by ''. */
  daemon: 'daemon',
  /** Pods by their capacity provider and how they are: see `providedAs`. */
  provided: 'provided',
  /** Pods of services and of ECSTasks that are bound to a node, by the name of the node alone. */
  node: 'node',
  /** ECSServices by the names of the core Services that they would make for others to call. */
  routed: 'routed',
  /** PodDisruptionBudgets that are no service's, by their namespace alone. */
  othersBudget: 'othersBudget',
  /** Pods of ours by what there is to do about their placement: `toBePlaced` and `onItsWay`. */
  placement: 'placement',
  /** Pods of ours that wait for us to place them, be it not yet, by the label of their cluster. */
  unplaced: 'unplaced',
} as const;

/** The values of the index `placement`. */
export const toBePlaced = 'toBePlaced';
export const onItsWay = 'onItsWay';

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
const ofCluster = byLabel(labels.cluster);

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
      [indexes.routed]: (each) => calledNames(each.metadata, each.spec).map((name) => inNamespaceOf(each, name)),
      [indexes.family]: (each) => [inNamespaceOf(each, familyOfReference(each.spec.taskDefinition))],
      [indexes.cluster]: (each) => [inNamespaceOf(each, each.spec.cluster)],
      [indexes.daemon]: ({ spec }) => (spec.schedulingStrategy === 'DAEMON' ? [''] : []),
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
  cache({ resource: coreServices, indexes: { [indexes.service]: ofOwnService }, project: keptOfCoreService }),
  cache({
    resource: targetGroupBindings,
    indexes: { [indexes.service]: ofService },
    labelSelector: oursOnly,
    isOptional: true,
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
      [indexes.provided]: (pod) => (isOurs(pod) ? providedAs(pod) : []),
      [indexes.node]: (pod) => (pod.spec?.nodeName === undefined || !isOurs(pod) ? [] : [pod.spec.nodeName]),
      [indexes.placement]: (pod) => [
        ...(isToBePlaced(pod) ? [toBePlaced] : []),
        ...(isOnItsWay(pod) ? [onItsWay] : []),
      ],
      [indexes.unplaced]: (pod) => (isUnplaced(pod) ? ofCluster(pod) : []),
    },
    project: keptOfPod,
    // How the task ended, until it is recorded.
    remembers: (pod) => pod.metadata.labels?.[labels.service] !== undefined,
  }),
];

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

/** Others may have copied the label. */
function ofOwnService(object: CoreService): readonly string[] {
  return isOfService(object) ? ofService(object) : [];
}

/** Of somebody else's, only that it is there. */
function keptOfCoreService(object: CoreService): CoreService {
  const { apiVersion, kind, metadata, spec } = object;
  if (!isOfService(object)) {
    return {
      apiVersion,
      kind,
      metadata: pick(metadata, 'name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp'),
    };
  }
  const kept = spec && {
    ...pick(spec, 'clusterIP', 'selector', 'publishNotReadyAddresses'),
    ports: (spec.ports ?? []).map((port) => pick(port, 'name', 'port', 'protocol', 'targetPort')),
  };
  return { apiVersion, kind, metadata, ...(kept && { spec: kept }) };
}

function keptOfBudget({ apiVersion, kind, metadata, spec }: DisruptionBudget): DisruptionBudget {
  const kept = spec && pick(spec, 'maxUnavailable', 'minAvailable', 'selector', 'unhealthyPodEvictionPolicy');
  return { apiVersion, kind, metadata, ...(kept && { spec: kept }) };
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
