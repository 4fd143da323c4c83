import type { Clock } from '../../base/clock.ts';
import { compareVersions } from '../resource.ts';

interface Tombstone {
  readonly version: string;
  readonly untilMs: number;
}

const lifetimeMs = 10 * 60_000;
const limit = 10_000;

/**
 * Versions at which objects were removed, so that an answer that comes late cannot bring one back. Kept ten minutes,
 * far longer than any request lives, and 10,000 at most, the oldest leaving first.
 */
export class Tombstones {
  readonly #clock: Clock;
  /** In order of age, so that the expired ones are in front. */
  readonly #byKey = new Map<string, Tombstone>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#byKey.size;
  }

  add(key: string, version: string): void {
    if (this.covers(key, version)) return;
    this.#byKey.delete(key);
    this.#byKey.set(key, { version, untilMs: this.#clock.now() + lifetimeMs });
    this.#prune();
  }

  /** Whether that version of the object is no newer than its removal. */
  covers(key: string, version: string): boolean {
    const tombstone = this.#byKey.get(key);
    return tombstone !== undefined && !this.#expired(tombstone) && compareVersions(version, tombstone.version) <= 0;
  }

  delete(key: string): void {
    this.#byKey.delete(key);
  }

  clear(): void {
    this.#byKey.clear();
  }

  #prune(): void {
    for (const [key, tombstone] of this.#byKey) {
      if (this.#byKey.size <= limit && !this.#expired(tombstone)) return;
      this.#byKey.delete(key);
    }
  }

  #expired(tombstone: Tombstone): boolean {
    return tombstone.untilMs <= this.#clock.now();
  }
}
