/**
 * How a step ends: `unknown` is done, but reported as failed, as a timeout is; `late` is reported as failed as well, and
 * arrives when nobody waits for it any more.
 */
export type Fate = 'done' | 'failed' | 'unknown' | 'late';

/** What becomes of one reconcile. */
export interface Fortune {
  /** Of the steps in order; those beyond are done. */
  readonly fates: readonly Fate[];
  /** After so many steps the operator dies, its status unwritten; of the others the late ones are on their way. */
  readonly crashAfter?: number | undefined;
}
