/** The values under which an object is found in an index; none when it does not belong there. Pure. */
export type Index<T> = (object: T) => readonly string[];

/** Objects by index value. Objects are told apart by key; the values of an object are computed, not remembered. */
export class Indexes<T> {
  readonly #functions: ReadonlyMap<string, Index<T>>;
  /** Index name, value, key. */
  readonly #entries: ReadonlyMap<string, Map<string, Map<string, T>>>;

  constructor(indexes: Readonly<Record<string, Index<T>>>) {
    this.#functions = new Map(Object.entries(indexes));
    this.#entries = new Map(Object.keys(indexes).map((name) => [name, new Map()]));
  }

  /** @throws Error when there is no such index. */
  get(index: string, value: string): readonly T[] {
    const entries = this.#entries.get(index);
    if (entries === undefined) throw new Error(`No index "${index}"`);
    return [...(entries.get(value)?.values() ?? [])];
  }

  /** Moves an object from where `before` stood to where `after` belongs. */
  change(key: string, before: T | undefined, after: T | undefined): void {
    for (const [name, valuesOf] of this.#functions) {
      const entries = this.#entries.get(name);
      if (entries === undefined) continue;
      const next = new Set(after === undefined ? [] : valuesOf(after));
      const last = before === undefined ? [] : valuesOf(before);
      for (const value of last) if (!next.has(value)) removeEntry(entries, value, key);
      if (after !== undefined) for (const value of next) addEntry(entries, value, { key, object: after });
    }
  }
}

function addEntry<T>(
  entries: Map<string, Map<string, T>>,
  value: string,
  entry: { readonly key: string; readonly object: T },
): void {
  const objects = entries.get(value) ?? new Map<string, T>();
  entries.set(value, objects.set(entry.key, entry.object));
}

function removeEntry<T>(entries: Map<string, Map<string, T>>, value: string, key: string): void {
  const objects = entries.get(value);
  objects?.delete(key);
  if (objects?.size === 0) entries.delete(value);
}
