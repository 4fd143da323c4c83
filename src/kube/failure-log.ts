import { errorMessage } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { isConflict } from './errors.ts';
import { isNamespaceTerminating } from './refusal.ts';

/** What is known of a reconcile that failed. */
interface Failure {
  readonly controller: string;
  /** Of the object. */
  readonly key: string;
  readonly retryInMs: number;
}

/**
 * Logs failed reconciles. What fails is tried again until it succeeds, within a minute at the latest: an error is told
 * once, and again when it has become another one; what is the same is for those who debug.
 */
export class FailureLog {
  readonly #log: Log;
  /** By controller and key, what was told last. */
  readonly #told = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  failed(error: unknown, { controller, key, retryInMs }: Failure): void {
    const fields = { controller, key, retryInMs: Math.round(retryInMs) };
    const reason = errorMessage(error);
    // A conflict is a stale read, not a fault: the newer object is on its way. What goes with its namespace is none either.
    if (isConflict(error)) this.#log.debug('Reconcile met a newer object', { ...fields, reason });
    else if (isNamespaceTerminating(error))
      this.#log.debug('Reconcile met a namespace that goes', { ...fields, reason });
    else if (this.#told.get(idOf(fields)) === reason) this.#log.debug('Reconcile failed again', { ...fields, reason });
    else {
      this.#told.set(idOf(fields), reason);
      this.#log.error('Reconcile failed', error, fields);
    }
  }

  /** The next failure is told whatever it is. */
  succeeded(controller: string, key: string): void {
    this.#told.delete(idOf({ controller, key }));
  }
}

function idOf({ controller, key }: Pick<Failure, 'controller' | 'key'>): string {
  return `${controller} ${key}`;
}
