/** What a suffix of a Kubernetes quantity stands for, as a power of ten or of two. */
const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binary: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

const form = /^([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/;

/**
 * A Kubernetes quantity (`0.5Gi`, `250m`, `1e3`) as a number of units, or of their tenths, hundredths … where `decimals`
 * is 1, 2 …: `parseQuantity('250m', 3)` is 250. Undefined for what is no quantity, or none that a number can hold.
 * It is rounded once, at the end, so that a whole result is whole and may be rounded up as Kubernetes does.
 */
export function parseQuantity(text: string, decimals = 0): number | undefined {
  const found = form.exec(text);
  if (!found) return undefined;
  const value = scaled(found, decimals);
  return Number.isFinite(value) ? value : undefined;
}

function scaled(
  [, sign, whole = '', fraction = '', exponent = '0', suffix = '']: RegExpExecArray,
  decimals: number,
): number {
  const power = Number(exponent) + (decimal[suffix] ?? 0) - fraction.length + decimals;
  const digits = Number(whole + fraction) * 2 ** (binary[suffix] ?? 0);
  const value = power < 0 ? digits / 10 ** -power : digits * 10 ** power;
  return sign === '-' ? 0 - value : value;
}
