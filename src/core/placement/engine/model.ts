import type { PlacedPod, PlacementNode, PlacementRequest, WhyNot } from '../model-types.ts';
import type { ScaleInNode } from '../scale-in.ts';
import { choose } from './choose.ts';
import { Inventory } from './inventory.ts';
import type { NodeState } from './node-state.ts';
import { freeOf } from './preference.ts';
import { explain } from './why-not.ts';
import { Lanes, usualLimits, type LaneLimits } from './lanes.ts';

/** The nodes, what is on them, and where the next task goes. */
export class PlacementModel {
  readonly #inventory = new Inventory();
  readonly #lanes: Lanes;

  constructor(limits: LaneLimits = usualLimits) {
    this.#lanes = new Lanes(this.#inventory, limits);
  }

  putNode(node: PlacementNode): void {
    this.#inventory.putNode(node);
  }

  removeNode(name: string): void {
    this.#inventory.removeNode(name);
  }

  /** It may come before its node, and takes the place of what was known of it. */
  putPod(pod: PlacedPod): void {
    this.#inventory.putPod(pod);
  }

  removePod(uid: string): void {
    this.#inventory.removePod(uid);
  }

  /**
   * The node for a task; it counts as being there from now on, until its pod is put or it is released. Undefined when
   * no node takes it. A task that is placed again leaves its place first.
   */
  place(request: PlacementRequest): string | undefined {
    const { uid, group, amounts, hostPorts } = request;
    this.release(uid);
    const node = this.#choose(request)?.name;
    if (node !== undefined) this.putPod({ uid, node, group, isRunning: false, amounts, hostPorts });
    return node;
  }

  /** Gives back what a task was to have. */
  release(uid: string): void {
    this.removePod(uid);
  }

  /** Whether there is a node for a task. */
  fits(request: PlacementRequest): boolean {
    return this.#choose(request) !== undefined;
  }

  /** Why there is none. */
  explain(request: PlacementRequest): WhyNot {
    return explain(request, this.#inventory);
  }

  /** What scale-in asks of a node. */
  findNode(name: string): ScaleInNode | undefined {
    const state = this.#inventory.findNode(name);
    if (!state?.node) return undefined;
    return { labels: state.node.labels, free: { cpu: freeOf(state, 'cpu'), memory: freeOf(state, 'memory') } };
  }

  #choose(request: PlacementRequest): NodeState | undefined {
    return choose(request, this.#inventory, this.#lanes);
  }
}
