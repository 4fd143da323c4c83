import type { Cluster } from '../api/cluster.ts';
import { annotations } from '../api/labels.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Service } from '../api/service.ts';
import type { TaskDefinition } from '../api/task-definition.ts';
import type { Task } from '../api/task.ts';
import { dnsName } from '../base/dns-name.ts';
import {
  familyOf,
  familyOfReference,
  holderOf,
  resolveReference,
  type Resolution,
} from '../core/task-definition/resolve.ts';
import { keyOf, type Resource } from '../kube/resource.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { findHolder, indexes, inNamespaceOf, namesOf } from './caches.ts';
import { controllerRevisions, taskDefinitions } from './resources.ts';
import { readRevision } from './revisions.ts';

/** What `reference` stands for in the namespace of `of`: a name first, and a family if nothing has that name. */
export function resolve(of: KubeObject, reference: string, stores: Stores): Resolution {
  const named = inNamespaceOf(of, familyOfReference(reference));
  const store = stores.of(taskDefinitions);
  const taskDefinition = store.get(named) ?? holderOf(store.byIndex(indexes.family, named));
  if (!taskDefinition) return resolveReference(reference, { taskDefinition, holder: undefined, revisions: [] });
  const family = inNamespaceOf(of, dnsName(familyOf(taskDefinition)));
  const revisions = stores.of(controllerRevisions).byIndex(indexes.family, family).map(readRevision);
  return resolveReference(reference, {
    taskDefinition,
    holder: findHolder(taskDefinition, stores)?.metadata.name,
    revisions,
  });
}

/** The services or tasks that name a task definition, by either of its names. */
export function usersOf<T extends Service | Task>(
  resource: Resource<T>,
  taskDefinition: TaskDefinition,
  stores: Stores,
): readonly T[] {
  const names = new Set([taskDefinition.metadata.name, familyOf(taskDefinition)]);
  return [...names].flatMap((name) => stores.of(resource).byIndex(indexes.family, inNamespaceOf(taskDefinition, name)));
}

/** The services or tasks that name a cluster, by either of its names; another one may be meant by it. */
export function namersOf<T extends Service | Task>(
  resource: Resource<T>,
  cluster: Cluster,
  stores: Stores,
): readonly T[] {
  return namesOf(cluster).flatMap((name) => stores.of(resource).byIndex(indexes.cluster, inNamespaceOf(cluster, name)));
}

/** The services or tasks that may follow a family whose revision `object` is, by whichever name they know it. */
export function followers(resource: Resource<KubeObject>, object: KubeObject, stores: Stores): string[] {
  const family = object.metadata.annotations?.[annotations.taskDefinition]?.split(':')[0];
  if (family === undefined) return [];
  const owners = stores.of(taskDefinitions).byIndex(indexes.family, inNamespaceOf(object, family));
  const names = new Set([family, ...owners.map((each) => each.metadata.name)]);
  return [...names].flatMap((name) =>
    stores.of(resource).byIndex(indexes.family, inNamespaceOf(object, name)).map(keyOf),
  );
}
