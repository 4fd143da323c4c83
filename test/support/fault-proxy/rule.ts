import type { Fault } from './faults.ts';
import { isMeant, type Matcher, type ProxiedRequest } from './request.ts';

/** A fault that waits for its requests. */
export interface Rule {
  /** Requests it was applied to so far. */
  readonly hits: number;
  /** Resolves when it has been applied `times` times. */
  readonly spent: Promise<void>;
  remove(): void;
}

/** Requests a rule is for, and which of them, in order of arrival. */
export interface Choice extends Matcher {
  /** How many it leaves alone first; none when absent. */
  readonly skip?: number;
  /** How many it is applied to; all when absent. */
  readonly times?: number;
}

/** A rule as the proxy keeps it: it counts what comes. */
export class ActiveRule implements Rule {
  readonly fault: Fault;
  readonly spent: Promise<void>;
  readonly remove: () => void;
  readonly #choice: Choice;
  #seen = 0;
  #resolveSpent: () => void = () => undefined;

  constructor(choice: Choice, fault: Fault, remove: () => void) {
    this.#choice = choice;
    this.fault = fault;
    this.remove = remove;
    this.spent = new Promise((resolve) => {
      this.#resolveSpent = resolve;
    });
  }

  get hits(): number {
    const { skip = 0, times = Infinity } = this.#choice;
    return Math.min(times, Math.max(0, this.#seen - skip));
  }

  /** Whether it is for this request, which counts. */
  takes(request: ProxiedRequest): boolean {
    const { skip = 0, times = Infinity, ...matcher } = this.#choice;
    if (!isMeant(matcher, request)) return false;
    this.#seen++;
    if (this.#seen === skip + times) this.#resolveSpent();
    return this.#seen > skip && this.#seen <= skip + times;
  }
}
