import type { NodeView, PodView } from '../api/meta.ts';
import { standsOtherwise } from '../core/capacity/node-state.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { watch, type Watch } from '../kube/controller.ts';
import { keyOf } from '../kube/resource.ts';
import { indexes } from './caches.ts';
import { nodes, pods } from './resources.ts';

/** Looks at whoever has tasks on a node when that stands otherwise; most changes of a node are heartbeats. */
export function watchNodes(keysOf: (pod: PodView) => readonly string[]): Watch {
  return watch(
    nodes,
    ({ metadata }, stores) => stores.of(pods).byIndex(indexes.node, metadata.name).flatMap(keysOf),
    standsOtherwise,
  );
}

/** The nodes that these pods are bound to, by name; those that exist. @param others names of further ones. */
export function nodesUnder(
  bound: readonly PodView[],
  stores: Stores,
  others: readonly string[] = [],
): ReadonlyMap<string, NodeView> {
  const names = new Set([...bound.flatMap(({ spec }) => spec?.nodeName ?? []), ...others]);
  const store = stores.of(nodes);
  const found = [...names].flatMap((name) => store.get(keyOf({ metadata: { name } })) ?? []);
  return new Map(found.map((node) => [node.metadata.name, node]));
}
