interface Entry {
  readonly key: string;
  readonly at: number;
  /** Tells those of the same time apart: first come, first served. */
  readonly order: number;
}

/** Keys by time, earliest first. Each key is there at most once and can be moved or taken out: all O(log n). */
export class Heap {
  readonly #entries: Entry[] = [];
  readonly #positions = new Map<string, number>();
  #order = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** The time of a key, if it is there. */
  at(key: string): number | undefined {
    const position = this.#positions.get(key);
    return position === undefined ? undefined : this.#entries[position]?.at;
  }

  /** The earliest time. */
  first(): number | undefined {
    return this.#entries[0]?.at;
  }

  set(key: string, at: number): void {
    this.delete(key);
    const entry = { key, at, order: this.#order++ };
    this.#entries.push(entry);
    this.#place(entry, this.#entries.length - 1);
    this.#up(this.#entries.length - 1);
  }

  delete(key: string): void {
    const position = this.#positions.get(key);
    const last = this.#entries.at(-1);
    if (position === undefined || last === undefined) return;
    this.#entries.pop();
    this.#positions.delete(key);
    if (last.key === key) return;
    this.#place(last, position);
    this.#up(position);
    this.#down(this.#positions.get(last.key) ?? position);
  }

  /** Takes out the earliest key. */
  pop(): string | undefined {
    const key = this.#entries[0]?.key;
    if (key !== undefined) this.delete(key);
    return key;
  }

  #place(entry: Entry, position: number): void {
    this.#entries[position] = entry;
    this.#positions.set(entry.key, position);
  }

  #up(from: number): void {
    const entry = this.#entries[from];
    if (entry === undefined) return;
    let position = from;
    for (;;) {
      const parent = (position - 1) >> 1;
      const above = this.#entries[parent];
      if (above === undefined || isBefore(above, entry)) break;
      this.#place(above, position);
      position = parent;
    }
    this.#place(entry, position);
  }

  #down(from: number): void {
    const entry = this.#entries[from];
    if (entry === undefined) return;
    let position = from;
    for (;;) {
      const child = this.#earlierChild(position);
      const below = this.#entries[child];
      if (below === undefined || isBefore(entry, below)) break;
      this.#place(below, position);
      position = child;
    }
    this.#place(entry, position);
  }

  #earlierChild(position: number): number {
    const left = 2 * position + 1;
    const a = this.#entries[left];
    const b = this.#entries[left + 1];
    return a !== undefined && b !== undefined && isBefore(b, a) ? left + 1 : left;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}
