import type { Clock } from '../../base/clock.ts';
import { DeadlineError } from '../errors.ts';

/** A signal that aborts with another one, and with a DeadlineError once its time is up. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Gives it that long from now on, however much was left. */
  readonly restart: (timeoutMs: number) => void;
  /** When its time is up, epoch ms. */
  readonly atMs: number;
  /** Stops the clock; the signal still follows the outer one. */
  readonly disarm: () => void;
  /** Stops the clock and lets go of the outer signal: to be called when the work is over, whatever its outcome. */
  readonly release: () => void;
}

/**
 * What `promise` gives, or a rejection with the signal's reason as soon as that aborts: nobody waits on then. A
 * DeadlineError names `awaited` as what did not come in time.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal, awaited?: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      const reason = signal.reason as Error;
      reject(reason instanceof DeadlineError ? new DeadlineError(reason.timeoutMs, awaited) : reason);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    void promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}

/** By hand rather than by `AbortSignal.any`, whose followers stay with a long-lived signal until they are collected. */
export function startDeadline(clock: Clock, timeoutMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let disarm = (): void => undefined;
  let atMs = 0;
  const restart = (forMs: number): void => {
    disarm();
    atMs = clock.now() + forMs;
    disarm = clock.after(forMs, () => {
      controller.abort(new DeadlineError(forMs));
    });
  };
  restart(timeoutMs);
  const follow = (): void => {
    controller.abort(outer?.reason);
  };
  outer?.addEventListener('abort', follow);
  if (outer?.aborted === true) follow();
  const release = (): void => {
    disarm();
    outer?.removeEventListener('abort', follow);
  };
  return {
    signal: controller.signal,
    get atMs() {
      return atMs;
    },
    restart,
    disarm: () => disarm(),
    release,
  };
}
