import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Meter } from '../base/meter.ts';
import { Indexes, type Index } from './indexes.ts';
import { kubeMetrics } from './metrics.ts';
import { compareVersions, keyOf, type KubeObject, type Resource } from './resource.ts';
import { Tombstones } from './tombstones.ts';

export type { Index } from './indexes.ts';

/** One object appeared (`before` is undefined), changed, or went (`after` is undefined). */
export interface Change<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/**
 * The objects of one kind as last heard of, by watch, by relist or in the answer to an own write, in whatever order
 * those come in: of each object the newest version counts, and one that was removed does not come back through an
 * older version of it. Everything is synchronous: reads with no await between them are one consistent snapshot.
 */
export class Store<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly #log: Log;
  readonly #errors: ReturnType<Meter['counter']>;
  readonly #objects = new Map<string, T>();
  readonly #indexes: Indexes<T>;
  readonly #tombstones: Tombstones;
  readonly #listeners = new Set<(change: Change<T>) => void>();
  /** Of the last list: what is not held was gone by then. */
  #listed: string | undefined;
  #list: readonly T[] | undefined;
  #synced = false;

  /** Listeners and index functions that throw are reported to `log` and `meter`. */
  constructor(options: {
    readonly resource: Resource<T>;
    readonly indexes?: Readonly<Record<string, Index<T>>>;
    readonly clock: Clock;
    readonly log: Log;
    readonly meter: Meter;
  }) {
    this.resource = options.resource;
    this.#log = options.log;
    this.#errors = options.meter.counter(kubeMetrics.callbackErrors);
    this.#tombstones = new Tombstones(options.clock);
    const guarded = Object.entries(options.indexes ?? {}).map(([name, index]) => [name, this.#guarded(index)] as const);
    this.#indexes = new Indexes(Object.fromEntries(guarded));
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Whether a whole list has been taken in: before, absence means nothing. */
  get synced(): boolean {
    return this.#synced;
  }

  markSynced(): void {
    this.#synced = true;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): readonly T[] {
    this.#list ??= [...this.#objects.values()];
    return this.#list;
  }

  /** @throws Error when there is no such index. */
  byIndex(index: string, value: string): readonly T[] {
    return this.#indexes.get(index, value);
  }

  /** Takes in a version of an object, from a watch or from the answer to an own write, unless it is an old one. */
  apply(object: T): void {
    if (this.#isNews(object)) this.#notify(this.#put(keyOf(object), object));
  }

  /** The object was removed at this version, by a DELETED event or an own delete. Ignored when a newer one is held. */
  remove(object: T): void {
    const key = keyOf(object);
    const version = object.metadata.resourceVersion;
    const held = this.#objects.get(key);
    if (held !== undefined && compareVersions(held.metadata.resourceVersion, version) > 0) return;
    this.#tombstones.add(key, version);
    if (held !== undefined) this.#notify(this.#put(key, undefined));
  }

  /**
   * Takes in a whole list, made at `resourceVersion`: adds and updates what is newer in it, removes what it lacks,
   * except what is held at a newer version than the list's. Listeners are called when everything is in its place.
   */
  replace(objects: readonly T[], resourceVersion: string): void {
    // Versions that run backwards are another history (etcd was restored): what is held says nothing any more.
    const restarted = this.#listed !== undefined && compareVersions(resourceVersion, this.#listed) < 0;
    if (restarted) this.#tombstones.clear();
    this.#listed = undefined;
    const news = objects.filter((object) => restarted || this.#isNews(object));
    const gone = this.#missing(objects, restarted ? undefined : resourceVersion);
    this.#listed = resourceVersion;
    const added = news.map((object) => this.#put(keyOf(object), object));
    const removed = gone.map((key) => this.#put(key, undefined));
    for (const change of [...added, ...removed]) this.#notify(change);
  }

  /** Calls `listener` after each change; the returned function ends that. */
  onChange(listener: (change: Change<T>) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #isNews(object: T): boolean {
    const key = keyOf(object);
    const version = object.metadata.resourceVersion;
    const held = this.#objects.get(key);
    if (held !== undefined) return compareVersions(version, held.metadata.resourceVersion) > 0;
    if (this.#listed !== undefined && compareVersions(version, this.#listed) <= 0) return false;
    return !this.#tombstones.covers(key, version);
  }

  /** The keys held that a list does not name, of those not newer than `version`, if that is given. */
  #missing(objects: readonly T[], version: string | undefined): string[] {
    const listed = new Set(objects.map(keyOf));
    const held = [...this.#objects].filter(([key]) => !listed.has(key));
    return held
      .filter(([, { metadata }]) => version === undefined || compareVersions(metadata.resourceVersion, version) <= 0)
      .map(([key]) => key);
  }

  #put(key: string, after: T | undefined): Change<T> {
    const before = this.#objects.get(key);
    if (after === undefined) this.#objects.delete(key);
    else this.#objects.set(key, after);
    if (after !== undefined) this.#tombstones.delete(key);
    this.#indexes.change(key, before, after);
    this.#list = undefined;
    return { before, after };
  }

  #notify(change: Change<T>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#report('listener', error);
      }
    }
  }

  /** An index function that throws leaves its object out of the index, not the informer out of work. */
  #guarded(index: Index<T>): Index<T> {
    return (object) => {
      try {
        return index(object);
      } catch (error) {
        this.#report('index', error);
        return [];
      }
    };
  }

  #report(callback: 'listener' | 'index', error: unknown): void {
    this.#errors.add({ resource: this.resource.plural, callback });
    this.#log.error('Store callback failed', error, { resource: this.resource.plural, callback });
  }
}
