import { alignColumns, median } from '../kit/table.ts';
import { growthOf, medianOf, type Results, type Scenario } from './targets.ts';
import { smaller } from './numbers.ts';

/** Microseconds of a placement, by scenario. */
export function formatScenarios({ numbers, scenarios }: Results): string {
  const { tasks, nodes, rounds } = numbers;
  const head = ['', 'median', 'p99', `on ${Math.ceil(nodes / smaller)} nodes`, 'ratio', 'all nodes looked at', 'ratio'];
  const lines = alignColumns([head, ...scenarios.map(rowOf)]);
  return `Place ${tasks} tasks on ${nodes} nodes, µs each (${rounds} rounds)\n${lines.join('\n')}\n`;
}

function rowOf(scenario: Scenario): readonly string[] {
  const [ours, scan] = [medianOf(scenario, 'large'), medianOf(scenario, 'scan')];
  const all = scenario.readings.flatMap(({ large }) => large);
  const few = medianOf(scenario, 'small');
  const numbers = [ours, quantile(all, 0.99), few, growthOf(scenario), scan, scan / ours];
  return [`${scenario.name}, ${scenario.services} services`, ...numbers.map((number) => number.toFixed(1))];
}

export function formatRefusals({ numbers, refusals }: Results): string {
  const [middle, p99] = [median(refusals), quantile(refusals, 0.99)].map((micros) => (micros / 1000).toFixed(2));
  return `Refuse a task on ${numbers.nodes} full nodes, and say why: ${middle} ms, p99 ${p99} ms\n`;
}

/** The value below which that part of all values is. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}
