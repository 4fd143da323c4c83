import type { PlacementStrategy } from '../../../src/api/placement.ts';
import { median } from '../kit/table.ts';
import type { Verdict } from '../kit/targets.ts';
import { smaller, type Numbers } from './numbers.ts';

/** Microseconds of each placement, in one round. */
export interface Reading {
  readonly large: readonly number[];
  readonly small: readonly number[];
  readonly scan: readonly number[];
}

export interface Scenario {
  readonly name: string;
  readonly strategy: readonly PlacementStrategy[];
  readonly services: number;
  readonly readings: Reading[];
}

export interface Results {
  readonly numbers: Numbers;
  readonly scenarios: readonly Scenario[];
  /** Microseconds to find that nothing is free, and why. */
  readonly refusals: readonly number[];
  /** Milliseconds that building a model blocked the event loop at most, in each round. */
  readonly blocks: readonly number[];
}

/** The median of all rounds together. */
export function medianOf({ readings }: Scenario, which: keyof Reading): number {
  return median(readings.flatMap((reading) => reading[which]));
}

/** How much longer a placement takes on the larger cluster. */
export function growthOf(scenario: Scenario): number {
  return medianOf(scenario, 'large') / medianOf(scenario, 'small');
}

export function judge({ scenarios, refusals, blocks, numbers }: Results): Verdict[] {
  const slowest = Math.max(...scenarios.map((scenario) => medianOf(scenario, 'large')));
  const growth = Math.max(...scenarios.map(growthOf));
  const [refusal, block] = [median(refusals), median(blocks)];
  return [
    { target: 'places a task in 20 µs (median)', found: `${slowest.toFixed(1)} µs at most`, isMet: slowest <= 20 },
    {
      target: `takes less than ${smaller / 2} times as long on ${smaller} times the nodes`,
      found: `${growth.toFixed(2)} times at most`,
      isMet: growth < smaller / 2,
    },
    {
      target: `finds within 1 ms that ${numbers.nodes} nodes are full, and why (median)`,
      found: `${(refusal / 1000).toFixed(2)} ms`,
      isMet: refusal <= 1000,
    },
    {
      target: 'never blocks the event loop for more than 50 ms while it builds its model',
      found: `${block.toFixed(1)} ms`,
      isMet: block <= 50,
    },
  ];
}
