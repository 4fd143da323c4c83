import type { NodeView, PodView } from '../api/meta.ts';
import type { Service } from '../api/service.ts';
import { isDrained, standsOtherwise } from '../core/capacity/node-state.ts';
import type { ServiceWorld } from '../core/service/world.ts';
import { isOfDaemon } from '../core/task/pod/daemon.ts';
import { hasEnded } from '../core/task/facts.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { watch, type Watch } from '../kube/controller.ts';
import { keyOf } from '../kube/resource.ts';
import { indexes } from './caches.ts';
import { nodesUnder } from './nodes.ts';
import { nodes, pods, services } from './resources.ts';

/** Looks at the DAEMONs when a node comes or goes, stands otherwise, or is another one for those who choose by what it is. */
export function watchNodesForDaemons(): Watch {
  return watch(nodes, (_, stores) => stores.of(services).byIndex(indexes.daemon, '').map(keyOf), isOtherwise);
}

/** The last of the other tasks of a drained node lets the DAEMONs' go, so that those are looked at when it is gone. */
export function watchLastTasks(keysOf: (pod: PodView) => readonly string[]): Watch {
  return watch(pods, (pod, stores) => {
    const name = pod.spec?.nodeName;
    if (name === undefined || isOfDaemon(pod) || !isDrained(stores.of(nodes).get(keyOf({ metadata: { name } }))))
      return [];
    return stores.of(pods).byIndex(indexes.node, name).filter(isOfDaemon).flatMap(keysOf);
  });
}

/** The nodes that a service rests on: those of its tasks; of a DAEMON all there are, and whether others have tasks there. */
export function nodesOf(
  { spec }: Service,
  own: readonly PodView[],
  stores: Stores,
): Pick<ServiceWorld, 'nodes' | 'hasOthersOn'> {
  if (spec.schedulingStrategy !== 'DAEMON') return { nodes: nodesUnder(own, stores) };
  const all = stores.of(nodes).list();
  const store = stores.of(pods);
  return {
    nodes: new Map(all.map((node) => [node.metadata.name, node])),
    hasOthersOn: (name) => store.byIndex(indexes.node, name).some((pod) => !isOfDaemon(pod) && !hasEnded(pod)),
  };
}

/** A heartbeat is no news. */
function isOtherwise(before: NodeView, after: NodeView): boolean {
  return standsOtherwise(before, after) || traitsOf(before) !== traitsOf(after);
}

function traitsOf({ metadata, spec }: NodeView): string {
  return JSON.stringify([metadata.uid, metadata.labels, spec?.taints, spec?.providerID]);
}
