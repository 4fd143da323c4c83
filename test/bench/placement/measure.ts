import { setImmediate as nextTurn } from 'node:timers/promises';
import { PlacementModel } from '../../../src/core/placement/engine/model.ts';
import type { PlacementNode, PlacementRequest } from '../../../src/core/placement/model-types.ts';
import { fillers, nodes, requests, strategies } from './cluster.ts';
import { FullScan } from './full-scan.ts';

/** Nodes or pods that are put before others have a turn, as an operator builds its model. */
const slice = 500;

/** Puts all nodes, places all tasks, and tells how many microseconds each took, and where it went. */
export interface Placements {
  readonly micros: readonly number[];
  readonly names: readonly string[];
}

/** @throws Error when a task finds no node: the cluster is to be large enough. */
export function placeAll(model: Pick<PlacementModel, 'place'>, asked: readonly PlacementRequest[]): Placements {
  const micros: number[] = [];
  const names: string[] = [];
  for (const request of asked) {
    const startedMs = performance.now();
    const name = model.place(request);
    micros.push((performance.now() - startedMs) * 1000);
    if (name === undefined) throw new Error(`${request.uid} was not placed`);
    names.push(name);
  }
  return { micros, names };
}

export function modelOf(all: readonly PlacementNode[]): PlacementModel {
  const model = new PlacementModel();
  for (const node of all) model.putNode(node);
  return model;
}

export function scanOf(all: readonly PlacementNode[]): FullScan {
  const scan = new FullScan();
  for (const node of all) scan.inventory.putNode(node);
  return scan;
}

/** Microseconds that it takes to find that there is no room in a cluster that is full, and why. */
export function refuse(count: number, times: number): readonly number[] {
  const all = nodes(count);
  const model = modelOf(all);
  for (const pod of fillers(all)) model.putPod(pod);
  return requests(times, 10, []).map((request) => {
    const startedMs = performance.now();
    const name = model.place(request);
    const { counts } = model.explain(request);
    const micros = (performance.now() - startedMs) * 1000;
    if (name !== undefined || counts.every(({ nodes: failed }) => failed !== count)) throw new Error('It is not full');
    return micros;
  });
}

/** The longest that nobody else had a turn, in milliseconds, while a model was built and first used. */
export async function longestBlock(count: number, tasks: number): Promise<number> {
  const all = nodes(count);
  const placed = placeAll(modelOf(all), requests(tasks, 100, []));
  const pods = requests(tasks, 100, []).map(({ uid, group, amounts }, index) => {
    const node = placed.names[index] ?? '';
    return { uid, node, group, isRunning: true, amounts, hostPorts: [] };
  });
  const model = new PlacementModel();
  const steps = [
    ...slices(all).map((some) => () => some.forEach((node) => model.putNode(node))),
    ...slices(pods).map((some) => () => some.forEach((pod) => model.putPod(pod))),
    ...Object.values(strategies).flatMap((strategy) => requests(2, 1, strategy).map((each) => () => model.place(each))),
  ];
  let longest = 0;
  for (const step of steps) {
    const startedMs = performance.now();
    step();
    longest = Math.max(longest, performance.now() - startedMs);
    await nextTurn();
  }
  return longest;
}

function slices<T>(all: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / slice);
  return Array.from({ length: count }, (_, index) => all.slice(index * slice, (index + 1) * slice));
}
