import type { ContenderName, Measurement } from './job.ts';

/** What all contenders took for the same work, a measurement for each round. */
export interface Results {
  readonly title: string;
  readonly contenders: readonly { readonly contender: ContenderName; readonly measurements: readonly Measurement[] }[];
}

export type Reading = (measurement: Measurement) => number;

const rows: Readonly<Record<string, Reading>> = {
  'time, s': ({ wallMs }) => wallMs / 1000,
  'CPU, s': ({ cpuMs }) => cpuMs / 1000,
  'pods and events per second': ({ perSecond }) => perSecond,
  'longest block of the event loop, ms': ({ blockMs }) => blockMs,
  'memory at its peak, MiB': ({ peakMb }) => peakMb,
  'memory afterwards, MiB': ({ residentMb }) => residentMb,
  'heap afterwards, MiB': ({ heapMb }) => heapMb,
};

const headings: Readonly<Record<ContenderName, string>> = {
  kit: 'kit',
  stock: 'client-node',
  raw: 'bytes only',
};

/** The middle one; the mean of both when there are two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** The median of one contender's measurements. */
export function medianOf({ contenders }: Results, name: ContenderName, pick: Reading): number {
  const found = contenders.find(({ contender }) => contender === name);
  return median((found?.measurements ?? []).map(pick));
}

/** Medians with the least and the most of all rounds, and the kit's median over client-node's. */
export function formatTable(results: Results): string {
  const { title, contenders } = results;
  const head = ['', ...contenders.map(({ contender }) => headings[contender]), 'kit : client-node'];
  const body = Object.entries(rows).map(([label, pick]) => [
    label,
    ...contenders.map(({ measurements }) => formatCell(measurements.map(pick))),
    (medianOf(results, 'kit', pick) / medianOf(results, 'stock', pick)).toFixed(2),
  ]);
  const lines = alignColumns([head, ...body]);
  return `${title} (median, least and most of ${contenders[0]?.measurements.length ?? 0})\n${lines.join('\n')}\n`;
}

function formatCell(values: readonly number[]): string {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)];
  const digits = middle < 100 ? 2 : 0;
  return `${middle.toFixed(digits)} (${least.toFixed(digits)}-${most.toFixed(digits)})`;
}

/** The first column to the left, the others to the right. */
export function alignColumns(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}
