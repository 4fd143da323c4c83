/** How the slots of nodes are ordered, and what is free there of each of the common resources. */
export interface Ranking {
  readonly isBefore: (a: number, b: number) => boolean;
  readonly freeOf: (slot: number) => readonly number[];
}

/** Some slots in a row, and the most that any of them has free. */
interface Block {
  slots: number[];
  most: readonly number[];
}

/**
 * Slots in order, in blocks, so that a change moves no more than a block, and a search for room passes over a block
 * that has none in one step. What is ordered must not change its rank while it is in here: take it out first.
 */
export class SortedSlots {
  readonly #ranking: Ranking;
  readonly #blockSize: number;
  #blocks: Block[] = [];

  constructor(ranking: Ranking, blockSize: number) {
    this.#ranking = ranking;
    this.#blockSize = blockSize;
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  /** In place of all that was there. */
  fill(slots: readonly number[]): void {
    const { isBefore } = this.#ranking;
    const sorted = slots.toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
    const half = Math.ceil(this.#blockSize / 2);
    this.#blocks = [];
    for (let start = 0; start < sorted.length; start += half) {
      this.#blocks.push(this.#block(sorted.slice(start, start + half)));
    }
  }

  insert(slot: number): void {
    const at = Math.max(0, this.#blockOf(slot));
    const block = this.#blocks[at];
    if (!block) return void this.#blocks.push(this.#block([slot]));
    block.slots.splice(this.#placeIn(block, slot), 0, slot);
    if (block.slots.length > this.#blockSize) this.#split(at, block);
    else block.most = mostOf(block.most, this.#ranking.freeOf(slot));
  }

  delete(slot: number): void {
    const at = this.#blockOf(slot);
    const block = this.#blocks[at];
    if (!block) return;
    block.slots.splice(this.#placeIn(block, slot) - 1, 1);
    const next = this.#blocks[at + 1];
    if (next && block.slots.length + next.slots.length <= this.#blockSize / 2) this.#merge(at, [block, next]);
    else if (block.slots.length === 0) this.#blocks.splice(at, 1);
    else block.most = this.#most(block.slots);
  }

  /**
   * Goes through the slots in order until `visit` says that it is enough.
   * @param least of each common resource: blocks in which nobody has that much of each are passed over.
   */
  visit(least: readonly number[], visit: (slot: number) => boolean): void {
    for (const { slots, most } of this.#blocks) {
      if (!hasMost(most, least)) continue;
      for (const slot of slots) if (visit(slot)) return;
    }
  }

  /** The last block that begins at the slot or before it; -1 when all begin after it. */
  #blockOf(slot: number): number {
    const { isBefore } = this.#ranking;
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const first = this.#blocks[middle]?.slots[0] ?? slot;
      if (isBefore(slot, first)) high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }

  /** After it, if the block has it. */
  #placeIn({ slots }: Block, slot: number): number {
    const { isBefore } = this.#ranking;
    let low = 0;
    let high = slots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(slot, slots[middle] ?? slot)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #split(at: number, { slots }: Block): void {
    const middle = slots.length >> 1;
    this.#blocks.splice(at, 1, this.#block(slots.slice(0, middle)), this.#block(slots.slice(middle)));
  }

  #merge(at: number, [block, next]: readonly [Block, Block]): void {
    this.#blocks.splice(at, 2, this.#block([...block.slots, ...next.slots]));
  }

  #block(slots: number[]): Block {
    return { slots, most: this.#most(slots) };
  }

  #most(slots: readonly number[]): readonly number[] {
    let [cpu, memory, pods] = [-Infinity, -Infinity, -Infinity];
    for (const slot of slots) {
      const free = this.#ranking.freeOf(slot);
      cpu = Math.max(cpu, free[0] ?? 0);
      memory = Math.max(memory, free[1] ?? 0);
      pods = Math.max(pods, free[2] ?? 0);
    }
    return [cpu, memory, pods];
  }
}

function mostOf(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.map((most, number) => Math.max(most, b[number] ?? 0));
}

function hasMost(most: readonly number[], least: readonly number[]): boolean {
  for (const [number, amount] of least.entries()) if ((most[number] ?? 0) < amount) return false;
  return true;
}
