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
