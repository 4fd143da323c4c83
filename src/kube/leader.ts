import { dequal } from 'dequal/lite';
import { sleep, type Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Meter } from '../base/meter.ts';
import type { Client } from './client.ts';
import { startDeadline } from './deadline.ts';
import { isAlreadyExists, isConflict, isNotFound, UnknownOutcomeError } from './errors.ts';
import { decide, heldBy, holderOf, leases, released, type Lease, type LeaseSpec } from './lease.ts';
import { kubeMetrics } from './metrics.ts';
import { isWrite } from './request.ts';
import type { Transport } from './transport.ts';

/** Counted from before the last successful renewal was sent: 5 s less than the lease the others see. */
const renewDeadlineMs = 10_000;
const retryMs = 2_000;
/** Two attempts after one that got no answer fit into the renew deadline. */
const requestTimeoutMs = 3_000;

/** This process no longer holds the lease: nothing it knows or plans may be written any more. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

export interface LeaderOptions {
  /** Better over connections of its own, so that renewals never queue behind other calls. */
  readonly client: Pick<Client, 'get' | 'create' | 'replace'>;
  readonly namespace: string;
  readonly name: string;
  /** Of this process and of no other, ever: a restarted one is a stranger. */
  readonly identity: string;
  readonly clock: Clock;
  /** Milliseconds that never jump, unlike the clock's. */
  readonly monotonicMs: () => number;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * Leader election on a Lease: of the processes that name the same one, one works. Every write is a compare-and-swap on
 * the resourceVersion, so two never win; the holder stops before the others may start (see `decide`).
 */
export class Leader {
  readonly #options: LeaderOptions;
  readonly #gauge: ReturnType<Meter['gauge']>;
  readonly #lost = new AbortController();
  /** As last seen; its metadata is absent when there is no such object (any more). */
  #record: LeaseSpec | undefined;
  #metadata: Lease['metadata'] | undefined;
  /** Monotonic time since which the record has looked as it does. */
  #sinceMs = 0;
  /** Whether the record is what the server holds, as far as anybody can know: only own writes make it so for long. */
  #isCurrent = false;
  #seenHolder: string | undefined;
  /** While the lease is held: until when at least, monotonic. */
  #term: { readonly untilMs: number; readonly cancel: () => void } | undefined;

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#gauge = options.meter.gauge(kubeMetrics.leader);
    this.#gauge.set({}, 0);
  }

  /** Who was last seen to hold the lease: empty for nobody, undefined before the first look. */
  get holder(): string | undefined {
    return this.#seenHolder;
  }

  /** Whether the lease is held at this moment; notices by itself that its time is over, before any timer does. */
  holds(): boolean {
    if (this.#term !== undefined && this.#options.monotonicMs() >= this.#term.untilMs) this.#lose('was not renewed');
    return this.#term !== undefined;
  }

  /**
   * Waits for the lease, then does `work` until that ends, renewing the lease meanwhile and releasing it afterwards.
   * The signal given to `work` aborts when the lease is lost: work must end at once.
   * @param stop ends the waiting; ending the work is the work's own affair.
   * @returns lost when the lease was: the process must not go on.
   */
  async run(stop: AbortSignal, work: (lifetime: AbortSignal) => Promise<void>): Promise<'stopped' | 'lost'> {
    await this.#campaign(stop);
    if (!this.holds()) return this.#lost.signal.aborted ? 'lost' : 'stopped';
    const over = new AbortController();
    const renewing = this.#keep(over.signal);
    try {
      await work(this.#lost.signal);
    } finally {
      over.abort();
      await renewing;
      if (this.holds()) await this.#release();
    }
    return this.#lost.signal.aborted ? 'lost' : 'stopped';
  }

  /**
   * A transport that writes only while the lease is held. Not the guarantee (a write may still be late on the wire,
   * so each is harmless then), but a process that was asleep past its lease does not begin any.
   */
  fence(transport: Pick<Transport, 'request' | 'lines'>): Pick<Transport, 'request' | 'lines'> {
    return {
      request: <T>(request: Parameters<Transport['request']>[0]) =>
        isWrite(request) && !this.holds() ? Promise.reject(new LeaseLostError('The lease is not held')) : transport.request<T>(request),
      lines: (request) => transport.lines(request),
    };
  }

  /** Ends when the lease is held or `stop` aborts. */
  async #campaign(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const delayMs = await this.#round(stop);
      if (this.#term !== undefined) return;
      await sleep(this.#options.clock, delayMs, stop);
    }
  }

  /** Ends when `over` aborts or the lease is lost. */
  async #keep(over: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([over, this.#lost.signal]);
    for (;;) {
      await sleep(this.#options.clock, retryMs, ended);
      if (ended.aborted) return;
      await this.#round(this.#lost.signal);
    }
  }

  /** One look, if one is needed, and what follows from it. Returns the milliseconds until the next. */
  async #round(signal: AbortSignal): Promise<number> {
    try {
      if (!this.#isCurrent) await this.#look(signal);
      return await this.#follow(signal);
    } catch (error) {
      this.#isCurrent = false;
      if (!signal.aborted) this.#options.log.warn('Lease request failed', { error: errorMessage(error) });
      return retryMs;
    }
  }

  async #follow(signal: AbortSignal): Promise<number> {
    const { identity, monotonicMs } = this.#options;
    const nowMs = monotonicMs();
    const decision = decide(this.#record, { identity, sinceMs: this.#sinceMs }, nowMs);
    if (this.#term !== undefined && decision.kind !== 'renew') this.#lose(`is held by ${this.#seenHolder ?? ''}`);
    else if (decision.kind !== 'wait') await this.#hold(signal);
    else this.#isCurrent = false;
    return decision.kind === 'wait' ? Math.min(retryMs, decision.untilMs - nowMs) : retryMs;
  }

  /** Writes this process into the lease; the term counts from before that. */
  async #hold(signal: AbortSignal): Promise<void> {
    const { identity, clock, monotonicMs, log, name } = this.#options;
    const sentAtMs = monotonicMs();
    try {
      await this.#write(heldBy(identity, this.#record, clock.now()));
    } catch (error) {
      if (!isSettledByLook(error)) throw error;
      // Somebody else won, or an answer was lost: the lease itself says which.
      await this.#look(signal);
      if (holderOf(this.#record) !== identity) this.#lose(`is held by ${this.#seenHolder ?? ''}`);
      return;
    }
    if (this.#lost.signal.aborted) return;
    if (this.#term === undefined) log.info('Lease gained', { name, identity });
    this.#extend(sentAtMs + renewDeadlineMs);
  }
}
