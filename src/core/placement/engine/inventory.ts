import type { PlacedPod, PlacementNode } from '../model-types.ts';
import { ChangeLog } from './change-log.ts';
import { Group } from './group.ts';
import { addFree, countPod, newNodeState, ResourceNumbers, settle, type NodeState } from './node-state.ts';

/**
 * Which nodes there are and what is on them. Pods may come before their node, and outlive it. Each change costs what it
 * changes, and is put into a log for the lanes that have to know.
 */
export class Inventory {
  readonly numbers = new ResourceNumbers();
  readonly changes = new ChangeLog();
  readonly #byName = new Map<string, NodeState>();
  readonly #bySlot: (NodeState | undefined)[] = [];
  readonly #vacant: number[] = [];
  readonly #pods = new Map<string, PlacedPod>();
  readonly #groups = new Map<string, Group>();

  /** By slot, nodes that nobody has told of among them. */
  get states(): readonly (NodeState | undefined)[] {
    return this.#bySlot;
  }

  findNode(name: string): NodeState | undefined {
    return this.#byName.get(name);
  }

  findGroup(name: string): Group | undefined {
    return this.#groups.get(name);
  }

  putNode(node: PlacementNode): void {
    this.#become(this.#stateOf(node.name), node);
  }

  removeNode(name: string): void {
    const state = this.#byName.get(name);
    if (state) this.#become(state, undefined);
  }

  putPod(pod: PlacedPod): void {
    this.removePod(pod.uid);
    this.#pods.set(pod.uid, pod);
    this.#count(this.#stateOf(pod.node), pod, 1);
  }

  removePod(uid: string): void {
    const pod = this.#pods.get(uid);
    const state = pod && this.#byName.get(pod.node);
    if (!state) return;
    this.#pods.delete(uid);
    this.#count(state, pod, -1);
  }

  #become(state: NodeState, node: PlacementNode | undefined): void {
    const { numbers } = this;
    for (const group of state.groups.keys()) this.#groups.get(group)?.move(state, node);
    if (state.node) addFree(state, state.node.allocatable, { sign: -1, numbers });
    if (node) addFree(state, node.allocatable, { sign: 1, numbers });
    state.node = node;
    this.#changed(state);
  }

  #count(state: NodeState, pod: PlacedPod, sign: 1 | -1): void {
    addFree(state, pod.amounts, { sign: sign === 1 ? -1 : 1, numbers: this.numbers });
    countPod(state, pod, sign);
    if (pod.group !== undefined) this.#countInGroup(pod.group, state, sign);
    this.#changed(state);
  }

  #countInGroup(name: string, state: NodeState, sign: 1 | -1): void {
    const group = this.#groups.get(name) ?? new Group();
    group.add(state, sign);
    if (group.nodes.size > 0) this.#groups.set(name, group);
    else this.#groups.delete(name);
  }

  #changed(state: NodeState): void {
    settle(state, this.changes.end);
    if (!state.node && state.pods === 0) this.#forget(state);
    this.changes.add(state.slot, this.#bySlot.length);
  }

  #stateOf(name: string): NodeState {
    const known = this.#byName.get(name);
    if (known) return known;
    const slot = this.#vacant.pop() ?? this.#bySlot.length;
    const state = newNodeState(name, slot);
    this.#byName.set(name, state);
    this.#bySlot[slot] = state;
    return state;
  }

  #forget({ name, slot }: NodeState): void {
    this.#byName.delete(name);
    this.#bySlot[slot] = undefined;
    this.#vacant.push(slot);
  }
}
