/**
 * Values by key, in the order of their last use. Forgets those that are over, and beyond `most` of them the one that
 * was not used for longest.
 */
export class Recent<Value> {
  readonly #values = new Map<string, Value>();
  readonly #bounds: { readonly most: number; readonly isOver: (value: Value, nowMs: number) => boolean };

  constructor(bounds: { readonly most: number; readonly isOver: (value: Value, nowMs: number) => boolean }) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string, nowMs: number): Value | undefined {
    const value = this.#values.get(key);
    return value === undefined || this.#bounds.isOver(value, nowMs) ? undefined : value;
  }

  /** Counts as a use of the key. */
  set(key: string, value: Value, nowMs: number): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    for (const [oldest, held] of this.#values) {
      if (this.#values.size <= this.#bounds.most && !this.#bounds.isOver(held, nowMs)) break;
      this.#values.delete(oldest);
    }
  }
}
