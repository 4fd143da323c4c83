import type { Clock } from '../../src/base/clock.ts';

interface Timer {
  readonly at: number;
  readonly delayMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is advanced. */
export class FakeClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();
  readonly #watchers: (() => void)[] = [];

  /** @param now epoch ms at the start. */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  /** Delays, in ms, with which the timers were set that have neither fired nor been cancelled. */
  get pending(): readonly number[] {
    return [...this.#timers].map((timer) => timer.delayMs);
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), delayMs, callback };
    this.#timers.add(timer);
    for (const watcher of this.#watchers.splice(0)) watcher();
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Moves time on and runs what falls due, in order of time, including what is set meanwhile. */
  advance(byMs: number): void {
    const until = this.#now + byMs;
    for (let next = this.#first(until); next !== undefined; next = this.#first(until)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = until;
  }

  /** Resolves as soon as a timer of exactly that delay is pending. */
  async waiting(delayMs: number): Promise<void> {
    while (!this.pending.includes(delayMs)) {
      await new Promise<void>((resolve) => {
        this.#watchers.push(resolve);
      });
    }
  }

  /** Waits for a timer of exactly that delay, and moves time on by it. */
  async elapse(delayMs: number): Promise<void> {
    await this.waiting(delayMs);
    this.advance(delayMs);
  }

  #first(until: number): Timer | undefined {
    const due = [...this.#timers].filter((timer) => timer.at <= until);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}
