import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Meter } from '../base/meter.ts';
import type { Client } from './client.ts';
import type { Controller, ReconcileContext, Watch } from './controller.ts';
import { isConflict } from './errors.ts';
import { FailureLog } from './failure-log.ts';
import type { ServerFeatures } from './features.ts';
import { Informer } from './cache/informer.ts';
import { kubeMetrics } from './metrics.ts';
import { Queue } from './queue/queue.ts';
import { Recorder } from './events/recorder.ts';
import { keyOf, type KubeObject, type Resource } from './resource.ts';
import { soleKey } from './sole-controller.ts';
import { StatusWriter } from './writes/status.ts';
import { Store, type Index } from './cache/store.ts';
import { Stores } from './cache/stores.ts';
import { TerminatingNamespaces } from './writes/terminating.ts';
import { Unsettled } from './writes/unsettled.ts';

/** A resource to hold in memory, and how. */
export interface Cache {
  readonly resource: Resource<KubeObject>;
  readonly indexes: Readonly<Record<string, Index<KubeObject>>>;
  readonly labelSelector?: string;
  /** Whether the API server may do without the kind: it is empty then, and `Store.isServed` tells. */
  readonly isOptional?: boolean;
  /** Drops what nobody reads, to save memory. */
  readonly project?: (object: KubeObject) => KubeObject;
  /** Whether the last state of the object matters when it is gone; none does when absent. */
  readonly remembers?: (object: KubeObject) => boolean;
}

/** Declares a cache with the type of its objects. */
export function cache<T extends KubeObject>(options: {
  readonly resource: Resource<T>;
  readonly indexes?: Readonly<Record<string, Index<T>>>;
  readonly labelSelector?: string;
  readonly isOptional?: boolean;
  readonly project?: (object: T) => T;
  readonly remembers?: (object: T) => boolean;
}): Cache {
  return { indexes: {}, ...options } as unknown as Cache;
}

export interface ManagerOptions {
  readonly client: Client;
  readonly caches: readonly Cache[];
  readonly controllers: readonly Controller[];
  /** The only namespaces to look at; all when absent. Kinds that belong to none are looked at anyway. */
  readonly namespaces?: readonly string[];
  /** Reconciles of one controller that run at once. */
  readonly concurrency: number;
  readonly log: Log;
  readonly clock: Clock;
  readonly meter: Meter;
  /** A number from 0 to 1, for jitter. */
  readonly random: () => number;
  /** Finds out what the API server can do, however long that takes. */
  readonly findFeatures: (signal: AbortSignal) => Promise<ServerFeatures>;
  /** What this process is called in the events it writes. */
  readonly identity: string;
}

/**
 * How long reconciles under way may go on after a stop: some requests long, not as long as it takes to start a
 * thousand tasks, since the next leader waits. What is cut off is harmless, only its outcome unknown.
 */
const drainMs = 500;

interface WorkContext extends ReconcileContext {
  /** Aborts before the context's own signal does: no new work is begun. */
  readonly stopping: AbortSignal;
}

/** Runs informers and controllers: nothing is planned before everything watched has been listed once. */
export class Manager {
  readonly stores = new Stores();
  readonly #options: ManagerOptions;
  readonly #informers: Informer<KubeObject>[] = [];
  readonly #failures: FailureLog;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.#failures = new FailureLog(options.log);
    for (const each of options.caches) this.#hold(each);
  }

  /** One store of a resource, and an informer for each namespace that it is read from. */
  #hold({ resource, indexes, labelSelector, isOptional, project, remembers }: Cache): void {
    const { client, log, clock, meter, random } = this.#options;
    const namespaces = resource.namespaced ? this.#options.namespaces : undefined;
    const store = new Store({ resource, indexes, project, remembers, namespaces, clock, log, meter });
    this.stores.add(resource, store);
    for (const namespace of namespaces ?? [undefined]) {
      const scope = { resource, namespace, labelSelector, isOptional };
      this.#informers.push(new Informer({ client, store, log, clock, meter, random, ...scope }));
    }
  }

  /** Whether everything watched has been listed. */
  get isSynced(): boolean {
    return this.stores.isSynced;
  }

  /**
   * Works until `stop` aborts, then finishes the reconciles under way, which have a moment for it. When `lifetime`
   * aborts, everything is dropped where it stands.
   */
  async run(stop: AbortSignal, lifetime: AbortSignal): Promise<void> {
    const { client, log, clock, meter, controllers, identity } = this.#options;
    const drained = new AbortController();
    const stopping = AbortSignal.any([stop, lifetime]);
    const signal = AbortSignal.any([lifetime, drained.signal]);
    stopping.addEventListener('abort', () => {
      clock.after(drainMs, () => {
        drained.abort();
      });
    });
    const informers = this.#informers.map((informer) => informer.run(stopping));
    await Promise.all(this.#informers.map((informer) => informer.whenSynced(stopping)));
    this.stores.features = await this.#options.findFeatures(stopping);
    const act = { client, stores: this.stores, signal, clock, log, meter };
    const recorder = new Recorder({ ...act, identity });
    const statuses = new StatusWriter(act);
    const terminating = new TerminatingNamespaces({ clock });
    const context: WorkContext = { ...act, recorder, statuses, terminating, unsettled: new Unsettled(), stopping };
    const workers = controllers.flatMap((each) => this.#start(each, context));
    await Promise.all([...informers, ...workers]);
    await Promise.all([statuses.flush(), recorder.idle()]);
    drained.abort();
  }

  #start(controller: Controller, context: WorkContext): Promise<void>[] {
    const { clock, random, meter, concurrency } = this.#options;
    const queue = new Queue({ clock, random, meter, name: controller.name });
    this.#feed(controller, queue);
    return Array.from({ length: concurrency }, () => this.#work(controller, queue, context));
  }

  #feed(controller: Controller, queue: Queue): void {
    const { resource: kind } = controller;
    const own: readonly Watch[] = kind ? [{ resource: kind, keysOf: (object) => [keyOf(object)] }] : [];
    for (const { resource, keysOf, isNews } of [...own, ...controller.watches]) {
      this.stores.of(resource).onChange(({ before, after }) => {
        if (isNews && before && after && !isNews(before, after)) return;
        const objects = [before, after].filter((object) => object !== undefined);
        // Each key once: a worker that waits takes it at the first add, and a second one would be another look.
        for (const key of new Set(objects.flatMap((object) => keysOf(object, this.stores)))) queue.add(key);
      });
    }
    const keys = kind ? this.stores.of(kind).list().map(keyOf) : [soleKey];
    for (const key of keys) queue.add(key);
  }

  async #work(controller: Controller, queue: Queue, context: WorkContext): Promise<void> {
    const { meter, clock } = this.#options;
    const { stopping } = context;
    const seconds = meter.histogram(kubeMetrics.reconcileSeconds);
    for (let key = await queue.next(stopping); key !== undefined; key = await queue.next(stopping)) {
      const startedAt = clock.now();
      const result = await this.#reconcile(controller, queue, { key, context });
      seconds.observe({ controller: controller.name, result }, (clock.now() - startedAt) / 1000);
      queue.done(key);
    }
  }

  async #reconcile(
    controller: Controller,
    queue: Queue,
    { key, context }: { readonly key: string; readonly context: ReconcileContext },
  ): Promise<'success' | 'conflict' | 'error'> {
    try {
      const wakeAtMs = await controller.reconcile(key, context);
      queue.forget(key);
      this.#failures.succeeded(controller.name, key);
      if (wakeAtMs !== undefined) queue.addAfter(key, Math.max(0, wakeAtMs - context.clock.now()));
      return 'success';
    } catch (error) {
      if (context.signal.aborted) return 'error';
      const retryInMs = queue.addFailed(key);
      // A status that waits for its time does not wait for the backoff, which may be a minute.
      const { resource } = controller;
      const dueInMs = ((resource && context.statuses.dueAtMs(resource, key)) ?? 0) - context.clock.now();
      if (dueInMs > 0) queue.addAfter(key, dueInMs);
      this.#failures.failed(error, { controller: controller.name, key, retryInMs });
      return isConflict(error) ? 'conflict' : 'error';
    }
  }
}
