import { annotations, labels } from '../api/labels.ts';
import type { Cluster } from '../api/cluster.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Service } from '../api/service.ts';
import type { Instant } from '../base/clock.ts';
import { familyOfCapacity, resolveCapacity } from '../core/capacity/resolve.ts';
import { concludeService } from '../core/service/conclude.ts';
import { lastCapacityOf } from '../core/service/capacity.ts';
import { knownNodesOf } from '../core/placement/known-nodes.ts';
import { placeable } from '../core/placement/placeable.ts';
import { constraintsOf, isPacked, placementOf } from '../core/placement/terms.ts';
import { displayName } from '../core/service/events.ts';
import { planService } from '../core/service/plan.ts';
import { isServiceStateChange } from '../core/service/state-change.ts';
import type { ServiceStep, ServiceWorld } from '../core/service/world.ts';
import { renderPod } from '../core/task/pod/pod.ts';
import { describeTask } from '../core/task/view.ts';
import { resolutionFor } from '../core/task-definition/launch.ts';
import type { Write } from '../kube/writes/act.ts';
import { defineController, watch, type Controller } from '../kube/controller.ts';
import { createsOwned, deletes, patches } from '../kube/writes/permissions.ts';
import { keyOf } from '../kube/resource.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { endBody, isOwnedBy, owned } from './bodies.ts';
import { indexes, inNamespaceOf } from './caches.ts';
import { isNewSpec, offerTo, providerUsers } from './capacity.ts';
import { pastLaunches } from './launches.ts';
import { nodesUnder, watchNodes } from './nodes.ts';
import { freeOnNodes } from './placement-model.ts';
import { whyNotsOf } from './why-not.ts';
import { followers, namersOf, resolve, usersOf } from './references.ts';
import {
  capacityProviders,
  clusters,
  controllerRevisions,
  nodes,
  pods,
  services,
  taskDefinitions,
} from './resources.ts';
import { deploymentBody, originAnnotations, readDeployment } from './revisions.ts';

/**
 * Keeps the tasks of ECSServices running.
 * @param nodeLossSeconds how long a node may be silent before its tasks are replaced.
 */
export function serviceController({ nodeLossSeconds }: { readonly nodeLossSeconds: number }): Controller {
  const nodeLossMs = nodeLossSeconds * 1000;
  return defineController({
    name: 'service',
    resource: services,
    watches: [
      watch(pods, serviceKeys),
      watchNodes(serviceKeys),
      watch(controllerRevisions, (object, stores) => [...serviceKeys(object), ...followers(services, object, stores)]),
      watch(taskDefinitions, (object, stores) => usersOf(services, object, stores).map(keyOf)),
      watch(clusters, (object, stores) => namersOf(services, object, stores).map(keyOf), isNewSpec),
      watch(capacityProviders, (object, stores) => providerUsers(services, object, stores), isNewSpec),
    ],
    writes: [
      createsOwned(controllerRevisions),
      patches(controllerRevisions),
      deletes(controllerRevisions),
      createsOwned(pods),
      patches(pods),
      deletes(pods),
    ],
    observe: (service, stores, now) => observe(service, stores, { now, nodeLossMs }),
    plan: planService,
    render,
    conclude: concludeService,
    isStateChange: isServiceStateChange,
  });
}

function serviceKeys(object: KubeObject): string[] {
  const name = object.metadata.labels?.[labels.service];
  return name === undefined ? [] : [inNamespaceOf(object, name)];
}

function observe(
  service: Service,
  stores: Stores,
  settings: { readonly now: Instant; readonly nodeLossMs: number },
): ServiceWorld {
  const at = inNamespaceOf(service, service.metadata.name);
  const own = isOwnedBy(service);
  const ownPods = stores.of(pods).byIndex(indexes.service, at).filter(own);
  const offer = offerTo(service, stores);
  const fallback = service.spec.kubernetes?.capacityProviderFallback?.order;
  const capacity = resolveCapacity({ ...service.spec, fallback }, offer);
  const placement = placementOf(service.spec, offer.cluster?.spec);
  const knownNodes = knownNodesOf(stores.of(nodes).list());
  const resolution = resolutionFor(service.spec, capacity, resolve(service, service.spec.taskDefinition, stores));
  const constraints = constraintsOf(placement, resolution.kind === 'found' ? resolution.content : {});
  const group = `service:${displayName(service)}`;
  const whyNots = whyNotsOf(ownPods, { ...placement, constraints, group }, { stores, now: settings.now });
  return {
    ...settings,
    service,
    cluster: offer.cluster?.metadata.name,
    whyNots,
    ...(placement.mode === 'operator' && isPacked(placement) && freeOnNodes(stores)),
    ...(offer.cluster && placement.mode === 'operator' && { provisioning: unplacedIn(offer.cluster, stores) }),
    resolution: placeable(resolution, { terms: placement, known: knownNodes, launchType: familyOfCapacity(capacity) }),
    capacity,
    lastCapacity: lastCapacityOf(service, offer),
    placement,
    knownNodes,
    podLevelResources: stores.features.podLevelResources,
    deployments: stores.of(controllerRevisions).byIndex(indexes.service, at).filter(own).map(readDeployment),
    tasks: ownPods.map(describeTask),
    nodes: nodesUnder(ownPods, stores),
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
      const origin = { [annotations.changeCause]: null, ...originAnnotations(step.origin) };
      const body = { metadata: { resourceVersion, annotations: origin }, revision: step.sequence };
      return { verb: 'patch', resource: controllerRevisions, at: { namespace, name }, body };
    }
    case 'recordOutcome': {
      const { name, resourceVersion } = step.deployment;
      const body = {
        metadata: { resourceVersion, annotations: { [annotations.outcome]: JSON.stringify(step.outcome) } },
      };
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
