import type { EventRecord } from './events.ts';

/** What a planner returns: the whole consequence of a world, nothing done yet. */
export interface Plan<Status, Step> {
  /** What to change in the cluster, in order of importance. */
  readonly steps: readonly Step[];
  /** The whole next status, not a difference. */
  readonly status: Status;
  readonly events: readonly EventRecord[];
  /** Epoch milliseconds at which to plan again even if nothing changes; absent when nothing is due. */
  readonly wakeAtMs?: number;
}

/** Steps of a plan that would break a promise: they are withheld. */
export interface Violation<Step> {
  /** Short and constant: a label of a metric. */
  readonly invariant: string;
  /** For people: what would be broken, by which steps, with the numbers. */
  readonly message: string;
  readonly steps: readonly Step[];
}
