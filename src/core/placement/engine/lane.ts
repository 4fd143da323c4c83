import { attributeOf } from '../attributes.ts';
import type { Criterion } from '../criteria.ts';
import type { PlacementNode } from '../model-types.ts';
import type { Inventory } from './inventory.ts';
import type { NodeState } from './node-state.ts';
import { freeOf, isBefore } from './preference.ts';
import { SortedSlots, type Ranking } from './sorted-slots.ts';

/** What a lane is for. */
export interface LaneTerms {
  /** What stays the same of a node while tasks come and go. */
  readonly isAdmitted: (node: PlacementNode) => boolean;
  /** Whose values make the cells. */
  readonly attributes: readonly string[];
  /** In what order the nodes of a cell stand. */
  readonly keys: readonly Key[];
  /** Whose tasks are counted, where they are. */
  readonly group: string | undefined;
  readonly blockSize: number;
}

/** What tells the nodes of a cell apart, whatever task asks. */
export type Key = Exclude<Criterion, { readonly kind: 'value' | 'random' }>;

/** Nodes that have the same values of the attributes to spread over. */
export interface Cell {
  readonly name: string;
  readonly slots: SortedSlots;
}

/**
 * The nodes that one kind of request can go to, in the order in which it prefers them. Counts by attribute are no part
 * of the order: they are equal in a cell, so the best of a cell stays the best when they change, and the cells are
 * compared for each task. It is brought up to date when it is used, by what has changed since.
 */
export class Lane {
  readonly #inventory: Inventory;
  readonly #terms: LaneTerms;
  readonly #cells = new Map<string, Cell>();
  #position: number | undefined;
  /** By slot: the node as it was when its place was found, its place, and what it was ordered by. */
  readonly #states: (NodeState | undefined)[] = [];
  readonly #nodes: (PlacementNode | undefined)[] = [];
  readonly #versions: number[] = [];
  readonly #homes: (Cell | undefined)[] = [];
  #keys = new Float64Array(0);
  readonly #ranking: Ranking = {
    isBefore: (a, b) => this.#isBefore(a, b),
    freeOf: (slot) => this.#states[slot]?.free ?? none,
  };

  constructor(inventory: Inventory, terms: LaneTerms) {
    this.#inventory = inventory;
    this.#terms = terms;
  }

  /** By the values that they stand for. */
  get cells(): ReadonlyMap<string, Cell> {
    return this.#cells;
  }

  /** Where a node is; undefined when no request of this lane can go there. */
  cellOf({ slot }: NodeState): Cell | undefined {
    return this.#homes[slot];
  }

  /** Whether nothing that orders the nodes of a cell tells these two apart. */
  areEqual(a: number, b: number): boolean {
    const width = this.#terms.keys.length;
    for (let index = 0; index < width; index++) {
      if (this.#keys[a * width + index] !== this.#keys[b * width + index]) return false;
    }
    return true;
  }

  catchUp(): void {
    const { changes, states } = this.#inventory;
    const changed = changes.since(this.#position);
    this.#makeRoom(states.length);
    if (!changed || changed.length > states.length) this.#rebuild();
    else for (const slot of changed) this.#update(slot);
    this.#position = changes.end;
  }

  #makeRoom(slots: number): void {
    const width = this.#terms.keys.length;
    if (slots * width <= this.#keys.length) return;
    const keys = new Float64Array(2 * slots * width);
    keys.set(this.#keys);
    this.#keys = keys;
  }

  #rebuild(): void {
    const members = new Map<Cell, number[]>();
    for (const slot of this.#inventory.states.keys()) {
      const home = this.#look(slot);
      if (!home) continue;
      const slots = members.get(home);
      if (slots) slots.push(slot);
      else members.set(home, [slot]);
    }
    for (const cell of this.#cells.values()) {
      cell.slots.fill(members.get(cell) ?? []);
      if (cell.slots.isEmpty) this.#cells.delete(cell.name);
    }
  }

  #update(slot: number): void {
    const state = this.#inventory.states[slot];
    if (state && this.#versions[slot] === state.version) return;
    const left = this.#homes[slot];
    left?.slots.delete(slot);
    this.#look(slot)?.slots.insert(slot);
    if (left?.slots.isEmpty === true) this.#cells.delete(left.name);
  }

  /** Remembers a node as it is now, and says in which cell it is to be put. */
  #look(slot: number): Cell | undefined {
    const state = this.#inventory.states[slot];
    const home = state?.node && this.#homeOf(slot, state.node);
    this.#states[slot] = state;
    this.#nodes[slot] = state?.node;
    this.#versions[slot] = state?.version ?? -1;
    this.#homes[slot] = home;
    if (state && home) this.#writeKeys(slot, state);
    return home;
  }

  /** Asked of a node once for each of its own states, and not for what is on it. */
  #homeOf(slot: number, node: PlacementNode): Cell | undefined {
    if (this.#nodes[slot] === node) return this.#homes[slot];
    const { isAdmitted, attributes } = this.#terms;
    if (!isAdmitted(node)) return undefined;
    const name = JSON.stringify(attributes.map((attribute) => attributeOf(node.labels, attribute) ?? null));
    const known = this.#cells.get(name);
    if (known) return known;
    const cell = { name, slots: new SortedSlots(this.#ranking, this.#terms.blockSize) };
    this.#cells.set(name, cell);
    return cell;
  }

  #writeKeys(slot: number, state: NodeState): void {
    const { keys, group } = this.#terms;
    for (const [index, key] of keys.entries()) this.#keys[slot * keys.length + index] = keyOf(key, state, group);
  }

  #isBefore(a: number, b: number): boolean {
    const width = this.#terms.keys.length;
    for (let index = 0; index < width; index++) {
      const difference = (this.#keys[a * width + index] ?? 0) - (this.#keys[b * width + index] ?? 0);
      if (difference !== 0) return difference < 0;
    }
    const [one, other] = [this.#states[a], this.#states[b]];
    return one !== undefined && other !== undefined && isBefore(one, other);
  }
}

const none: readonly number[] = [];

function keyOf(key: Key, state: NodeState, group: string | undefined): number {
  switch (key.kind) {
    case 'node':
      return group === undefined ? 0 : (state.groups.get(group) ?? 0);
    case 'free':
      return freeOf(state, key.resource);
    case 'load':
      return state.load;
  }
}
