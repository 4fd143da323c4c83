import type { Meter } from '../base/meter.ts';
import type { Violation } from '../base/plan.ts';
import { kubeMetrics } from './metrics.ts';

/** What no plan of a controller may break. */
export interface Promises<World, Step> {
  /** The invariants there are: each is counted from 0 on, for an increase from nothing is none to Prometheus. */
  readonly invariants: readonly string[];
  /** Pure: the steps that would break one, in no order. */
  readonly violations: (world: World, steps: readonly Step[]) => readonly Violation<Step>[];
}

/** A plan that would have broken promises: a bug. Its key backs off, and what the error says is logged with the key. */
export class BrokenPromiseError extends Error {
  override readonly name = 'BrokenPromiseError';
}

/**
 * The steps that break nothing, in their order, and the error to throw once they are done. That a step is a bug is no
 * reason to hold back the others: each was to be safe without those before it.
 */
export function withhold<World, Step>(
  { name, promises }: { readonly name: string; readonly promises?: Promises<World, Step> },
  { world, steps }: { readonly world: World; readonly steps: readonly Step[] },
  meter: Meter,
): { readonly steps: readonly Step[]; readonly broken?: BrokenPromiseError } {
  if (!promises) return { steps };
  const violations = promises.violations(world, steps);
  const counter = meter.counter(kubeMetrics.violations);
  for (const invariant of promises.invariants) {
    counter.add({ controller: name, invariant }, violations.filter((each) => each.invariant === invariant).length);
  }
  if (violations.length === 0) return { steps };
  const withheld = new Set(violations.flatMap((each) => each.steps));
  const message = violations.map((each) => each.message).join(' ');
  return { steps: steps.filter((step) => !withheld.has(step)), broken: new BrokenPromiseError(message) };
}
