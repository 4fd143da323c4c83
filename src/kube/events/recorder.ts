import type { Clock } from '../../base/clock.ts';
import type { EventRecord } from '../../base/events.ts';
import type { Log } from '../../base/log.ts';
import type { Meter } from '../../base/meter.ts';
import type { Client } from '../client.ts';
import { eventBody, sameness } from './event-body.ts';
import { EventSeries } from './event-series.ts';
import { events, EventWriter } from './event-writer.ts';
import { kubeMetrics } from '../metrics.ts';
import type { Permission } from '../writes/permissions.ts';
import { Recent } from './recent.ts';
import type { KubeObject } from '../resource.ts';
import { TokenBuckets } from './token-buckets.ts';

/** What telling events takes: those that repeat are patched. */
export const recorderPermissions: readonly Permission[] = [
  { verb: 'create', resource: events },
  { verb: 'patch', resource: events },
];

/** Events waiting to be written, at most; beyond it the newest are only logged and counted. */
const longestBacklog = 1000;
/** Events remembered, so that the same one is not written twice. */
const mostEvents = 4096;
/** New Events about one object: 25 at once, then one every ten seconds. */
const perObject = { burst: 25, refillMs: 10_000, most: 4096 };

export interface RecorderDeps {
  readonly client: Pick<Client, 'create' | 'patch'>;
  readonly log: Log;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Which process tells the events. */
  readonly identity: string;
}

/**
 * Tells what happened: to the log, to a counter, and as Kubernetes events. Writing those is best effort and off the
 * reconcile's path. The same event told again is a series on the first one; an object about which too much is told
 * gets no more Events than its token bucket has.
 */
export class Recorder {
  readonly #deps: RecorderDeps;
  readonly #counter: ReturnType<Meter['counter']>;
  readonly #dropped: ReturnType<Meter['counter']>;
  readonly #writer: EventWriter;
  readonly #buckets = new TokenBuckets(perObject);
  readonly #told = new Recent<EventSeries>({ most: mostEvents, isOver: (series, nowMs) => series.isOver(nowMs) });

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
    this.#counter = deps.meter.counter(kubeMetrics.events);
    this.#dropped = deps.meter.counter(kubeMetrics.eventsDropped);
    const onFailure = (): void => this.#drop('failed');
    this.#writer = new EventWriter({ ...deps, onFailure });
  }

  record(object: KubeObject, records: readonly EventRecord[]): void {
    for (const event of records) {
      const { namespace, name } = object.metadata;
      this.#counter.add({ kind: object.kind, type: event.type, reason: event.reason });
      this.#deps.log.info(event.message, { kind: object.kind, namespace, name, reason: event.reason });
      this.#tell(object, event);
    }
  }

  /** Resolves when nothing waits to be written any more, repeats included, or the signal aborts. */
  async idle(): Promise<void> {
    await this.#writer.idle();
  }

  #tell(object: KubeObject, event: EventRecord): void {
    const nowMs = this.#deps.clock.now();
    const key = sameness({ object, event });
    const known = this.#told.get(key, nowMs);
    known?.repeat(nowMs);
    const series = known ?? this.#begin(object, event, nowMs);
    if (!series) return;
    this.#told.set(key, series, nowMs);
    this.#writer.write(series);
  }

  /** A new Event, unless there are too many. */
  #begin(object: KubeObject, event: EventRecord, atMs: number): EventSeries | undefined {
    if (this.#writer.waiting >= longestBacklog) return this.#drop('backlog');
    if (!this.#buckets.take(object.metadata.uid, atMs)) return this.#drop('rate-limit');
    return new EventSeries(eventBody({ object, event, atMs, instance: this.#deps.identity }), atMs);
  }

  #drop(reason: 'backlog' | 'rate-limit' | 'failed'): undefined {
    this.#dropped.add({ reason });
  }
}
