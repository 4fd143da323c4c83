import type { Clock } from '../../base/clock.ts';
import { compareVersions, type KubeObject } from '../resource.ts';
import { Indexes, type Index } from './indexes.ts';

/** An object that is gone, as it was last seen. */
export interface Departed<T> {
  readonly object: T;
  /** Epoch ms at which it was seen to be gone. */
  readonly atMs: number;
  /** What was noted with our own delete of it; undefined when somebody else's took it away, or nobody noted anything. */
  readonly note: string | undefined;
}

interface Entry<T> {
  readonly object: T;
  readonly atMs: number;
}

const lifetimeMs = 5 * 60_000;
const mostObjects = 5_000;
const mostNotes = 10_000;

/**
 * The last state of objects that are gone, for those who still have to say something of them. Kept five minutes, and
 * 5,000 at most, the oldest leaving first: memory stays flat whatever comes and goes.
 */
export class Departures<T extends KubeObject> {
  readonly #clock: Clock;
  readonly #indexes: Indexes<T>;
  /** By uid, in order of age. */
  readonly #entries = new Map<string, Entry<T>>();
  /** By uid, in order of age. */
  readonly #notes = new Map<string, string>();

  constructor(clock: Clock, indexes: Readonly<Record<string, Index<T>>>) {
    this.#clock = clock;
    this.#indexes = new Indexes(indexes);
  }

  get size(): number {
    return this.#entries.size;
  }

  add(object: T): void {
    const { uid } = object.metadata;
    this.forget(uid);
    this.#set(uid, { object, atMs: this.#clock.now() });
    for (const [oldest, { atMs }] of this.#entries) {
      if (this.#entries.size <= mostObjects && !this.#hasExpired(atMs)) return;
      this.forget(oldest);
    }
  }

  /** A newer last state of an object that is held already: a watch tells it after our own delete was answered. */
  refine(object: T): void {
    const { uid, resourceVersion } = object.metadata;
    const entry = this.#entries.get(uid);
    if (entry === undefined || compareVersions(entry.object.metadata.resourceVersion, resourceVersion) >= 0) return;
    this.#indexes.change(uid, entry.object, undefined);
    this.#set(uid, { ...entry, object });
  }

  /** The object is there after all, as one that has left a label selector can be again. */
  forget(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    this.#entries.delete(uid);
    this.#indexes.change(uid, entry.object, undefined);
  }

  /** Notes why we delete the object of that uid; undefined when we did not after all. */
  note(uid: string, text: string | undefined): void {
    this.#notes.delete(uid);
    if (text !== undefined) this.#notes.set(uid, text);
    const [oldest] = this.#notes.keys();
    if (this.#notes.size > mostNotes && oldest !== undefined) this.#notes.delete(oldest);
  }

  /** What is noted of the object of that uid, be it gone or still on its way. */
  noteOf(uid: string): string | undefined {
    return this.#notes.get(uid);
  }

  /** @throws Error when there is no such index. */
  byIndex(index: string, value: string): readonly Departed<T>[] {
    return this.#indexes.get(index, value).flatMap(({ metadata: { uid } }) => {
      const entry = this.#entries.get(uid);
      return entry && !this.#hasExpired(entry.atMs) ? [{ ...entry, note: this.noteOf(uid) }] : [];
    });
  }

  #set(uid: string, entry: Entry<T>): void {
    this.#entries.set(uid, entry);
    this.#indexes.change(uid, undefined, entry.object);
  }

  #hasExpired(atMs: number): boolean {
    return atMs + lifetimeMs <= this.#clock.now();
  }
}
