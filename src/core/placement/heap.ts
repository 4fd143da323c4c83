/** Items of which the first is at hand, whatever changes about it. */
export class Heap<Item> {
  readonly #items: Item[];
  readonly #isBefore: (a: Item, b: Item) => boolean;

  constructor(items: readonly Item[], isBefore: (a: Item, b: Item) => boolean) {
    // What is sorted is a heap.
    this.#items = items.toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#isBefore = isBefore;
  }

  get first(): Item | undefined {
    return this.#items[0];
  }

  /** Takes the first one out. */
  remove(): void {
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return;
    this.#items[0] = last;
    this.settle();
  }

  /** After a change of the first one: another may come before it now. */
  settle(): void {
    for (let at = 0; ;) {
      const [item, child] = [this.#items[at], this.#earlierChild(at)];
      const below = this.#items[child];
      if (item === undefined || below === undefined || !this.#isBefore(below, item)) return;
      this.#items[at] = below;
      this.#items[child] = item;
      at = child;
    }
  }

  #earlierChild(at: number): number {
    const left = 2 * at + 1;
    const [a, b] = [this.#items[left], this.#items[left + 1]];
    return a !== undefined && b !== undefined && this.#isBefore(b, a) ? left + 1 : left;
  }
}
