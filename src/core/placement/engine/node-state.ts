import type { Amounts, PlacedPod, PlacementNode } from '../model-types.ts';
import { scatter } from './scatter.ts';

/** A node with what is on it, summed up, so that a pod that comes or goes is a few additions. */
export interface NodeState {
  readonly name: string;
  /** Its place in arrays; the next one gets it when the node is gone. */
  readonly slot: number;
  /** Where it stands among nodes that are equal otherwise. */
  readonly order: number;
  /** Undefined while there are pods on it and nobody has told of it, or when it is gone before them. */
  node: PlacementNode | undefined;
  /** What is left, by the number of the resource; below zero while there is no node. */
  readonly free: number[];
  /** How much of it is taken: the sum of the shares of cpu, memory and pods. */
  load: number;
  pods: number;
  /** Tasks by group. */
  readonly groups: Map<string, number>;
  /** Pods by the port of the node that they use. */
  readonly hostPorts: Map<string, number>;
  runningTasks: number;
  /** That of its last change; no two changes have the same. */
  version: number;
}

/** Numbers for the names of resources. The first are the ones that all pods have to do with. */
export class ResourceNumbers {
  readonly #numbers = new Map<string, number>(commonResources.map((name, number) => [name, number]));

  of(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(name, number);
    return number;
  }
}

export const commonResources = ['cpu', 'memory', 'pods'] as const;

export function newNodeState(name: string, slot: number): NodeState {
  const empty = { node: undefined, free: [0, 0, 0], load: 0, pods: 0, runningTasks: 0, version: 0 };
  return { name, slot, order: scatter(name), ...empty, groups: new Map(), hostPorts: new Map() };
}

/** @param sign 1 when the amounts become free, -1 when they are taken. */
export function addFree(state: NodeState, amounts: Amounts, { sign, numbers }: Addition): void {
  for (const name in amounts) {
    const number = numbers.of(name);
    while (state.free.length <= number) state.free.push(0);
    state.free[number] = (state.free[number] ?? 0) + sign * (amounts[name] ?? 0);
  }
}

export interface Addition {
  readonly sign: 1 | -1;
  readonly numbers: ResourceNumbers;
}

/** Counts a pod in, or out of, all but the resources and the group's own counts. */
export function countPod(state: NodeState, { group, isRunning, hostPorts }: PlacedPod, sign: 1 | -1): void {
  state.pods += sign;
  for (const port of hostPorts) countIn(state.hostPorts, port, sign);
  if (group === undefined) return;
  countIn(state.groups, group, sign);
  if (isRunning) state.runningTasks += sign;
}

/** After a change of any kind. */
export function settle(state: NodeState, version: number): void {
  state.version = version;
  state.load = state.node ? loadOf(state, state.node.allocatable) : 0;
}

function loadOf({ free }: NodeState, allocatable: Amounts): number {
  let load = 0;
  for (const [number, name] of commonResources.entries()) {
    const all = allocatable[name] ?? 0;
    load += all > 0 ? 1 - (free[number] ?? 0) / all : 1;
  }
  return load;
}

function countIn(counts: Map<string, number>, key: string, by: number): void {
  const left = (counts.get(key) ?? 0) + by;
  if (left === 0) counts.delete(key);
  else counts.set(key, left);
}
