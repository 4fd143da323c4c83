import { Recent } from './recent.ts';

/**
 * A token bucket for each key: `burst` at once, then one every `refillMs`. A bucket is the time at which it will be
 * full again, and forgotten then. Beyond `most` keys the one that took nothing for longest begins anew.
 */
export class TokenBuckets {
  readonly #bounds: { readonly burst: number; readonly refillMs: number; readonly most: number };
  readonly #fullAtMs: Recent<number>;

  constructor(bounds: { readonly burst: number; readonly refillMs: number; readonly most: number }) {
    this.#bounds = bounds;
    this.#fullAtMs = new Recent({ most: bounds.most, isOver: (fullAtMs, nowMs) => fullAtMs <= nowMs });
  }

  /** Buckets remembered. */
  get size(): number {
    return this.#fullAtMs.size;
  }

  /** Takes a token of the key's bucket; false when there is none. */
  take(key: string, nowMs: number): boolean {
    const { burst, refillMs } = this.#bounds;
    const fullAtMs = (this.#fullAtMs.get(key, nowMs) ?? nowMs) + refillMs;
    if (fullAtMs > nowMs + burst * refillMs) return false;
    this.#fullAtMs.set(key, fullAtMs, nowMs);
    return true;
  }
}
