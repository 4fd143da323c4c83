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
 * It takes n log n steps for n tasks, and as many comparisons for each as there are combinations of spread values.
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

export type ScaleIn = (tasks: readonly ScaleInTask[], count: number) => string[];

/** For services placed by that strategy: the ids of the `count` tasks that stop first, in order. */
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
    const cell = cells.reduce((best, other) => (isFirst(other, best) ? other : best), cells[0]);
    const id = cell?.first?.ids.pop();
    if (!cell?.first || id === undefined) return;
    chosen.push(id);
    for (const tally of cell.first.host.counting) tally.most -= 1;
    if (cell.first.ids.length === 0) cell.remove();
    else cell.settle();
  }
}

function cellsOf(tasks: readonly ScaleInTask[], hosts: Choice['hosts']): readonly Heap<Queue>[] {
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
  return [...byCell.values()].map((cell) => new Heap(cell, goesBefore));
}

function isFirst(cell: Heap<Queue>, best: Heap<Queue> | undefined): boolean {
  if (!cell.first) return false;
  return !best?.first || goesBefore(cell.first, best.first);
}

function goesBefore(a: Queue, b: Queue): boolean {
  for (const [index, { most }] of a.host.tallies.entries()) {
    const difference = most - (b.host.tallies[index]?.most ?? 0);
    if (difference !== 0) return difference > 0;
  }
  // The emptier of two that are packed alike; one that has been taken from goes on to be it.
  if (a.host.packs && a.host.tasks.most !== b.host.tasks.most) return a.host.tasks.most < b.host.tasks.most;
  return (a.ids.at(-1) ?? '') < (b.ids.at(-1) ?? '');
}
