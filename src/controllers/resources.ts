import { capacityProviderKind, type CapacityProvider } from '../api/capacity-provider.ts';
import { clusterKind, type Cluster } from '../api/cluster.ts';
import type { Kind } from '../api/kind.ts';
import { labels, managedBy } from '../api/labels.ts';
import {
  apiVersion,
  group,
  version,
  type ControllerRevision,
  type CoreService,
  type DisruptionBudget,
  type KubeObject,
  type NodeView,
  type PodView,
  type TargetGroupBinding,
} from '../api/meta.ts';
import { serviceKind, type Service } from '../api/service.ts';
import { taskDefinitionKind, type TaskDefinition } from '../api/task-definition.ts';
import { taskKind, type Task } from '../api/task.ts';
import type { Resource } from '../kube/resource.ts';

/** What the operator reads and writes, as the API server addresses it. */

function customResource<T extends KubeObject>({ kind, plural, scope }: Kind): Resource<T> {
  return { group, version, kind, plural, namespaced: scope === 'Namespaced' };
}

export const clusters = customResource<Cluster>(clusterKind);
export const capacityProviders = customResource<CapacityProvider>(capacityProviderKind);
export const taskDefinitions = customResource<TaskDefinition>(taskDefinitionKind);
export const services = customResource<Service>(serviceKind);
export const tasks = customResource<Task>(taskKind);

export const pods: Resource<PodView> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

export const nodes: Resource<NodeView> = { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };

export const controllerRevisions: Resource<ControllerRevision> = {
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  namespaced: true,
};

export const disruptionBudgets: Resource<DisruptionBudget> = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  namespaced: true,
};

export const coreServices: Resource<CoreService> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  namespaced: true,
};

/** Of the AWS Load Balancer Controller, which may not be installed. */
export const targetGroupBindings: Resource<TargetGroupBinding> = {
  group: 'elbv2.k8s.aws',
  version: 'v1beta1',
  kind: 'TargetGroupBinding',
  plural: 'targetgroupbindings',
  namespaced: true,
};

/** Selects the objects we made among everybody's. */
export const oursOnly = `${labels.managedBy}=${managedBy}`;

/** The owner reference that makes `owner` the controller of what it is put on. */
export function ownedBy(owner: KubeObject): {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller: true;
  blockOwnerDeletion: true;
} {
  const { name, uid } = owner.metadata;
  return { apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}
