import { sleep, type Clock } from '../../base/clock.ts';
import { errorMessage } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Meter } from '../../base/meter.ts';
import type { Client } from '../client.ts';
import { isAlreadyExists, isConflict, isNotFound, UnknownOutcomeError } from '../errors.ts';
import { decide, heldBy, released } from './lease.ts';
import { kubeMetrics } from '../metrics.ts';
import { ObservedLease } from './observed-lease.ts';
import { isWrite, type KubeRequest } from '../wire/request.ts';
import type { Transport } from '../transport.ts';

/** Counted from before the last successful renewal was sent: it ends 5 s before the lease that the others see. */
const renewDeadlineMs = 10_000;
const retryMs = 2_000;

const lateRenewal = `The lease was not renewed within ${renewDeadlineMs} ms`;

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
 * the resourceVersion, so two never win; and the holder stops before the others may start (see `decide`).
 */
export class Leader {
  readonly #options: LeaderOptions;
  readonly #log: Log;
  readonly #gauge: ReturnType<Meter['gauge']>;
  readonly #lease: ObservedLease;
  readonly #lost = new AbortController();
  /** Whether the lease need not be read before the next write: so after an own write, until one fails. */
  #isCurrent = false;
  /** Set while the lease is held: until when at least, monotonic. */
  #term: { readonly untilMs: number; readonly cancel: () => void } | undefined;
  #toldHolder: string | undefined;

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#log = options.log.with({ lease: `${options.namespace}/${options.name}`, identity: options.identity });
    this.#lease = new ObservedLease(options);
    this.#gauge = options.meter.gauge(kubeMetrics.leader);
    this.#gauge.set({}, 0);
  }

  /** Who was last seen to hold the lease: empty for nobody, undefined before the first look. */
  get holder(): string | undefined {
    return this.#lease.holder;
  }

  /** Whether the lease is held at this moment. Notices by itself that the time is over, should the timer be late. */
  holds(): boolean {
    if (this.#term !== undefined && this.#options.monotonicMs() >= this.#term.untilMs) this.#lose(lateRenewal);
    return this.#term !== undefined;
  }

  /**
   * Waits for the lease, then does `work` until that ends, renewing the lease meanwhile and releasing it afterwards.
   * The signal given to `work` aborts when the lease is lost: the work must end at once.
   * @param stop ends the waiting; to end the work is the work's own affair.
   * @returns `lost` when the lease was: this process must not go on.
   */
  async run(stop: AbortSignal, work: (lifetime: AbortSignal) => Promise<void>): Promise<'stopped' | 'lost'> {
    await this.#campaign(stop);
    if (this.holds()) await this.#serve(work);
    return this.#lost.signal.aborted ? 'lost' : 'stopped';
  }

  /**
   * A transport that writes only while the lease is held. It is not the guarantee (a write may be late on the wire,
   * which is why each is harmless then), but a process that slept past its lease begins none.
   */
  fence(transport: Pick<Transport, 'request' | 'lines'>): Pick<Transport, 'request' | 'lines'> {
    return {
      request: async <T>(request: KubeRequest): Promise<T> => {
        if (isWrite(request) && !this.holds()) throw new LeaseLostError('Not written: the lease is not held');
        return transport.request<T>(request);
      },
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

  async #serve(work: (lifetime: AbortSignal) => Promise<void>): Promise<void> {
    const over = new AbortController();
    const renewing = this.#keep(AbortSignal.any([over.signal, this.#lost.signal]));
    try {
      await work(this.#lost.signal);
    } finally {
      over.abort();
      await renewing;
      if (this.holds()) await this.#release();
    }
  }

  /** Renews until the signal aborts. */
  async #keep(signal: AbortSignal): Promise<void> {
    for (let delayMs = retryMs; ; delayMs = await this.#round(signal)) {
      await sleep(this.#options.clock, delayMs, signal);
      if (signal.aborted) return;
    }
  }

  /** One look, if one is needed, and what follows from it. Returns the milliseconds until the next round. */
  async #round(signal: AbortSignal): Promise<number> {
    const { monotonicMs } = this.#options;
    const nextMs = monotonicMs() + retryMs;
    try {
      if (!this.#isCurrent) await this.#look(signal);
      const waitUntilMs = await this.#follow(signal);
      return Math.max(0, Math.min(nextMs, waitUntilMs) - monotonicMs());
    } catch (error) {
      this.#isCurrent = false;
      if (!signal.aborted) this.#log.warn('Lease request failed', { error: errorMessage(error) });
      return Math.max(0, nextMs - monotonicMs());
    }
  }

  /** Returns when the lease of another ends, as far as is known; infinity when it is not another's. */
  async #follow(signal: AbortSignal): Promise<number> {
    if (this.#lost.signal.aborted) return Infinity;
    const { identity, monotonicMs } = this.#options;
    const decision = decide(this.#lease.record, { identity, sinceMs: this.#lease.sinceMs }, monotonicMs());
    switch (decision.kind) {
      case 'acquire':
      case 'renew':
        await this.#take(signal);
        return Infinity;
      case 'wait':
        this.#isCurrent = false;
        return decision.untilMs;
    }
  }

  /** Writes this process into the lease; the term counts from before that was sent. */
  async #take(signal: AbortSignal): Promise<void> {
    const { identity, clock, monotonicMs } = this.#options;
    const sentAtMs = monotonicMs();
    try {
      await this.#lease.write(heldBy(identity, this.#lease.record, clock.now()));
    } catch (error) {
      if (!isSettledByLook(error)) throw error;
      // Somebody else has won, or the answer was lost: the lease itself says which.
      await this.#look(signal);
      return;
    }
    this.#isCurrent = true;
    if (!this.#lost.signal.aborted) this.#extend(sentAtMs + renewDeadlineMs);
  }

  /** A holder that reads another's name has lost, whatever its own term says. */
  async #look(signal: AbortSignal): Promise<void> {
    this.#isCurrent = false;
    await this.#lease.look(signal);
    this.#isCurrent = true;
    const { holder } = this.#lease;
    if (holder === this.#options.identity) return;
    this.#lose(`The lease is held by ${JSON.stringify(holder)}`);
    if (holder !== '' && holder !== this.#toldHolder) this.#log.info('Lease belongs to another', { holder });
    this.#toldHolder = holder;
  }

  #extend(untilMs: number): void {
    if (this.#term === undefined) this.#log.info('Lease gained');
    this.#term?.cancel();
    const cancel = this.#options.clock.after(Math.max(0, untilMs - this.#options.monotonicMs()), () => {
      this.#lose(lateRenewal);
    });
    this.#term = { untilMs, cancel };
    this.#gauge.set({}, 1);
  }

  #lose(why: string): void {
    if (this.#term === undefined) return;
    this.#endTerm();
    const error = new LeaseLostError(why);
    this.#log.error('Lease lost', error);
    this.#lost.abort(error);
  }

  #endTerm(): void {
    this.#term?.cancel();
    this.#term = undefined;
    this.#gauge.set({}, 0);
  }

  /** Best effort: without it the others wait until the lease ends. */
  async #release(): Promise<void> {
    this.#endTerm();
    try {
      if (!this.#isCurrent) await this.#look(new AbortController().signal);
      if (this.#lease.holder !== this.#options.identity) return;
      await this.#lease.write(released(this.#lease.record, this.#options.clock.now()));
      this.#log.info('Lease released');
    } catch (error) {
      this.#log.warn('Lease was not released', { error: errorMessage(error) });
    }
  }
}

function isSettledByLook(error: unknown): boolean {
  return isConflict(error) || isAlreadyExists(error) || isNotFound(error) || error instanceof UnknownOutcomeError;
}
