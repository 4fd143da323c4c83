import type { Reading, Results } from './table.ts';
import { medianOf } from './table.ts';

export interface Verdict {
  readonly target: string;
  readonly found: string;
  readonly isMet: boolean;
}

/** What the kit must be good at, judged by medians on the scripted server. */
export function judge({ follow, create }: { readonly follow: Results; readonly create: Results }): Verdict[] {
  const rate = ratio(create, ({ perSecond }) => perSecond);
  const peak = ratio(follow, ({ peakMb }) => peakMb);
  const blockMs = Math.max(...[follow, create].map((each) => medianOf(each, 'kit', (one) => one.blockMs)));
  return [
    {
      target: 'creates at least 10 times as fast as client-node',
      found: `${rate.toFixed(1)} times`,
      isMet: rate >= 10,
    },
    {
      target: 'never blocks the event loop for more than 100 ms',
      found: `${blockMs.toFixed(0)} ms`,
      isMet: blockMs <= 100,
    },
    {
      target: "takes less than half of client-node's memory to list and follow",
      found: peak.toFixed(2),
      isMet: peak < 0.5,
    },
  ];
}

export function formatTargets(verdicts: readonly Verdict[]): string {
  return verdicts.map(({ target, found, isMet }) => `${isMet ? 'met   ' : 'MISSED'} ${target}: ${found}\n`).join('');
}

function ratio(results: Results, pick: Reading): number {
  return medianOf(results, 'kit', pick) / medianOf(results, 'stock', pick);
}
