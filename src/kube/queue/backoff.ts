/**
 * The delay before attempt `failures + 1`: `baseMs` doubled with each failure, up to `maxMs`, of which a random part
 * of at most half is taken off, so that those who failed together do not come back together.
 * @param random between 0 and 1.
 */
export function backoffMs(
  failures: number,
  bounds: { readonly baseMs: number; readonly maxMs: number },
  random: number,
): number {
  // 2 ** 1024 is Infinity, which Math.min makes good.
  const fullMs = Math.min(bounds.maxMs, bounds.baseMs * 2 ** Math.max(0, failures - 1));
  return fullMs * (1 - random / 2);
}
