import type { Clock } from '../../base/clock.ts';
import { ApiError } from '../errors.ts';
import { isNamespaceTerminating } from '../refusal.ts';
import type { Write } from './act.ts';

/** Long enough for a namespace to empty itself, short enough for one that is made anew under the same name. */
const heldMs = 10_000;

/**
 * Namespaces that are being deleted. Every pod that goes with one is a change its service would answer with a new task:
 * what a create was refused with there is the answer to all others, for ten seconds, without asking.
 */
export class TerminatingNamespaces {
  readonly #clock: Clock;
  readonly #refused = new Map<string, { readonly error: ApiError; readonly untilMs: number }>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** Does the write. @throws what it fails with, or for a create in such a namespace what an earlier one failed with. */
  async perform(write: Write, act: (write: Write) => Promise<void>): Promise<void> {
    if (write.verb !== 'create') {
      await act(write);
      return;
    }
    const held = this.#refused.get(write.namespace);
    if (held !== undefined && held.untilMs > this.#clock.now()) throw held.error;
    try {
      await act(write);
    } catch (error) {
      if (error instanceof ApiError && isNamespaceTerminating(error)) this.#hold(write.namespace, error);
      throw error;
    }
  }

  #hold(namespace: string, error: ApiError): void {
    const now = this.#clock.now();
    for (const [name, { untilMs }] of this.#refused) if (untilMs <= now) this.#refused.delete(name);
    this.#refused.set(namespace, { error, untilMs: now + heldMs });
  }
}
