import type { Clock } from '../../base/clock.ts';
import type { Meter } from '../../base/meter.ts';
import { backoffMs } from './backoff.ts';
import { Heap } from './heap.ts';
import { kubeMetrics } from '../metrics.ts';
import { Turns } from './turns.ts';

/** A key that is ready, or in work; `readySince` of one in work is set when it was added meanwhile. */
interface Entry {
  working: boolean;
  readySince: number | undefined;
}

type Waiter = (key?: string) => void;

/**
 * Keys to be worked on, each at most once at a time. Namespaces take turns; within one, keys come in the order in which
 * they became ready. For a key several reasons to look again are one: the earliest counts, since whoever works on the
 * key then says itself when to come back. So an immediate add replaces a delayed one.
 */
export class Queue {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #bounds: { readonly baseMs: number; readonly maxMs: number };
  readonly #labels: { readonly queue: string };
  readonly #meters: ReturnType<typeof metersOf>;
  readonly #entries = new Map<string, Entry>();
  readonly #ready = new Turns();
  readonly #delayed = new Heap();
  readonly #waiters = new Set<Waiter>();
  readonly #failures = new Map<string, number>();
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;

  constructor(options: {
    readonly clock: Clock;
    /** Between 0 and 1. */
    readonly random: () => number;
    /** Delay after the first failure; default 100. */
    readonly baseDelayMs?: number;
    /** Default 60,000. */
    readonly maxDelayMs?: number;
    readonly meter: Meter;
    /** Label of the metrics. */
    readonly name: string;
  }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#bounds = { baseMs: options.baseDelayMs ?? 100, maxMs: options.maxDelayMs ?? 60_000 };
    this.#labels = { queue: options.name };
    this.#meters = metersOf(options.meter);
    this.#meters.adds.add(this.#labels, 0);
    this.#meters.retries.add(this.#labels, 0);
    this.#setDepth();
  }

  /** Keys that are ready; those in work and those to come later are not counted. */
  get size(): number {
    return this.#ready.size;
  }

  /** Makes a key ready now, or, while it is in work, as soon as that is done. */
  add(key: string): void {
    this.#delayed.delete(key);
    const entry = this.#entries.get(key);
    if (entry?.readySince !== undefined) return;
    this.#meters.adds.add(this.#labels);
    const readySince = this.#clock.now();
    if (entry !== undefined) entry.readySince = readySince;
    else this.#push(key, { working: false, readySince });
  }

  /** Makes a key ready in `delayMs`, unless it is, or will be, sooner. */
  addAfter(key: string, delayMs: number): void {
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    if (this.#entries.get(key)?.readySince !== undefined) return;
    const at = this.#clock.now() + delayMs;
    const before = this.#delayed.at(key);
    if (before !== undefined && before <= at) return;
    this.#delayed.set(key, at);
    this.#arm();
  }

  /**
   * Makes a key ready after a delay that grows with each failure since it was last forgotten; returns it, in ms. What
   * was added while the key was in work waits as well: mostly that is the work's own writes, coming back as changes.
   */
  addFailed(key: string): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#meters.retries.add(this.#labels);
    const entry = this.#entries.get(key);
    if (entry?.working === true) entry.readySince = undefined;
    const delayMs = backoffMs(failures, this.#bounds, this.#random());
    this.addAfter(key, delayMs);
    return delayMs;
  }

  /** The key's next failure is its first: to be called on success, and when its object is gone. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /**
   * The next key, as soon as there is one; undefined once the signal aborts. Whoever gets a key must call `done` with
   * it, whatever happens: until then it is not handed out again.
   */
  next(signal: AbortSignal): Promise<string | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    if (this.size > 0) return Promise.resolve(this.#take());
    return new Promise((resolve) => {
      const settle = (key?: string): void => {
        this.#waiters.delete(settle);
        signal.removeEventListener('abort', abort);
        resolve(key);
      };
      const abort = (): void => {
        settle();
      };
      this.#waiters.add(settle);
      signal.addEventListener('abort', abort);
    });
  }

  /** The work on a key is over; if it was added meanwhile it is ready again. */
  done(key: string): void {
    const entry = this.#entries.get(key);
    if (entry?.working !== true) return;
    entry.working = false;
    if (entry.readySince === undefined) this.#entries.delete(key);
    else this.#push(key, entry);
  }

  #push(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#ready.push(key);
    const [waiter] = this.#waiters;
    if (waiter !== undefined) waiter(this.#take());
    else this.#setDepth();
  }

  #take(): string | undefined {
    const key = this.#ready.shift();
    const entry = key === undefined ? undefined : this.#entries.get(key);
    if (entry === undefined) return undefined;
    const waitedMs = this.#clock.now() - (entry.readySince ?? this.#clock.now());
    this.#meters.seconds.observe(this.#labels, waitedMs / 1000);
    entry.working = true;
    entry.readySince = undefined;
    this.#setDepth();
    return key;
  }

  /** One timer, for the earliest of the delayed keys. One that fires too early finds nothing and is set again. */
  #arm(): void {
    const at = this.#delayed.first();
    if (at === undefined || (this.#timer !== undefined && this.#timer.at <= at)) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(at - this.#clock.now(), () => {
      this.#timer = undefined;
      this.#release();
    });
    this.#timer = { at, cancel };
  }

  #release(): void {
    const now = this.#clock.now();
    for (let at = this.#delayed.first(); at !== undefined && at <= now; at = this.#delayed.first()) {
      const key = this.#delayed.pop();
      if (key !== undefined) this.add(key);
    }
    this.#arm();
  }

  #setDepth(): void {
    this.#meters.depth.set(this.#labels, this.size);
  }
}

function metersOf(meter: Meter) {
  return {
    depth: meter.gauge(kubeMetrics.queueDepth),
    adds: meter.counter(kubeMetrics.queueAdds),
    seconds: meter.histogram(kubeMetrics.queueSeconds),
    retries: meter.counter(kubeMetrics.queueRetries),
  };
}
