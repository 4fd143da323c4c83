/** How many are worth telling. */
const most = 3;

/** The names most like `name`: those that differ in a third of its characters at most, the nearest first. */
export function nearest(name: string, names: readonly string[]): readonly string[] {
  const bound = Math.max(2, Math.floor(name.length / 3));
  const wanted = name.toLowerCase();
  return [...new Set(names)]
    .map((each) => ({ each, distance: distanceOf(wanted, each.toLowerCase(), bound) }))
    .filter(({ distance }) => distance <= bound)
    .toSorted((a, b) => a.distance - b.distance || (a.each < b.each ? -1 : 1))
    .slice(0, most)
    .map(({ each }) => each);
}

/** How many characters to insert, delete or replace (Levenshtein); more than `bound` is told as just that. */
function distanceOf(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) > bound) return bound + 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
  }
  return row[b.length] ?? 0;
}
