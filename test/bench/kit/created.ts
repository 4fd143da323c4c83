import type { Work } from './job.ts';

/** The names of the pods to create. */
export function namesOf({ creates, prefix }: Extract<Work, { kind: 'create' }>): string[] {
  return Array.from({ length: creates }, (_, index) => `${prefix}-${index}`);
}

interface Answer {
  readonly metadata?: { readonly name?: string; readonly uid?: string };
}

/**
 * How many pods were made, by uid, of those whose answer has the name that was asked for.
 * @throws the first refusal.
 */
export function countCreated(answers: readonly PromiseSettledResult<Answer>[], names: readonly string[]): number {
  const uids = answers.map((answer, index) => {
    if (answer.status === 'rejected') throw answer.reason;
    const { name, uid } = answer.value.metadata ?? {};
    return name === names[index] ? uid : undefined;
  });
  return new Set(uids.filter((uid) => uid !== undefined)).size;
}
