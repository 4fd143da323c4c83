import type { Clock } from '../../base/clock.ts';
import type { Meter } from '../../base/meter.ts';
import { untilAborted } from './deadline.ts';
import { kubeMetrics } from '../metrics.ts';

/** At most `perSecond` in the long run, and `burst` (1 or more) at once after a pause. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** A token bucket, full at first. Who takes a token from an empty one waits in line. */
export class RateLimit {
  readonly #clock: Clock;
  readonly #seconds: ReturnType<Meter['histogram']>;
  readonly #rate: Rate;
  #tokens: number;
  /** When `#tokens` was right, epoch ms. */
  #countedMs: number;
  /** What lets each of them go, in order of asking. */
  readonly #waiting = new Set<() => void>();
  /** Ends the wait for the next token; there is one whenever somebody waits. */
  #cancel: (() => void) | undefined;

  constructor(rate: Rate, options: { readonly clock: Clock; readonly meter: Meter }) {
    this.#rate = rate;
    this.#clock = options.clock;
    this.#seconds = options.meter.histogram(kubeMetrics.rateLimitSeconds);
    this.#tokens = rate.burst;
    this.#countedMs = this.#clock.now();
  }

  /**
   * Resolves once the caller has a token.
   * @throws the signal's reason when it aborts first: the caller has left the line then, and used nothing.
   */
  async take(signal: AbortSignal): Promise<void> {
    const startedMs = this.#clock.now();
    try {
      await untilAborted(this.#enqueue(signal), signal, 'turn under the rate limit');
    } finally {
      this.#seconds.observe({}, (this.#clock.now() - startedMs) / 1000);
    }
  }

  #enqueue(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(go);
        if (this.#waiting.size === 0) this.#stopTimer();
        reject(signal.reason as Error);
      };
      const go = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(go);
      if (this.#cancel === undefined) this.#serve();
    });
  }

  /** Lets go as many as there are tokens for, and waits for the next token if that was not all. */
  #serve(): void {
    this.#count();
    for (const go of this.#waiting) {
      if (this.#tokens < 1) break;
      this.#tokens -= 1;
      this.#waiting.delete(go);
      go();
    }
    if (this.#waiting.size === 0) return;
    const delayMs = Math.ceil(((1 - this.#tokens) * 1000) / this.#rate.perSecond);
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#cancel = undefined;
      this.#serve();
    });
  }

  #count(): void {
    const nowMs = this.#clock.now();
    // A wall clock that was set back gives no tokens, and takes none.
    const gained = (Math.max(0, nowMs - this.#countedMs) * this.#rate.perSecond) / 1000;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained);
    this.#countedMs = nowMs;
  }

  #stopTimer(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
