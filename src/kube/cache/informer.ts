import { sleep, type Clock } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Meter } from '../../base/meter.ts';
import { backoffMs } from '../queue/backoff.ts';
import type { Client, Page, WatchEvent } from '../client.ts';
import { startDeadline } from '../wire/deadline.ts';
import { ApiError, isGone, isNotFound, isVersionTooLarge } from '../errors.ts';
import { kubeMetrics } from '../metrics.ts';
import type { KubeObject, Resource } from '../resource.ts';
import type { Store } from './store.ts';

export interface InformerOptions<T extends KubeObject> {
  readonly client: Pick<Client, 'list' | 'watch'>;
  readonly store: Store<T>;
  readonly resource: Resource<T>;
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Whether the API server may do without the kind, as it does where nobody has installed it. */
  readonly isOptional?: boolean | undefined;
  readonly log: Log;
  readonly clock: Clock;
  readonly meter: Meter;
  /** Between 0 and 1. */
  readonly random: () => number;
}

const eventTypes = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'] as const satisfies readonly WatchEvent<never>['type'][];
/** Twice as many take a quarter more memory at the peak of a list, and block the event loop for longer. */
const pageSize = 250;
/** The server ends each watch after a random time in this range, so that those of many informers spread out. */
const watchSeconds = { min: 1800, max: 3600 };
/**
 * A watch that says nothing for so long is taken for dead. Its first bookmark may take 12 minutes, on servers whose
 * cache learns at rest only from etcd, every 10 to 11 minutes, how far it is. From then on there is one a minute.
 */
const silenceMs = { untilBookmark: 15 * 60_000, afterBookmark: 3 * 60_000 };
/** A watch that ends sooner and empty was no watch: some proxies accept one and close it at once. */
const shortestWatchMs = 1000;
/** With the jitter of at most a half: 0.5 to 30 s. */
const backoff = { baseMs: 1000, maxMs: 30_000 };
/** Between two questions whether somebody has installed an optional kind. */
const absentMs = 60_000;

/**
 * Keeps a store, or its part of one namespace, like the cluster: lists, watches from there, resumes after every kind
 * of interruption.
 */
export class Informer<T extends KubeObject> {
  readonly #options: InformerOptions<T>;
  readonly #log: Log;
  readonly #events: ReturnType<Meter['counter']>;
  readonly #relists: ReturnType<Meter['counter']>;
  readonly #objects: ReturnType<Meter['gauge']>;
  readonly synced: Promise<void>;
  #resolveSynced: () => void = () => undefined;
  /** Where the watch resumes; undefined when a list is needed first. */
  #version: string | undefined;
  /** In a row, without any progress between. */
  #failures = 0;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    const { namespace } = options;
    this.#log = options.log.with({ resource: options.resource.plural, ...(namespace !== undefined && { namespace }) });
    this.#events = options.meter.counter(kubeMetrics.watchEvents);
    this.#relists = options.meter.counter(kubeMetrics.relists);
    this.#objects = options.meter.gauge(kubeMetrics.objects);
    for (const type of eventTypes) this.#events.add({ resource: options.resource.plural, type }, 0);
    this.#relists.add({ resource: options.resource.plural }, 0);
    this.synced = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  /** Resolves when the store first holds a whole list of what is followed, or when the signal aborts: callers look at the signal. */
  whenSynced(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        signal.removeEventListener('abort', settle);
        resolve();
      };
      signal.addEventListener('abort', settle);
      void this.synced.then(settle);
    });
  }

  /** Runs until the signal aborts, starting with a fresh list; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#version = undefined;
    this.#failures = 0;
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch (error) {
        await this.#recover(error, signal);
      }
    }
  }

  /** A list if one is needed, then a watch until it ends. */
  async #follow(signal: AbortSignal): Promise<void> {
    this.#version ??= await this.#relist(signal);
    const startedMs = this.#options.clock.now();
    const events = await this.#watch(this.#version, signal);
    if (events > 0) return;
    const lastedMs = this.#options.clock.now() - startedMs;
    if (lastedMs < shortestWatchMs) throw new Error('The watch ended at once without an event');
    this.#failures = 0;
  }

  async #relist(signal: AbortSignal): Promise<string> {
    const { client, resource, store, namespace, labelSelector } = this.#options;
    this.#relists.add({ resource: resource.plural });
    const objects: T[] = [];
    let page: Page<T> | undefined;
    do {
      const options = { namespace, labelSelector, limit: pageSize, continue: page?.continue };
      page = await client.list(resource, options, signal);
      for (const object of page.items) objects.push(store.projected(object));
    } while (page.continue !== undefined);
    store.isServed = true;
    store.replace(objects, page.resourceVersion, namespace);
    this.#countObjects();
    this.#resolveSynced();
    return page.resourceVersion;
  }

  /** Returns the number of events when the watch has ended: by the server, or by us because it was silent. */
  async #watch(resourceVersion: string, signal: AbortSignal): Promise<number> {
    const { client, resource, namespace, labelSelector, clock, random } = this.#options;
    const timeoutSeconds = Math.floor(watchSeconds.min + random() * (watchSeconds.max - watchSeconds.min));
    const options = { namespace, labelSelector, resourceVersion, timeoutSeconds };
    let silentMs = silenceMs.untilBookmark;
    const silence = startDeadline(clock, silentMs, signal);
    let events = 0;
    try {
      for await (const event of client.watch(resource, options, silence.signal)) {
        if (event.type === 'BOOKMARK') silentMs = silenceMs.afterBookmark;
        silence.restart(silentMs);
        this.#takeIn(event);
        this.#failures = 0;
        events++;
      }
    } catch (error) {
      if (signal.aborted || !silence.signal.aborted) throw error;
      // A list rather than another watch from there: the server may be behind this version (etcd was restored from a
      // backup), which it does not tell, and would be silent until it has caught up.
      this.#version = undefined;
      this.#log.warn('Watch was silent and dropped', { silentMs, events, relist: true });
    } finally {
      silence.release();
    }
    return events;
  }

  #takeIn(event: WatchEvent<T>): void {
    const { store, resource } = this.#options;
    this.#events.add({ resource: resource.plural, type: event.type });
    if (event.type === 'BOOKMARK') {
      this.#version = event.resourceVersion;
      return;
    }
    if (event.type === 'DELETED') store.remove(event.object);
    else store.apply(event.object);
    this.#version = event.object.metadata.resourceVersion;
    this.#countObjects();
  }

  /** Waits before the next attempt, and decides whether it may resume or has to list. */
  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { clock, random, isOptional } = this.#options;
    if (isOptional === true && isNotFound(error)) {
      this.#doWithout();
      await sleep(clock, absentMs, signal);
      return;
    }
    if (isGone(error) || isVersionTooLarge(error)) this.#version = undefined;
    this.#failures++;
    const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const delayMs = Math.max(backoffMs(this.#failures, backoff, random()), Math.min(askedMs, backoff.maxMs));
    const relist = this.#version === undefined;
    this.#log.warn('Informer was interrupted', {
      error: errorMessage(error),
      failures: this.#failures,
      delayMs: Math.round(delayMs),
      relist,
    });
    await sleep(clock, delayMs, signal);
  }

  /** An optional kind that is not served: there is nothing of it, which is all there is to know. */
  #doWithout(): void {
    const { store, namespace } = this.#options;
    if (store.isServed || !store.synced) this.#log.info('Kind is not served, and not needed');
    this.#version = undefined;
    this.#failures = 0;
    store.isServed = false;
    store.replace([], '0', namespace);
    this.#countObjects();
    this.#resolveSynced();
  }

  #countObjects(): void {
    this.#objects.set({ resource: this.#options.resource.plural }, this.#options.store.size);
  }
}
