import { labels } from '../api/labels.ts';
import type { Cluster } from '../api/cluster.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Service } from '../api/service.ts';
import type { Instant } from '../base/clock.ts';
import { concludeService } from '../core/service/conclude.ts';
import { launchTypeOf } from '../core/capacity/launch-type.ts';
import { knownNodesOf } from '../core/placement/known-nodes.ts';
import { placeable } from '../core/placement/placeable.ts';
import { constraintsOf, placementOf } from '../core/placement/terms.ts';
import { displayName } from '../core/service/events.ts';
import { planService } from '../core/service/plan.ts';
import { isServiceStateChange } from '../core/service/state-change.ts';
import type { ServiceStep, ServiceWorld } from '../core/service/world.ts';
import { renderPod } from '../core/task/pod/pod.ts';
import { describeTask } from '../core/task/view.ts';
import { resolutionFor } from '../core/task-definition/launch.ts';
import { familyOf } from '../core/task-definition/resolve.ts';
import type { Write } from '../kube/writes/act.ts';
import { defineController, watch } from '../kube/controller.ts';
import { createsOwned, deletes, patches } from '../kube/writes/permissions.ts';
import { keyOf } from '../kube/resource.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { endBody, isOwnedBy, owned } from './bodies.ts';
import { findCluster, indexes, inNamespaceOf, namesOf } from './caches.ts';
import { pastLaunches } from './launches.ts';
import { whyNotOf } from './why-not.ts';
import { followers, resolve } from './references.ts';
import { clusters, controllerRevisions, nodes, pods, services, taskDefinitions } from './resources.ts';
import { deploymentBody, readDeployment } from './revisions.ts';

/** Keeps the tasks of ECSServices running. */
export const serviceController = defineController({
  name: 'service',
  resource: services,
  watches: [
    watch(pods, serviceKeys),
    watch(controllerRevisions, (object, stores) => [...serviceKeys(object), ...followers(services, object, stores)]),
    watch(taskDefinitions, (object, stores) =>
      [object.metadata.name, familyOf(object)].flatMap((name) =>
        stores.of(services).byIndex(indexes.family, inNamespaceOf(object, name)).map(keyOf),
      ),
    ),
    watch(clusters, (object, stores) =>
      namesOf(object).flatMap((name) =>
        stores.of(services).byIndex(indexes.cluster, inNamespaceOf(object, name)).map(keyOf),
      ),
    ),
  ],
  writes: [
    createsOwned(controllerRevisions),
    patches(controllerRevisions),
    deletes(controllerRevisions),
    createsOwned(pods),
    patches(pods),
    deletes(pods),
  ],
  observe,
  plan: planService,
  render,
  conclude: concludeService,
  isStateChange: isServiceStateChange,
});

function serviceKeys(object: KubeObject): string[] {
  const name = object.metadata.labels?.[labels.service];
  return name === undefined ? [] : [inNamespaceOf(object, name)];
}

function observe(service: Service, stores: Stores, now: Instant): ServiceWorld {
  const at = inNamespaceOf(service, service.metadata.name);
  const own = isOwnedBy(service);
  const cluster = findCluster(service, stores);
  const placement = placementOf(service.spec, cluster?.spec);
  const knownNodes = knownNodesOf(stores.of(nodes).list());
  const resolution = resolutionFor(service.spec, resolve(service, service.spec.taskDefinition, stores));
  const ownPods = stores.of(pods).byIndex(indexes.service, at).filter(own);
  const content = resolution.kind === 'found' ? resolution.content : {};
  const constraints = constraintsOf(placement, content);
  const group = `service:${displayName(service)}`;
  const whyNot = whyNotOf(ownPods, { ...placement, constraints, group }, { stores, now });
  return {
    now,
    service,
    cluster: cluster?.metadata.name,
    ...(whyNot && { whyNot }),
    ...(cluster && placement.mode === 'operator' && { provisioning: unplacedIn(cluster, stores) }),
    resolution: placeable(resolution, { terms: placement, known: knownNodes, launchType: launchTypeOf(service.spec) }),
    placement,
    knownNodes,
    podLevelResources: stores.features.podLevelResources,
    deployments: stores.of(controllerRevisions).byIndex(indexes.service, at).filter(own).map(readDeployment),
    tasks: ownPods.map(describeTask),
    gone: pastLaunches(stores, at),
  };
}

/** How many tasks of the cluster wait for us to place them. */
function unplacedIn(cluster: Cluster, stores: Stores): number {
  return stores.of(pods).byIndex(indexes.unplaced, inNamespaceOf(cluster, cluster.metadata.name)).length;
}

function render(step: ServiceStep, { service }: ServiceWorld): Write {
  const namespace = service.metadata.namespace ?? '';
  switch (step.kind) {
    case 'createDeployment': {
      const body = owned(deploymentBody(step.deployment, service.metadata.name), service);
      return { verb: 'create', resource: controllerRevisions, namespace, body };
    }
    case 'promoteDeployment': {
      const { name, resourceVersion } = step.deployment;
      const body = { metadata: { resourceVersion }, revision: step.sequence };
      return { verb: 'patch', resource: controllerRevisions, at: { namespace, name }, body };
    }
    case 'forgetDeployment': {
      const { name, uid } = step.deployment;
      return { verb: 'delete', resource: controllerRevisions, at: { namespace, name }, uid };
    }
    case 'startTask':
      return { verb: 'create', resource: pods, namespace, body: owned(renderPod(step.task), service) };
    case 'stopTask': {
      const { podName: name, podUid: uid } = step.task;
      return { verb: 'delete', resource: pods, at: { namespace, name }, uid, note: step.reason };
    }
    case 'endTask':
      return {
        verb: 'patch',
        resource: pods,
        at: { namespace, name: step.task.podName },
        body: endBody(step.task, step.end),
      };
  }
}
