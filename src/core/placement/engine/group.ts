import { attributeOf } from '../attributes.ts';
import type { PlacementNode } from '../model-types.ts';
import type { NodeState } from './node-state.ts';

/**
 * Where the tasks of a group are. For spreading, those on nodes that take tasks count: what is on a draining or a lost
 * node is on its way elsewhere, and its place must not be held for it. Nodes without an attribute share one value.
 */
export class Group {
  readonly #perNode = new Map<NodeState, number>();
  /** By attribute, as far as somebody has asked; then kept up to date. */
  readonly #perValue = new Map<string, Map<string | undefined, number>>();

  /** The nodes that have tasks of the group, whatever their standing. */
  get nodes(): ReadonlyMap<NodeState, number> {
    return this.#perNode;
  }

  /** How many tasks are on nodes with that value of an attribute. */
  countOf(attribute: string, value: string | undefined): number {
    return this.#countsOf(attribute).get(value) ?? 0;
  }

  /** @param count how many more tasks, or fewer, are on the node. */
  add(state: NodeState, count: number): void {
    const left = (this.#perNode.get(state) ?? 0) + count;
    if (left === 0) this.#perNode.delete(state);
    else this.#perNode.set(state, left);
    this.#count(state.node, count);
  }

  /** The node is told to be another: its tasks count for other values now. */
  move(state: NodeState, to: PlacementNode | undefined): void {
    const count = this.#perNode.get(state) ?? 0;
    this.#count(state.node, -count);
    this.#count(to, count);
  }

  #count(node: PlacementNode | undefined, count: number): void {
    for (const [attribute, counts] of this.#perValue) countIn(counts, { node, attribute, count });
  }

  #countsOf(attribute: string): ReadonlyMap<string | undefined, number> {
    const known = this.#perValue.get(attribute);
    if (known) return known;
    const counts = new Map<string | undefined, number>();
    for (const [{ node }, count] of this.#perNode) countIn(counts, { node, attribute, count });
    this.#perValue.set(attribute, counts);
    return counts;
  }
}

interface Counted {
  readonly node: PlacementNode | undefined;
  readonly attribute: string;
  readonly count: number;
}

function countIn(counts: Map<string | undefined, number>, { node, attribute, count }: Counted): void {
  if (node?.standing !== 'active') return;
  const value = attributeOf(node.labels, attribute);
  counts.set(value, (counts.get(value) ?? 0) + count);
}
