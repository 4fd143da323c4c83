import type { PlacementStrategy } from '../../api/placement.ts';
import { attributeOf } from './attributes.ts';
import { entriesOf, type Criterion } from './criteria.ts';
import { Heap } from './heap.ts';
import type { Amounts } from './model-types.ts';

/**
 * Which tasks of a service stop first when it scales in (ECS Developer Guide, "Task placement", and its strategies):
 * those of the lowest rank; among them those that no node has yet; then one task after the other by the strategy, which
 * is kept as it was when tasks were placed. `spread` takes from the value that has most tasks, `binpack` from the node
 * that has most free, and on from there until it is empty. Without a strategy: from the zone, then from the node with
 * most tasks. Between equal ones the id decides. Protected tasks are counted, and stay.
 *
 * Worked examples, nodes with their tasks:
 *   spread by zone, a1 [1 2 3], b1 [4 5], b2 [6]: both zones have 3: 1, then b has most: 4.
 *   binpack, a1 [1 2] with 1 GiB free, b1 [3 4] with 2 GiB free: 3, 4, 1, 2.
 *   none, a1 [1 2], a2 [3], b1 [4]: a has most, and a1 most of a: 1.
 *
 * It takes n log n steps for n tasks; with two attributes to spread over, as many for each as their values combine to.
 */

export interface ScaleInTask {
  readonly id: string;
  readonly node: string | undefined;
  /** The lower, the earlier it stops: pending ones before unhealthy ones before the others. */
  readonly rank: number;
  readonly isProtected?: boolean;
}

/** What is known of a node. */
export interface ScaleInNode {
  readonly labels: Readonly<Record<string, string>>;
  /** Where that is not known, nodes with fewer tasks of the service count as having more free. */
  readonly free: Amounts;
}

/** The ids of the `count` tasks that stop first, in order. */
export type ScaleIn<Task extends ScaleInTask = ScaleInTask> = (tasks: readonly Task[], count: number) => string[];

/** For services placed by that strategy. */
export function scaleInBy(
  strategy: readonly PlacementStrategy[],
  findNode: (name: string) => ScaleInNode | undefined,
): ScaleIn {
  const criteria = entriesOf(strategy);
  return (tasks, count) => {
    const hosts = hostsOf(tasks, { criteria, findNode });
    const stoppable = tasks.filter(({ isProtected = false }) => !isProtected);
    const byRank = [...Map.groupBy(stoppable, ({ rank }) => rank)].toSorted(([a], [b]) => a - b);
    const chosen: string[] = [];
    for (const [, same] of byRank) choose(same, { chosen, hosts, count: Math.max(0, count) });
    return chosen;
  };
}

/** What is counted, for all that it is counted for: tasks that have one value, tasks on one node; or what is free. */
interface Tally {
  most: number;
}

/** A node with tasks. */
interface Host {
  /** One for each entry of the strategy: where more is, a task goes first. */
  readonly tallies: readonly Tally[];
  /** Those of them that have a task less when one goes. */
  readonly counting: readonly Tally[];
  readonly tasks: Tally;
  readonly packs: boolean;
  /** Hosts of one cell have the same values of all attributes to spread over. */
  readonly cell: string;
}

interface Terms {
  readonly criteria: readonly Criterion[];
  readonly findNode: (name: string) => ScaleInNode | undefined;
}

function hostsOf(tasks: readonly ScaleInTask[], terms: Terms): ReadonlyMap<string, Host> {
  const shared = new Map<string, Tally>();
  const hosts = new Map<string, Host>();
  for (const { node } of tasks) {
    if (node === undefined) continue;
    const host = hosts.get(node) ?? hostOf(terms, terms.findNode(node), shared);
    hosts.set(node, host);
    for (const tally of host.counting) tally.most += 1;
  }
  return hosts;
}

function hostOf({ criteria }: Terms, node: ScaleInNode | undefined, shared: Map<string, Tally>): Host {
  const tasks: Tally = { most: 0 };
  const values = criteria.map((criterion) => valueOf(criterion, node));
  const tallies = criteria.map((criterion, index) => {
    if (criterion.kind === 'node') return tasks;
    if (criterion.kind === 'free') return { most: node?.free[criterion.resource] ?? 0 };
    const name = JSON.stringify([index, values[index]]);
    const tally = shared.get(name) ?? { most: 0 };
    shared.set(name, tally);
    return tally;
  });
  const spread = tallies.filter((_tally, index) => criteria[index]?.kind === 'value');
  const packs = criteria.some(({ kind }) => kind === 'free');
  return { tallies, counting: [tasks, ...spread], tasks, packs, cell: JSON.stringify(values) };
}

/** Null where the node has no such attribute, or it is not about one. */
function valueOf(criterion: Criterion, node: ScaleInNode | undefined): string | null {
  return criterion.kind === 'value' ? (attributeOf(node?.labels ?? {}, criterion.attribute) ?? null) : null;
}

interface Choice {
  readonly chosen: string[];
  readonly hosts: ReadonlyMap<string, Host>;
  readonly count: number;
}

/** The tasks of one rank on a node, the next one last. */
interface Queue {
  readonly host: Host;
  readonly ids: string[];
}

function choose(tasks: readonly ScaleInTask[], { chosen, hosts, count }: Choice): void {
  const unplaced = tasks.filter(({ node }) => node === undefined).map(({ id }) => id);
  chosen.push(...unplaced.toSorted().slice(0, count - chosen.length));
  const cells = cellsOf(tasks, hosts);
  while (chosen.length < count) {
    const cell = cells.first();
    const id = cell?.first?.ids.pop();
    if (!cell?.first || id === undefined) return;
    chosen.push(id);
    for (const tally of cell.first.host.counting) tally.most -= 1;
    if (cell.first.ids.length === 0) cell.remove();
    else cell.settle();
    cells.settle();
  }
}

/** Hosts that are equal in all that is counted for several of them, in order; and which of these goes first. */
interface Cells {
  readonly first: () => Heap<Queue> | undefined;
  /** After a task of the first one has gone. */
  readonly settle: () => void;
}

function cellsOf(tasks: readonly ScaleInTask[], hosts: Choice['hosts']): Cells {
  const byNode = Map.groupBy(tasks, ({ node }) => hosts.get(node ?? ''));
  const queues = [...byNode].flatMap(([host, here]) =>
    host
      ? [
          {
            host,
            ids: here
              .map(({ id }) => id)
              .toSorted()
              .toReversed(),
          },
        ]
      : [],
  );
  const byCell = Map.groupBy(queues, ({ host }) => host.cell);
  const cells = [...byCell.values()].map((cell) => new Heap(cell, goesBefore));
  // Where two attributes are spread over, cells share counts: one that goes down changes the order of others, too.
  return queues.some(({ host }) => host.counting.length > 2) ? compared(cells) : ordered(cells);
}

function ordered(cells: readonly Heap<Queue>[]): Cells {
  const heap = new Heap(cells, isEarlier);
  return { first: () => heap.first, settle: () => heap.settle() };
}

function compared(cells: readonly Heap<Queue>[]): Cells {
  const first = (): Heap<Queue> | undefined => cells.reduce((best, cell) => (isEarlier(cell, best) ? cell : best));
  return { first: cells.length === 0 ? () => undefined : first, settle: () => undefined };
}

/** Those that are empty last. */
function isEarlier(a: Heap<Queue>, b: Heap<Queue>): boolean {
  if (!a.first || !b.first) return a.first !== undefined;
  return goesBefore(a.first, b.first);
}

function goesBefore(a: Queue, b: Queue): boolean {
  const difference = firstDifference(a.host.tallies, b.host.tallies);
  if (difference !== 0) return difference > 0;
  // The emptier of two that are packed alike; one that has been taken from goes on to be it.
  if (a.host.packs && a.host.tasks.most !== b.host.tasks.most) return a.host.tasks.most < b.host.tasks.most;
  return (a.ids.at(-1) ?? '') < (b.ids.at(-1) ?? '');
}

function firstDifference(a: readonly Tally[], b: readonly Tally[]): number {
  for (let index = 0; index < a.length; index++) {
    const difference = (a[index]?.most ?? 0) - (b[index]?.most ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
