import { dequal } from 'dequal/lite';
import type { Clock } from '../../base/clock.ts';
import { settleAll } from '../../base/concurrency.ts';
import type { Log } from '../../base/log.ts';
import type { ActContext } from './act.ts';
import { isConflict, isNotFound } from '../errors.ts';
import { keyOf, type KubeObject, type Resource } from '../resource.ts';

/** An object whose status is ours alone to write. */
export type WithStatus = KubeObject & { readonly status?: unknown };

/** A status to be written. */
export interface StatusUpdate<T extends WithStatus> {
  readonly resource: Resource<T>;
  /** As it is stored: without the status that is pending. */
  readonly object: T;
  /** The whole next one. */
  readonly status: unknown;
  /** Whether it is written at once, however short ago the last one was. */
  readonly isUrgent: boolean;
}

interface Entry {
  readonly resource: Resource<WithStatus>;
  readonly key: string;
  readonly uid: string;
  /** Epoch ms. */
  writtenAtMs: number;
  /** What is not written yet. */
  pending: { readonly status: unknown } | undefined;
}

const attempts = 4;
/** Statuses of one object are written that far apart, unless they are urgent. */
const writeEveryMs = 1000;
/** Writes under way at once, at the end. */
const widestFlush = 32;

/** Writes statuses, each object's at most once a second unless it is urgent. What waits for its time is _pending_. */
export class StatusWriter {
  readonly #deps: ActContext & { readonly clock: Clock; readonly log: Log };
  readonly #entries = new Map<string, Entry>();

  constructor(deps: ActContext & { readonly clock: Clock; readonly log: Log }) {
    this.#deps = deps;
  }

  /** The stored object with the status that is pending, if one is: what the next status has to follow on. */
  overlay<T extends WithStatus>(resource: Resource<T>, object: T): T {
    const entry = this.#entries.get(placeOf(resource, keyOf(object)));
    if (!entry?.pending || entry.uid !== object.metadata.uid) return object;
    return { ...object, status: entry.pending.status };
  }

  /** The object of that key is gone. */
  forget(resource: Resource<KubeObject>, key: string): void {
    this.#entries.delete(placeOf(resource, key));
  }

  /** Epoch ms at which the status that is pending for that key may be written; undefined when none is. */
  dueAtMs(resource: Resource<KubeObject>, key: string): number | undefined {
    const entry = this.#entries.get(placeOf(resource, key));
    return entry?.pending && entry.writtenAtMs + writeEveryMs;
  }

  /**
   * Writes a status that differs from what is stored, or keeps it for later.
   * @returns epoch ms at which it is due, when it was kept: plan again then.
   * @throws what the write failed with; the status stays pending.
   */
  async write<T extends WithStatus>(update: StatusUpdate<T>): Promise<number | undefined> {
    const entry = this.#entryOf(update.resource, update.object);
    entry.pending = dequal(update.object.status, update.status) ? undefined : { status: update.status };
    if (!entry.pending) return undefined;
    const dueAtMs = entry.writtenAtMs + writeEveryMs;
    if (!update.isUrgent && this.#deps.clock.now() < dueAtMs) return dueAtMs;
    await this.#put(entry, update.object);
    return undefined;
  }

  /** Writes everything that is pending; no time is left for another look. A failure is a warning in the log. */
  async flush(): Promise<void> {
    const pending = [...this.#entries.values()].filter((entry) => entry.pending);
    await settleAll(pending, widestFlush, (entry) => this.#flush(entry));
  }

  async #flush(entry: Entry): Promise<void> {
    const { resource, key, uid } = entry;
    const object = this.#deps.stores.of(resource).get(key);
    if (object?.metadata.uid !== uid) return;
    try {
      await this.#put(entry, object);
    } catch (error) {
      if (!this.#deps.signal.aborted) this.#deps.log.warn('Status was not written', { error, kind: object.kind, key });
    }
  }

  #entryOf(resource: Resource<WithStatus>, object: WithStatus): Entry {
    const key = keyOf(object);
    const place = placeOf(resource, key);
    const { uid } = object.metadata;
    const known = this.#entries.get(place);
    if (known?.uid === uid) return known;
    const entry = { resource, key, uid, writtenAtMs: -Infinity, pending: undefined };
    this.#entries.set(place, entry);
    return entry;
  }

  /**
   * Writes what is pending. We are the only writer of a status, so a conflict means that somebody changed the rest of
   * the object: the same status is written again onto the newer one.
   */
  async #put(entry: Entry, known: WithStatus): Promise<void> {
    const { client, stores, signal, clock } = this.#deps;
    const { resource, pending } = entry;
    let object: WithStatus | undefined = known;
    for (let attempt = 1; object; attempt++) {
      const next: WithStatus = { ...object, status: pending?.status };
      try {
        stores.of(resource).apply(await client.replace(resource, next, { subresource: 'status' }, signal));
        break;
      } catch (error) {
        if (!isNotFound(error) && (!isConflict(error) || attempt === attempts)) throw error;
        object = isNotFound(error) ? undefined : await this.#reread(resource, object);
      }
    }
    entry.writtenAtMs = clock.now();
    entry.pending = undefined;
  }

  /** The object as it is by now; undefined when it is gone, though another one may have its name. */
  async #reread(resource: Resource<WithStatus>, { metadata }: WithStatus): Promise<WithStatus | undefined> {
    const { client, stores, signal } = this.#deps;
    try {
      const newer = await client.get(resource, metadata, signal);
      if (newer.metadata.uid !== metadata.uid) return undefined;
      stores.of(resource).apply(newer);
      return newer;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return undefined;
    }
  }
}

function placeOf({ group, plural }: Resource<KubeObject>, key: string): string {
  return `${group}/${plural}/${key}`;
}
