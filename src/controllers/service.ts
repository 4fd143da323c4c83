import { annotations, labels } from '../api/labels.ts';
import type { Cluster } from '../api/cluster.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Service } from '../api/service.ts';
import type { Instant } from '../base/clock.ts';
import { familyOfCapacity } from '../core/capacity/resolve.ts';
import { concludeService } from '../core/service/conclude.ts';
import { capacityOfService, lastCapacityOf } from '../core/service/capacity.ts';
import { knownNodesOf } from '../core/placement/known-nodes.ts';
import { placeable } from '../core/placement/placeable.ts';
import { constraintsOf, isPacked, placementOf, type PlacementTerms } from '../core/placement/terms.ts';
import type { DeploymentRecord } from '../core/service/deployment.ts';
import { displayName } from '../core/service/events.ts';
import { servicePromises } from '../core/service/invariants.ts';
import { planService } from '../core/service/plan.ts';
import { routable } from '../core/service/routing/problem.ts';
import type { AlarmPort } from '../core/service/alarm-watch.ts';
import { isServiceStateChange } from '../core/service/state-change.ts';
import type { ServiceStep, ServiceWorld } from '../core/service/world.ts';
import { describeTask } from '../core/task/view.ts';
import { resolutionFor } from '../core/task-definition/launch.ts';
import type { Write } from '../kube/writes/act.ts';
import { defineController, watch, type Controller } from '../kube/controller.ts';
import { createsOwned, deletes, patches } from '../kube/writes/permissions.ts';
import { keyOf } from '../kube/resource.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { alarmsFor } from './alarms.ts';
import { isOwnedBy, owned } from './bodies.ts';
import { indexes, inNamespaceOf } from './caches.ts';
import { isNewSpec, offerTo, providerUsers } from './capacity.ts';
import { pastLaunches } from './launches.ts';
import { watchNodes } from './nodes.ts';
import { nodesOf, watchLastTasks, watchNodesForDaemons } from './daemons.ts';
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
import { routingSightOf, routingWatches } from './routing.ts';
import { taskWrite } from './task-writes.ts';

interface ServiceSettings {
  readonly nodeLossSeconds: number;
  readonly alarms?: AlarmPort | undefined;
}

/**
 * Keeps the tasks of ECSServices running.
 * @param nodeLossSeconds how long a node may be silent before its tasks are replaced.
 * @param alarms who looks at the alarms of deployments; nobody when absent.
 */
export function serviceController({ nodeLossSeconds, alarms }: ServiceSettings): Controller {
  const nodeLossMs = nodeLossSeconds * 1000;
  return defineController({
    name: 'service',
    resource: services,
    watches: [
      watch(pods, serviceKeys),
      watchNodes(serviceKeys),
      watchNodesForDaemons(),
      watchLastTasks(serviceKeys),
      watch(controllerRevisions, (object, stores) => [...serviceKeys(object), ...followers(services, object, stores)]),
      watch(taskDefinitions, (object, stores) => usersOf(services, object, stores).map(keyOf)),
      watch(clusters, (object, stores) => namersOf(services, object, stores).map(keyOf), isNewSpec),
      ...routingWatches,
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
    observe: (service, stores, now) => observe(service, stores, { now, nodeLossMs, alarms }),
    plan: planService,
    promises: servicePromises,
    render,
    conclude: concludeService,
    isStateChange: isServiceStateChange,
  });
}

function serviceKeys(object: KubeObject): string[] {
  const name = object.metadata.labels?.[labels.service];
  return name === undefined ? [] : [inNamespaceOf(object, name)];
}

/** What an observation rests on beside the stores. */
interface Look {
  readonly now: Instant;
  readonly nodeLossMs: number;
  readonly alarms: AlarmPort | undefined;
}

function observe(service: Service, stores: Stores, { alarms, ...settings }: Look): ServiceWorld {
  const at = inNamespaceOf(service, service.metadata.name);
  const own = isOwnedBy(service);
  const ownPods = stores.of(pods).byIndex(indexes.service, at).filter(own);
  const offer = offerTo(service, stores);
  const placement = placementOf(service.spec, offer.cluster?.spec);
  const capacity = capacityOfService(service, offer);
  const knownNodes = knownNodesOf(stores.of(nodes).list());
  const resolution = resolutionFor(service.spec, capacity, resolve(service, service.spec.taskDefinition, stores));
  const constraints = constraintsOf(placement, resolution.kind === 'found' ? resolution.content : {});
  const request = { ...placement, constraints, group: `service:${displayName(service)}` };
  const deployments = stores.of(controllerRevisions).byIndex(indexes.service, at).filter(own).map(readDeployment);
  return {
    ...settings,
    service,
    cluster: offer.cluster?.metadata.name,
    whyNots: whyNotsOf(ownPods, request, { stores, now: settings.now }),
    ...(placement.mode === 'operator' && placedByUs(placement, offer.cluster, stores)),
    resolution: placeable(routable(resolution, service), {
      terms: placement,
      known: knownNodes,
      launchType: familyOfCapacity(capacity),
    }),
    capacity,
    lastCapacity: lastCapacityOf(service, offer),
    placement,
    knownNodes,
    podLevelResources: stores.features.podLevelResources,
    deployments,
    ...alarmsFor(service, deployments, alarms),
    tasks: ownPods.map(describeTask),
    ...nodesOf(service, ownPods, stores),
    gone: pastLaunches(stores, at),
    routing: routingSightOf(service, stores),
  };
}

/** What matters only where we place the tasks. */
function placedByUs(
  placement: PlacementTerms,
  cluster: Cluster | undefined,
  stores: Stores,
): Pick<ServiceWorld, 'freeOn' | 'provisioning'> {
  return {
    ...(isPacked(placement) && freeOnNodes(stores)),
    ...(cluster && { provisioning: unplacedIn(cluster, stores) }),
  };
}

/** How many tasks of the cluster wait for us to place them. */
function unplacedIn(cluster: Cluster, stores: Stores): number {
  return stores.of(pods).byIndex(indexes.unplaced, inNamespaceOf(cluster, cluster.metadata.name)).length;
}

function render(step: ServiceStep, { service }: ServiceWorld): Write {
  if ('task' in step) return taskWrite(step, service);
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
      return noteOn(step.deployment, namespace, { [annotations.outcome]: JSON.stringify(step.outcome) });
    }
    case 'pinImages': {
      return noteOn(step.deployment, namespace, { [annotations.images]: JSON.stringify(step.images) });
    }
    case 'forgetDeployment': {
      const { name, uid } = step.deployment;
      return { verb: 'delete', resource: controllerRevisions, at: { namespace, name }, uid };
    }
  }
}

function noteOn(
  { name, resourceVersion }: DeploymentRecord,
  namespace: string,
  notes: Readonly<Record<string, string>>,
): Write {
  const body = { metadata: { resourceVersion, annotations: notes } };
  return { verb: 'patch', resource: controllerRevisions, at: { namespace, name }, body };
}
