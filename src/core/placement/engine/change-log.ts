/** Which nodes have changed, in order, for those who come now and then to catch up. */
export class ChangeLog {
  #slots: number[] = [];
  /** How many have been forgotten. */
  #start = 0;

  /** Where one who has seen everything stands. */
  get end(): number {
    return this.#start + this.#slots.length;
  }

  /** @param atMost how many are worth remembering: one who has missed more looks at everything again. */
  add(slot: number, atMost: number): void {
    this.#slots.push(slot);
    // In halves, so that one entry costs the same however long the log is.
    if (this.#slots.length <= 2 * atMost) return;
    this.#start += this.#slots.length - atMost;
    this.#slots = this.#slots.slice(-atMost);
  }

  /** The slots changed since then; undefined when too much has been forgotten, or there was nothing yet. */
  since(position: number | undefined): readonly number[] | undefined {
    if (position === undefined || position < this.#start) return undefined;
    return this.#slots.slice(position - this.#start);
  }
}
