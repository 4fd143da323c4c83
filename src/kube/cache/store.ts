import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Meter } from '../../base/meter.ts';
import { Departures } from './departures.ts';
import { Guard } from './guard.ts';
import { Indexes, type Index } from './indexes.ts';
import { compareVersions, keyOf, type KubeObject, type Resource } from '../resource.ts';
import { Tombstones } from './tombstones.ts';

export type { Index } from './indexes.ts';

/** One object appeared (`before` is undefined), changed, or went (`after` is undefined). */
export interface Change<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** In place of a namespace: all of them, or that of what has none. */
const everywhere = '';

/**
 * The objects of one kind as last heard of, by watch, by relist or in the answer to an own write, in whatever order
 * those come in: of each object the newest version counts, and one that was removed does not come back through an
 * older version of it. Everything is synchronous: reads with no await between them are one consistent snapshot.
 */
export class Store<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly #guard: Guard;
  readonly #objects = new Map<string, T>();
  readonly #indexes: Indexes<T>;
  readonly #tombstones: Tombstones;
  readonly #listeners = new Set<(change: Change<T>) => void>();
  /** Versions of the last lists by namespace, '' for all of them: what is not held was gone by then. */
  readonly #listed = new Map<string, string>();
  readonly #namespaces: readonly string[];
  readonly #project: (object: T) => T;
  readonly #remembers: (object: T) => boolean;
  readonly #clock: Clock;
  /** Those removed that are remembered for a while. */
  readonly departures: Departures<T>;
  /** Whether the API server has the kind; false as well while nobody knows. */
  isServed = false;
  #syncedAtMs: number | undefined;
  #list: readonly T[] | undefined;

  /** Listeners, index functions and projections that throw are reported to `log` and `meter`. */
  constructor(options: {
    readonly resource: Resource<T>;
    readonly indexes?: Readonly<Record<string, Index<T>>>;
    /** Drops what nobody reads, to save memory. Must keep apiVersion, kind and metadata. */
    readonly project?: ((object: T) => T) | undefined;
    /** Those that are listed one by one; absent: everything is listed at once. */
    readonly namespaces?: readonly string[] | undefined;
    /** Whether the last state of the object matters when it is gone; none does when absent. */
    readonly remembers?: ((object: T) => boolean) | undefined;
    readonly clock: Clock;
    readonly log: Log;
    readonly meter: Meter;
  }) {
    this.resource = options.resource;
    this.#guard = new Guard(options.resource.plural, options);
    this.#tombstones = new Tombstones(options.clock);
    this.#namespaces = options.namespaces ?? [everywhere];
    this.#project = options.project ?? ((object) => object);
    const guarded = Object.entries(options.indexes ?? {}).map(([name, index]) => [name, this.#guarded(index)] as const);
    this.#indexes = new Indexes(Object.fromEntries(guarded));
    this.#remembers = options.remembers ?? (() => false);
    this.#clock = options.clock;
    this.departures = new Departures(options.clock, Object.fromEntries(guarded));
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Whether everything has been listed, in each namespace: before, absence means nothing. */
  get synced(): boolean {
    return this.#namespaces.every((namespace) => this.#listed.has(namespace));
  }

  /** Epoch ms at which everything had been listed for the first time: what happened before, nobody saw happen. */
  get syncedAtMs(): number | undefined {
    return this.#syncedAtMs;
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
    if (this.#isNews(object)) this.#notify(this.#put(keyOf(object), this.projected(object)));
  }

  /** The object as it is held. One on which the projection fails must not stop the rest: it is kept as it came. */
  projected(object: T): T {
    return this.#guard.run('project', () => this.#project(object), object);
  }

  /** The object was removed at this version, by a DELETED event or an own delete. Ignored when a newer one is held. */
  remove(object: T): void {
    const key = keyOf(object);
    const version = object.metadata.resourceVersion;
    const held = this.#objects.get(key);
    if (held !== undefined && compareVersions(held.metadata.resourceVersion, version) > 0) return;
    this.#tombstones.add(key, version);
    if (held === undefined) {
      this.departures.refine(this.projected(object));
      return;
    }
    const change = this.#put(key, undefined);
    if (held.metadata.uid === object.metadata.uid) this.departures.refine(this.projected(object));
    this.#notify(change);
  }

  /**
   * Takes in a whole list, of one namespace or of everything, made at `resourceVersion`: adds and updates what is newer
   * in it, removes what it lacks, except what is held at a newer version than the list's. Its objects are `projected`
   * already, so that whoever reads a long list need not hold all of it whole. Listeners are called when everything is
   * in its place.
   */
  replace(objects: readonly T[], resourceVersion: string, namespace = everywhere): void {
    const listed = newestByKey(objects);
    // Versions that run backwards are another history (etcd was restored): what is held says nothing any more.
    const last = this.#listed.get(namespace);
    const restarted = last !== undefined && compareVersions(resourceVersion, last) < 0;
    if (restarted) this.#tombstones.clear();
    this.#listed.delete(namespace);
    const news = [...listed].filter(([, object]) => restarted || this.#isNews(object));
    const gone = this.#heldIn(namespace).filter(
      ([key, { metadata }]) =>
        !listed.has(key) && (restarted || compareVersions(metadata.resourceVersion, resourceVersion) <= 0),
    );
    this.#listed.set(namespace, resourceVersion);
    if (this.synced) this.#syncedAtMs ??= this.#clock.now();
    const added = news.map(([key, object]) => this.#put(key, object));
    const removed = gone.map(([key]) => this.#put(key, undefined));
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
    const listed = this.#listed.get(object.metadata.namespace ?? everywhere) ?? this.#listed.get(everywhere);
    if (listed !== undefined && compareVersions(version, listed) <= 0) return false;
    return !this.#tombstones.covers(key, version);
  }

  #heldIn(namespace: string): [string, T][] {
    const held = [...this.#objects];
    return namespace === everywhere ? held : held.filter(([, { metadata }]) => metadata.namespace === namespace);
  }

  #put(key: string, after: T | undefined): Change<T> {
    const before = this.#objects.get(key);
    if (after === undefined) this.#objects.delete(key);
    else this.#objects.set(key, after);
    if (after !== undefined) this.#tombstones.delete(key);
    if (before !== undefined && before.metadata.uid !== after?.metadata.uid) this.#leave(before);
    if (after !== undefined) this.departures.forget(after.metadata.uid);
    this.#indexes.change(key, before, after);
    this.#list = undefined;
    return { before, after };
  }

  #leave(object: T): void {
    if (this.#remembers(object)) this.departures.add(object);
  }

  #notify(change: Change<T>): void {
    for (const listener of this.#listeners) this.#guard.run('listener', () => listener(change), undefined);
  }

  /** An index function that throws leaves its object out of the index, not the informer out of work. */
  #guarded(index: Index<T>): Index<T> {
    return (object) => this.#guard.run('index', () => index(object), []);
  }
}

/** A list can name an object twice, when it was made anew between two pages. */
function newestByKey<T extends KubeObject>(objects: readonly T[]): ReadonlyMap<string, T> {
  const newest = new Map<string, T>();
  for (const object of objects) {
    const key = keyOf(object);
    const other = newest.get(key);
    if (other === undefined || compareVersions(object.metadata.resourceVersion, other.metadata.resourceVersion) > 0)
      newest.set(key, object);
  }
  return newest;
}
