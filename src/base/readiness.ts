import { nextConditions, type Condition, type NextCondition } from './conditions.ts';

/** How an object is doing: a kstatus state, one word, and a sentence. */
export interface Readiness {
  readonly state: 'ready' | 'reconciling' | 'stalled';
  readonly reason: string;
  readonly message: string;
}

/** Ready always, and of the kstatus pair the one that holds: absent means that it does not. */
export function readinessConditions(
  { state, reason, message }: Readiness,
  observedGeneration: number,
): NextCondition[] {
  const condition = (type: string, status: 'True' | 'False'): NextCondition => ({
    type,
    status,
    reason,
    message,
    observedGeneration,
  });
  switch (state) {
    case 'ready':
      return [condition('Ready', 'True')];
    case 'reconciling':
      return [condition('Ready', 'False'), condition('Reconciling', 'True')];
    case 'stalled':
      return [condition('Ready', 'False'), condition('Stalled', 'True')];
  }
}

/** The planned conditions, with another readiness than was planned; the others stay. @param now RFC 3339. */
export function withReadiness(
  planned: readonly Condition[],
  readiness: Readiness,
  at: {
    readonly previous: readonly Condition[] | undefined;
    readonly observedGeneration: number;
    readonly now: string;
  },
): Condition[] {
  const others = planned.filter(({ type }) => !['Ready', 'Reconciling', 'Stalled'].includes(type));
  const next = [...readinessConditions(readiness, at.observedGeneration), ...others];
  return nextConditions(at.previous, next, at.now);
}
