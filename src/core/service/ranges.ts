/** Whole numbers from `first` to `last`, both among them. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** A set of whole numbers: in order, no two touching. */
export type Ranges = readonly Range[];

/** Such a set as text, `1-3,7`; what somebody has damaged is left out. */
export function rangesIn(text: string): Range[] {
  const found = text.split(',').flatMap((part): Range[] => {
    const [, first = '', last = first] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part) ?? [];
    return first === '' || Number(first) > Number(last) ? [] : [{ first: Number(first), last: Number(last) }];
  });
  return joined(found);
}

/** As text, of that length at most: where there is no room, the gaps between the lowest are taken for filled. */
export function rangeText(ranges: Ranges, longest: number): string {
  const text = ranges.map(textOf).join(',');
  const [lowest, next, ...others] = ranges;
  if (text.length <= longest || !lowest || !next) return text;
  return rangeText([{ first: lowest.first, last: next.last }, ...others], longest);
}

/** How a range is written. */
export function textOf({ first, last }: Range): string {
  return first === last ? String(first) : `${String(first)}-${String(last)}`;
}

export function isIn(ranges: Ranges, number: number): boolean {
  let [from, to] = [0, ranges.length - 1];
  while (from <= to) {
    const middle = Math.floor((from + to) / 2);
    const { first, last } = ranges[middle] ?? { first: 0, last: 0 };
    if (number >= first && number <= last) return true;
    if (number < first) to = middle - 1;
    else from = middle + 1;
  }
  return false;
}

/** The set with these numbers too. */
export function withNumbers(ranges: Ranges, numbers: readonly number[]): Ranges {
  if (numbers.length === 0) return ranges;
  return joined([...ranges, ...numbers.map((number) => ({ first: number, last: number }))]);
}

function joined(ranges: readonly Range[]): Range[] {
  const all: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = all.at(-1);
    if (before && range.first <= before.last + 1) {
      all[all.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
    } else all.push(range);
  }
  return all;
}
