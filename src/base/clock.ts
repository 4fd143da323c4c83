/** Time as a port: the only file that touches timers and the wall clock. */
export interface Clock {
  /** Wall-clock time, epoch milliseconds. */
  now(): number;
  /** Runs `callback` once after `delayMs`; the returned function cancels it. Timers never keep the process alive. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Node's timers fire at once when the delay exceeds 2^31-1 ms, so longer ones are cut to it; callers re-check. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(delayMs, longestTimerMs));
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Resolves after `delayMs`, or as soon as `signal` aborts: it never rejects, callers look at the signal. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal.addEventListener('abort', done);
  });
}

/** A point in time in both forms that planners need; they have no clock of their own. */
export interface Instant {
  readonly epochMs: number;
  /** RFC 3339, UTC, whole seconds, as Kubernetes writes times. */
  readonly iso: string;
}

/** The instant of an epoch in milliseconds. */
export function instantOf(epochMs: number): Instant {
  return { epochMs, iso: new Date(epochMs).toISOString().replace(/\.\d+Z$/, 'Z') };
}
