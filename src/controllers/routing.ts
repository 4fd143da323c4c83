import { labels } from '../api/labels.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Service } from '../api/service.ts';
import type { Instant } from '../base/clock.ts';
import { primaryOf, type DeploymentRecord } from '../core/service/deployment.ts';
import { calledNames } from '../core/service/routing/names.ts';
import { planRouting, type RoutingStep, type RoutingWorld } from '../core/service/routing/plan.ts';
import type { RoutingSight } from '../core/service/world.ts';
import { hasEnded } from '../core/task/facts.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { watch, type Watch } from '../kube/controller.ts';
import { keyOf, type Resource } from '../kube/resource.ts';
import { defineSideController } from '../kube/side-controller.ts';
import type { Write } from '../kube/writes/act.ts';
import { createsOwned, deletes, patches } from '../kube/writes/permissions.ts';
import { isOwnedBy, owned } from './bodies.ts';
import { indexes, inNamespaceOf, isOfService } from './caches.ts';
import { controllerRevisions, coreServices, pods, services, targetGroupBindings } from './resources.ts';
import { readDeployment } from './revisions.ts';

/** Changes of core Services and TargetGroupBindings that matter to ECSServices. */
export const routingWatches: readonly Watch[] = [
  watch(coreServices, routedKeys),
  watch(targetGroupBindings, serviceKeys, isNews),
];

/**
 * Keeps the core Services of each ECSService by which its tasks are reached, and the TargetGroupBindings. Which
 * deployments have tasks is in its status, so that pods need not be watched.
 */
export const routingController = defineSideController({
  name: 'routing',
  resource: services,
  watches: [...routingWatches, watch(controllerRevisions, serviceKeys)],
  writes: [
    createsOwned(coreServices),
    patches(coreServices),
    deletes(coreServices),
    createsOwned(targetGroupBindings),
    deletes(targetGroupBindings),
  ],
  observe,
  plan: planRouting,
  render,
});

function serviceKeys(object: KubeObject): string[] {
  const name = object.metadata.labels?.[labels.service];
  return name === undefined ? [] : [inNamespaceOf(object, name)];
}

/** Its own service; for anybody else's, those that would call themselves so. */
function routedKeys(object: KubeObject, stores: Stores): string[] {
  const others = stores.of(services).byIndex(indexes.routed, inNamespaceOf(object, object.metadata.name));
  return [...(isOfService(object) ? serviceKeys(object) : []), ...others.map(keyOf)];
}

/** Not what the AWS Load Balancer Controller notes on it. */
function isNews({ metadata: old }: KubeObject, { metadata: next }: KubeObject): boolean {
  return old.uid !== next.uid || old.generation !== next.generation || old.deletionTimestamp !== next.deletionTimestamp;
}

/** What the cluster lets the routing of a service be. */
export function routingSightOf(service: Service, stores: Stores): RoutingSight {
  const own = isOwnedBy(service);
  const taken = calledNames(service.metadata, service.spec).filter((name) => {
    const held = stores.of(coreServices).get(inNamespaceOf(service, name));
    return held !== undefined && !own(held);
  });
  return { taken, servesBindings: stores.of(targetGroupBindings).isServed };
}

function observe(service: Service, stores: Stores, now: Instant): RoutingWorld {
  const at = inNamespaceOf(service, service.metadata.name);
  const own = isOwnedBy(service);
  return {
    now,
    service,
    deployments: routedDeployments(service, stores),
    core: stores.of(coreServices).byIndex(indexes.service, at).filter(own),
    bindings: stores.of(targetGroupBindings).byIndex(indexes.service, at).filter(own),
    sight: routingSightOf(service, stores),
  };
}

/** The PRIMARY one, then those whose tasks are not all over. */
function routedDeployments(service: Service, stores: Stores): DeploymentRecord[] {
  const at = inNamespaceOf(service, service.metadata.name);
  const own = isOwnedBy(service);
  const all = stores.of(controllerRevisions).byIndex(indexes.service, at).filter(own).map(readDeployment);
  const running = stores.of(pods).byIndex(indexes.service, at).filter(own);
  const occupied = new Set(
    running.filter((pod) => !hasEnded(pod)).map(({ metadata }) => metadata.labels?.[labels.deployment]),
  );
  const primary = primaryOf(all);
  return all
    .filter((each) => each === primary || occupied.has(each.digits))
    .toSorted((a, b) => b.sequence - a.sequence);
}

function render(step: RoutingStep, { service }: RoutingWorld): Write {
  const namespace = service.metadata.namespace ?? '';
  switch (step.kind) {
    case 'createCoreService':
      return { verb: 'create', resource: coreServices, namespace, body: owned(step.body, service) };
    case 'changeCoreService': {
      const { name, resourceVersion } = step.object.metadata;
      const body = { metadata: { resourceVersion }, spec: step.spec };
      return { verb: 'patch', resource: coreServices, at: { namespace, name }, body };
    }
    case 'createBinding':
      return { verb: 'create', resource: targetGroupBindings, namespace, body: owned(step.body, service) };
    case 'removeCoreService':
      return removal(coreServices, step.object);
    case 'removeBinding':
      return removal(targetGroupBindings, step.object);
  }
}

function removal(resource: Resource<KubeObject>, { metadata }: KubeObject): Write {
  const { namespace = '', name, uid } = metadata;
  return { verb: 'delete', resource, at: { namespace, name }, uid };
}
