import { labels } from '../api/labels.ts';
import type { KubeObject, PodView } from '../api/meta.ts';
import type { Service } from '../api/service.ts';
import type { Instant } from '../base/clock.ts';
import { withdrawn } from '../core/service/reasons.ts';
import { planStopped, type StoppedStep } from '../core/service/stopped/plan.ts';
import type { StoppedWorld } from '../core/service/stopped/world.ts';
import { hasEnded } from '../core/task/facts.ts';
import { describeTask } from '../core/task/view.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { watch, type Controller } from '../kube/controller.ts';
import { keyOf } from '../kube/resource.ts';
import { defineSideController } from '../kube/side-controller.ts';
import type { Write } from '../kube/writes/act.ts';
import { creates, deletes } from '../kube/writes/permissions.ts';
import { indexes, inNamespaceOf } from './caches.ts';
import { isOwnedBy } from './bodies.ts';
import { pastLaunches } from './launches.ts';
import { nodesUnder } from './nodes.ts';
import { controllerRevisions, pods, services, tasks } from './resources.ts';
import { readDeployment } from './revisions.ts';

/**
 * Records the stopped tasks of ECSServices, and removes their pods. Beside the service's own controller, so that no
 * record delays a start or a stop, and none is missing while starts fail.
 * @param keptSeconds how long records are kept.
 */
export function stoppedTaskController({ keptSeconds }: { readonly keptSeconds: number }): Controller {
  return defineSideController({
    name: 'stopped-task',
    resource: services,
    watches: [
      watch(pods, (pod, stores) => (isOver(pod, stores) ? serviceKeys(pod) : [])),
      watch(tasks, (task) => (task.spec.kubernetes?.record ? serviceKeys(task) : [])),
    ],
    writes: [creates(tasks), deletes(tasks), deletes(pods)],
    observe: (service, stores, now) => observe(service, stores, { now, keptSeconds }),
    plan: planStopped,
    render,
  });
}

/** Whether there may be something to record or to remove. */
function isOver(pod: PodView, stores: Stores): boolean {
  return hasEnded(pod) || stores.of(pods).get(keyOf(pod)) === undefined;
}

function serviceKeys(object: KubeObject): string[] {
  const name = object.metadata.labels?.[labels.service];
  return name === undefined ? [] : [inNamespaceOf(object, name)];
}

function observe(
  service: Service,
  stores: Stores,
  settings: { readonly now: Instant; readonly keptSeconds: number },
): StoppedWorld {
  const at = inNamespaceOf(service, service.metadata.name);
  const own = isOwnedBy(service);
  const store = stores.of(pods);
  const { departures } = store;
  const departed = departures
    .byIndex(indexes.service, at)
    .filter(({ object, note }) => own(object) && note !== withdrawn);
  const ended = store.byIndex(indexes.stopped, at).filter(own);
  return {
    ...settings,
    service,
    deployments: stores.of(controllerRevisions).byIndex(indexes.service, at).filter(own).map(readDeployment),
    pods: ended.map((pod) => ({ pod, reason: departures.noteOf(pod.metadata.uid) })),
    departed: departed.map(({ object: pod, atMs, note: reason }) => ({ pod, atMs, reason })),
    nodes: nodesUnder([...ended, ...departed.map(({ object }) => object)], stores),
    records: stores.of(tasks).byIndex(indexes.service, at),
    services: stores.of(services).size,
    known: [...store.byIndex(indexes.service, at).map(describeTask), ...pastLaunches(stores, at)],
    watchedSinceMs: store.syncedAtMs ?? settings.now.epochMs,
  };
}

function render(step: StoppedStep, { service }: StoppedWorld): Write {
  const namespace = service.metadata.namespace ?? '';
  switch (step.kind) {
    case 'recordTask':
      return { verb: 'create', resource: tasks, namespace, body: step.record };
    case 'removePod':
      return { verb: 'delete', resource: pods, ...placeOf(step.pod) };
    case 'forgetRecord':
      return { verb: 'delete', resource: tasks, ...placeOf(step.task) };
  }
}

function placeOf({ metadata }: KubeObject): { at: { namespace: string; name: string }; uid: string } {
  const { namespace = '', name, uid } = metadata;
  return { at: { namespace, name }, uid };
}
