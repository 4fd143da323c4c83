import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Client } from '../client.ts';
import { isAlreadyExists, isNotFound, UnknownOutcomeError } from '../errors.ts';
import type { EventSeries, Told } from './event-series.ts';
import type { KubeObject, Resource } from '../resource.ts';
import { isNamespaceTerminating } from '../refusal.ts';

/** What is written of what happens. */
export const events: Resource<KubeObject> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

export interface EventWriterDeps {
  readonly client: Pick<Client, 'create' | 'patch'>;
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called for what could not be written. */
  readonly onFailure: () => void;
}

/** Writes Events one at a time, in order. Best effort: it never throws, and a failure is a warning in the log. */
export class EventWriter {
  readonly #deps: EventWriterDeps;
  readonly #backlog = new Set<EventSeries>();
  /** Repeats that are not due to be written yet. */
  readonly #deferred = new Set<EventSeries>();
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #writing: EventSeries | undefined;
  #pumping: Promise<void> | undefined;

  constructor(deps: EventWriterDeps) {
    this.#deps = deps;
    deps.signal.addEventListener('abort', () => {
      this.#disarm();
    });
  }

  /** Events that wait to be written. */
  get waiting(): number {
    return this.#backlog.size;
  }

  /** Writes what is new of it, as soon as it is due. */
  write(series: EventSeries): void {
    // What waits is written with all that was told by then, and what is under way is looked at once more afterwards.
    if (series === this.#writing || this.#backlog.has(series) || this.#deps.signal.aborted) return;
    if (series.dueAtMs <= this.#deps.clock.now()) this.#push(series);
    else this.#defer(series);
  }

  /** Writes everything that is still to be written, due or not; resolves then, or when the signal aborts. */
  async idle(): Promise<void> {
    do {
      for (const series of this.#deferred) this.#push(series);
      await this.#pumping;
    } while (this.#deferred.size > 0 && !this.#deps.signal.aborted);
    this.#disarm();
  }

  #push(series: EventSeries): void {
    this.#deferred.delete(series);
    this.#backlog.add(series);
    this.#pumping ??= this.#pump();
  }

  #defer(series: EventSeries): void {
    this.#deferred.add(series);
    if (this.#timer === undefined || series.dueAtMs < this.#timer.atMs) this.#arm(series.dueAtMs);
  }

  #arm(atMs: number): void {
    this.#disarm();
    const cancel = this.#deps.clock.after(atMs - this.#deps.clock.now(), () => {
      this.#timer = undefined;
      const due = [...this.#deferred].filter((series) => series.dueAtMs <= atMs);
      for (const series of due) this.#push(series);
      if (this.#deferred.size > 0) this.#arm(Math.min(...[...this.#deferred].map((series) => series.dueAtMs)));
    });
    this.#timer = { atMs, cancel };
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #pump(): Promise<void> {
    // What is added meanwhile is come to as well.
    for (const next of this.#backlog) {
      if (this.#deps.signal.aborted) break;
      this.#backlog.delete(next);
      this.#writing = next;
      await this.#tell(next);
      this.#writing = undefined;
      if (next.hasNews) this.write(next);
    }
    this.#pumping = undefined;
  }

  async #tell(series: EventSeries): Promise<void> {
    const { log, clock, signal, onFailure } = this.#deps;
    const { told } = series;
    try {
      await this.#send(series, told);
    } catch (error) {
      if (!series.isCreated) series.lose();
      if (signal.aborted) return;
      onFailure();
      const fields = { error, event: series.body.note };
      // Where everything goes, that is no fault.
      if (isNamespaceTerminating(error)) log.debug('Event was not written', fields);
      else log.warn('Event was not written', fields);
    }
    series.wrote(told, clock.now());
  }

  /** An outcome that is unknown is settled by a second attempt: names and counts are the same. */
  async #send(series: EventSeries, told: Told): Promise<void> {
    try {
      await this.#attempt(series, told);
    } catch (error) {
      if (!(error instanceof UnknownOutcomeError) || this.#deps.signal.aborted) throw error;
      await this.#attempt(series, told);
    }
  }

  async #attempt({ body, isCreated }: EventSeries, { series }: Told): Promise<void> {
    const { client, signal } = this.#deps;
    try {
      if (isCreated) await client.patch(events, body.metadata, { type: 'merge', body: { series } }, signal);
      else await client.create(events, body.metadata.namespace, { ...body, ...(series && { series }) }, signal);
    } catch (error) {
      if (isAlreadyExists(error)) return;
      // Events expire after an hour or so, and may be deleted.
      if (!isCreated || !isNotFound(error)) throw error;
      await client.create(events, body.metadata.namespace, { ...body, series }, signal);
    }
  }
}
