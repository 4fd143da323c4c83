import { labels } from '../api/labels.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Task } from '../api/task.ts';
import type { Instant } from '../base/clock.ts';
import { resolveCapacity } from '../core/capacity/resolve.ts';
import { concludeTask, isTaskStateChange } from '../core/task/standalone/conclude.ts';
import { pinOf } from '../core/placement/operator/pin.ts';
import { knownNodesOf } from '../core/placement/known-nodes.ts';
import type { PodPlacement } from '../core/placement/operator/pod-placement.ts';
import { constraintsOf, placementOf, type PlacementTerms } from '../core/placement/terms.ts';
import { planTask } from '../core/task/standalone/plan.ts';
import { gatesAfterRelease, renderStandalonePod } from '../core/task/standalone/pod.ts';
import type { TaskStep, TaskWorld } from '../core/task/standalone/world.ts';
import type { Resolution } from '../core/task-definition/resolve.ts';
import type { Write } from '../kube/writes/act.ts';
import { defineController, watch, type Controller } from '../kube/controller.ts';
import { createsOwned, deletes, patches } from '../kube/writes/permissions.ts';
import { keyOf } from '../kube/resource.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { endBody, isOwnedBy, owned } from './bodies.ts';
import { indexes, inNamespaceOf } from './caches.ts';
import { isNewSpec, offerTo, providerUsers } from './capacity.ts';
import { nodesUnder, watchNodes } from './nodes.ts';
import { followers, namersOf, resolve, usersOf } from './references.ts';
import { capacityProviders, clusters, controllerRevisions, nodes, pods, taskDefinitions, tasks } from './resources.ts';
import { whyNotsOf } from './why-not.ts';
import { launchBody, readLaunch } from './revisions.ts';

/**
 * Runs ECSTasks, each once, and shows those that are records of stopped tasks.
 * @param nodeLossSeconds how long a node may be silent before its tasks are called disconnected.
 */
export function taskController({ nodeLossSeconds }: { readonly nodeLossSeconds: number }): Controller {
  const nodeLossMs = nodeLossSeconds * 1000;
  return defineController({
    name: 'task',
    resource: tasks,
    watches: [
      watch(pods, taskKeys),
      watchNodes(taskKeys),
      watch(controllerRevisions, (object, stores) => [
        ...taskKeys(object),
        ...unbegun(followers(tasks, object, stores), stores),
      ]),
      watch(taskDefinitions, (object, stores) => unbegun(usersOf(tasks, object, stores).map(keyOf), stores)),
      watch(clusters, (object, stores) => unbegun(namersOf(tasks, object, stores).map(keyOf), stores), isNewSpec),
      watch(capacityProviders, (object, stores) => unbegun(providerUsers(tasks, object, stores), stores), isNewSpec),
    ],
    writes: [createsOwned(controllerRevisions), createsOwned(pods), patches(pods), deletes(pods), deletes(tasks)],
    observe: (task, stores, now) => observe(task, stores, { now, nodeLossMs }),
    plan: planTask,
    render,
    conclude: concludeTask,
    isStateChange: isTaskStateChange,
  });
}

function taskKeys(object: KubeObject): string[] {
  const name = object.metadata.labels?.[labels.task];
  return name === undefined ? [] : [inNamespaceOf(object, name)];
}

/** Those that still wait for what they are made from; the others are not concerned by it any more. */
function unbegun(keys: readonly string[], stores: Stores): string[] {
  return keys.filter((key) => stores.of(tasks).get(key)?.status?.podUid === undefined);
}

function observe(
  task: Task,
  stores: Stores,
  settings: { readonly now: Instant; readonly nodeLossMs: number },
): TaskWorld {
  const at = inNamespaceOf(task, task.metadata.name);
  const own = isOwnedBy(task);
  const offer = offerTo(task, stores);
  const [record] = stores.of(controllerRevisions).byIndex(indexes.task, at).filter(own).map(readLaunch);
  const ownPods = stores.of(pods).byIndex(indexes.task, at).filter(own);
  const placement = placementOf(task.spec, offer.cluster?.spec);
  const resolution = resolve(task, task.status?.taskDefinition ?? task.spec.taskDefinition, stores);
  const placing = placingOf(task, placement, resolution);
  const [whyNot] = whyNotsOf(ownPods, placing, { stores, now: settings.now }).values();
  return {
    ...settings,
    task,
    ...(whyNot && { whyNot }),
    cluster: offer.cluster?.metadata.name,
    capacity: resolveCapacity(task.spec, offer),
    placement,
    knownNodes: knownNodesOf(stores.of(nodes).list()),
    resolution,
    podLevelResources: stores.features.podLevelResources,
    record,
    pods: ownPods,
    nodes: nodesUnder(
      ownPods,
      stores,
      [task.status?.node, ...ownPods.map(pinOf)].filter((name) => name !== undefined),
    ),
  };
}

/** How the task is placed, with what its definition asks. */
function placingOf({ spec, status }: Task, terms: PlacementTerms, resolution: Resolution): PodPlacement {
  const constraints = constraintsOf(terms, resolution.kind === 'found' ? resolution.content : {});
  return { strategy: terms.strategy, constraints, group: spec.group ?? status?.group ?? '' };
}

function render(step: TaskStep, { task }: TaskWorld): Write {
  const { namespace = '', name, uid } = task.metadata;
  switch (step.kind) {
    case 'createPod':
      return { verb: 'create', resource: pods, namespace, body: owned(renderStandalonePod(step.task), task) };
    case 'recordLaunch': {
      const body = owned(launchBody(step.record, name), task);
      return { verb: 'create', resource: controllerRevisions, namespace, body };
    }
    case 'releasePod': {
      const { name: podName, resourceVersion } = step.pod.metadata;
      const body = { metadata: { resourceVersion }, spec: { schedulingGates: gatesAfterRelease(step.pod) } };
      return { verb: 'patch', resource: pods, at: { namespace, name: podName }, body };
    }
    case 'endPod': {
      const { metadata } = step.pod;
      const body = endBody(metadata, step.end);
      return { verb: 'patch', resource: pods, at: { namespace, name: metadata.name }, body };
    }
    case 'deletePod': {
      const { name: podName, uid: podUid, resourceVersion } = step.pod.metadata;
      const at = { namespace, name: podName };
      return { verb: 'delete', resource: pods, at, uid: podUid, ...(step.isUnbound === true && { resourceVersion }) };
    }
    case 'deleteTask':
      return { verb: 'delete', resource: tasks, at: { namespace, name }, uid };
  }
}
