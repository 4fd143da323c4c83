/** First in, first out; all in constant time on average: shifting an array for each would be quadratic. */
class Line<T> {
  #items: T[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head++];
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

/**
 * Keys, `namespace/name`, in the order in which they are served: the namespaces that have any take turns, and within
 * one it is first come, first served. So however many keys a namespace has, each of them costs the others one turn.
 * All in constant time on average; a namespace without keys leaves nothing behind.
 */
export class Turns {
  /** A namespace is in both, or in neither. */
  readonly #lines = new Map<string, Line<string>>();
  readonly #namespaces = new Line<string>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(key: string): void {
    this.#size++;
    const namespace = namespaceOf(key);
    const line = this.#lines.get(namespace);
    if (line !== undefined) {
      line.push(key);
      return;
    }
    const first = new Line<string>();
    first.push(key);
    this.#lines.set(namespace, first);
    this.#namespaces.push(namespace);
  }

  /** Takes out the next key. */
  shift(): string | undefined {
    const namespace = this.#namespaces.shift();
    const line = namespace === undefined ? undefined : this.#lines.get(namespace);
    if (namespace === undefined || line === undefined) return undefined;
    this.#size--;
    const key = line.shift();
    if (line.size > 0) this.#namespaces.push(namespace);
    else this.#lines.delete(namespace);
    return key;
  }
}

/** Empty for keys of cluster-scoped objects. */
function namespaceOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')));
}
