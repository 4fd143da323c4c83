/** The members of a status that mean the same on every kind. */
interface Conditioned {
  readonly observedGeneration?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
}

/**
 * Whether statuses differ in what people and `kubectl wait` wait for on any kind: which generation was looked at, and
 * conditions, though not what they say.
 */
export function isConditionChange(before: unknown, after: unknown): boolean {
  return told(before) !== told(after);
}

function told(status: unknown): string {
  const { observedGeneration, conditions = [] } = (status ?? {}) as Conditioned;
  return JSON.stringify([
    observedGeneration,
    conditions.map(({ type, status: holds, reason }) => [type, holds, reason]),
  ]);
}
