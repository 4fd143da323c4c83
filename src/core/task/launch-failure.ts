import type { Readiness } from '../../base/readiness.ts';
import type { Refusal } from '../../base/refusal.ts';

/** A create that the API server did not take, in its words. */
export interface FailedCreate {
  readonly message: string;
  /** Absent when nobody refused it: a fault, or a right that the operator lacks. */
  readonly refusal?: Refusal;
}

/** What to do about a refusal in which the pattern is found. */
const advice: readonly (readonly [RegExp, string])[] = [
  [/exceeded quota: /, 'Raise that quota or make room in it'],
  [
    /service account \S+: serviceaccount .* not found|no PriorityClass with name/,
    'Make it, or name another in the task definition',
  ],
  [
    /aggregate container requests|less than or equal to pod limits/,
    'A LimitRange of this namespace gives containers defaults that do not fit into the size of the task: lower those, or make the task larger',
  ],
];

const otherAdvice = 'Change the task definition, or what refuses it in this namespace';

/** Why nothing is launched, and what somebody can do about it. It is tried again, with growing delays. */
export function launchReadiness({ message, refusal }: FailedCreate): Readiness {
  if (refusal === undefined) return { state: 'reconciling', reason: 'LaunchFailed', message };
  if (refusal === 'NamespaceTerminating') {
    const last = 'The namespace is being deleted: nothing is started in it any more.';
    return { state: 'stalled', reason: refusal, message: last };
  }
  const [, help = otherAdvice] = advice.find(([pattern]) => pattern.test(message)) ?? [];
  const told = `${message.replace(/\.$/, '')}. ${help}: the launch is tried again within a minute.`;
  return { state: 'reconciling', reason: refusal, message: told };
}

/**
 * The words of a refusal for an event, whose repetitions are told by their text: without the object's name, and without
 * what is used of a quota, which changes with everybody's tasks.
 */
export function refusalWords(message: string): string {
  return message
    .replace(/^\S+ "[^"]*" is (?:forbidden|invalid): /, '')
    .replace(/, used: \S+(?=, limited: )/, '')
    .replace(/\.$/, '');
}
