/** A Kubernetes condition (`metav1.Condition`). */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  /** RFC 3339. */
  readonly lastTransitionTime: string;
}

export type NextCondition = Omit<Condition, 'lastTransitionTime'>;

/**
 * The next condition list: `next` in its given order, each keeping its old transition time while its status stays.
 * @param now RFC 3339 time of the transition for those whose status changed.
 */
export function nextConditions(
  previous: readonly Condition[] | undefined,
  next: readonly NextCondition[],
  now: string,
): Condition[] {
  return next.map((condition) => {
    const old = previous?.find((candidate) => candidate.type === condition.type);
    const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : now;
    return { ...condition, lastTransitionTime };
  });
}

/** Whether the condition of that type is present with status True. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}
