import type { NodeView, PodView } from '../api/meta.ts';
import type { Instant } from '../base/clock.ts';
import { isFargateNode } from '../core/capacity/nodes.ts';
import { PlacementModel } from '../core/placement/engine/model.ts';
import { isNodeNews, placementNode } from '../core/placement/operator/node.ts';
import { placedPod } from '../core/placement/operator/placed-pod.ts';
import type { WhyNot } from '../core/placement/model-types.ts';
import type { Asked } from '../core/placement/operator/request.ts';
import type { ServiceWorld } from '../core/service/world.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { keyOf } from '../kube/resource.ts';
import { nodes, pods } from './resources.ts';

/** Changes taken in at once, so that nothing else waits for more than some milliseconds. */
const mostAtOnce = 2_000;

/** How long an explanation holds, and how many are kept. */
const explainedMs = 2_000;
const mostExplained = 1_000;

/**
 * The model of nodes and pods, kept up with the stores: changes are noted as they come, and taken in when somebody wants to
 * place or to explain. Where nobody ever does, there is no model.
 */
export class LiveModel {
  readonly model = new PlacementModel();
  readonly #stores: Stores;
  /** By name, and by uid, as they are now; undefined for those that are gone. */
  readonly #changedNodes = new Map<string, NodeView | undefined>();
  readonly #changedPods = new Map<string, PodView | undefined>();
  /** By shape: to explain is to ask each node, and those who ask for the same ask together. */
  readonly #explained = new Map<string, { readonly whyNot: WhyNot | undefined; readonly untilMs: number }>();
  /** Uids of the pods in the model. */
  readonly #held = new Set<string>();
  /** By uid: pods for which the model keeps room, though nothing says yet that they were pinned. */
  #reserved: ReadonlyMap<string, PodView> = new Map();

  constructor(stores: Stores) {
    this.#stores = stores;
    for (const node of stores.of(nodes).list()) this.#changedNodes.set(node.metadata.name, node);
    for (const pod of stores.of(pods).list()) this.#changedPods.set(pod.metadata.uid, pod);
    stores.of(nodes).onChange(({ before, after }) => {
      if (before && after && !isNodeNews(before, after)) return;
      for (const each of [before, after]) if (each) this.#changedNodes.set(each.metadata.name, after);
    });
    stores.of(pods).onChange(({ before, after }) => {
      if (before && before.metadata.uid !== after?.metadata.uid) this.#notePod(before.metadata.uid, undefined);
      if (after) this.#notePod(after.metadata.uid, after);
    });
  }

  /** Takes in what has changed, or a part of it. @returns whether that was all. */
  catchUp(): boolean {
    for (const [name, node] of firstOf(this.#changedNodes)) {
      if (node && !isFargateNode(node)) this.model.putNode(placementNode(node));
      else this.model.removeNode(name);
    }
    for (const [uid, pod] of firstOf(this.#changedPods)) this.#takeIn(uid, pod);
    return this.#changedNodes.size + this.#changedPods.size === 0;
  }

  /** The model keeps the room that it has promised to these, whatever comes, until it is released. */
  reserve(reserved: readonly PodView[]): void {
    this.#reserved = new Map(reserved.map((pod) => [pod.metadata.uid, pod]));
  }

  /** What was promised is over: each pod is pinned by now, or has no claim. */
  release(): void {
    for (const [uid, pod] of this.#reserved) this.#changedPods.set(uid, this.#current(pod));
    this.#reserved = new Map();
  }

  /** Whether the model keeps room for the pod: then it is about to be placed. */
  isReserved({ metadata }: PodView): boolean {
    return this.#reserved.has(metadata.uid);
  }

  /** Why no node takes what is asked for, as far as the model has heard; undefined when one does. */
  whyNot({ request, shape }: Asked, { epochMs }: Instant): WhyNot | undefined {
    const known = this.#explained.get(shape);
    if (known && epochMs < known.untilMs) return known.whyNot;
    const whyNot = this.model.fits(request) ? undefined : this.model.explain(request);
    if (this.#explained.size >= mostExplained) this.#explained.clear();
    this.#explained.set(shape, { whyNot, untilMs: epochMs + explainedMs });
    return whyNot;
  }

  #takeIn(uid: string, pod: PodView | undefined): void {
    if (this.#reserved.has(uid)) return;
    const placed = pod && placedPod(pod);
    if (placed) {
      this.model.putPod(placed);
      this.#held.add(uid);
    } else {
      this.model.removePod(uid);
      this.#held.delete(uid);
    }
  }

  /** One that went before it was taken in was never there: what nobody takes in does not pile up. */
  #notePod(uid: string, pod: PodView | undefined): void {
    if (pod === undefined && !this.#held.has(uid)) this.#changedPods.delete(uid);
    else this.#changedPods.set(uid, pod);
  }

  #current(pod: PodView): PodView | undefined {
    const held = this.#stores.of(pods).get(keyOf(pod));
    return held?.metadata.uid === pod.metadata.uid ? held : undefined;
  }
}

/** Takes the first entries out of a map. */
function firstOf<Key, Value>(map: Map<Key, Value>): [Key, Value][] {
  const entries: [Key, Value][] = [];
  for (const entry of map) {
    if (entries.length === mostAtOnce) break;
    entries.push(entry);
    map.delete(entry[0]);
  }
  return entries;
}

const models = new WeakMap<Stores, LiveModel>();

/** The one model of these stores. */
export function liveModelOf(stores: Stores): LiveModel {
  const model = models.get(stores) ?? new LiveModel(stores);
  models.set(stores, model);
  return model;
}

/** What is free on nodes, for scale-in: nothing is said of it before the model has heard of everything. */
export function freeOnNodes(stores: Stores): Pick<ServiceWorld, 'freeOn'> {
  const live = liveModelOf(stores);
  return live.catchUp() ? { freeOn: (name) => live.model.findNode(name)?.free } : {};
}
