import type { Readiness } from '../../base/readiness.ts';
import { clip } from '../../base/text.ts';
import { deploymentId, type DeploymentOutcome, type DeploymentRecord } from './deployment.ts';
import { outcomeOf } from './outcome.ts';
import type { Rollout } from './progress.ts';

/** Beside what it may quote. */
const longestExplanation = 1024;

/**
 * What a person reads of a service whose spec asks for what has failed: what happened, what runs, what to do.
 * @param progress how the service is apart from that, as sentences.
 */
export function rejectedReadiness({ primary }: Rollout, rejected: DeploymentRecord, progress: string): Readiness {
  const outcome = outcomeOf(rejected);
  const now = primary === rejected ? standstill(outcome) : `It was rolled back to ${named(primary)}.`;
  const parts = [`${named(rejected)} ${howItEnded(outcome)}`, now, progress, adviceOn(rejected)];
  return { state: 'stalled', reason: reasonOf(primary, rejected), message: parts.join(' ') };
}

function named({ digits, snapshot }: DeploymentRecord): string {
  return `${deploymentId(digits)} (${snapshot.taskDefinition})`;
}

/** Where another deployment is PRIMARY, or about to be, it was rolled back. */
function reasonOf(primary: DeploymentRecord, rejected: DeploymentRecord): string {
  const { state, rolledBackTo } = outcomeOf(rejected) ?? {};
  if (primary !== rejected || rolledBackTo !== undefined) return 'DeploymentRolledBack';
  return state === 'STOPPED' ? 'DeploymentStopped' : 'DeploymentFailed';
}

function howItEnded({ state, reason = '', message = '' }: Partial<DeploymentOutcome> = {}): string {
  const explanation = message === '' ? '' : ` ${sentence(clip(message, longestExplanation))}`;
  return `${state === 'STOPPED' ? 'was stopped' : 'has failed'}: ${reason}.${explanation}`;
}

function standstill({ rolledBackTo }: Partial<DeploymentOutcome> = {}): string {
  if (rolledBackTo !== undefined) return `It is being rolled back to ${deploymentId(rolledBackTo)}.`;
  return 'It is not rolled back: none of its tasks is started any more, and those that run stay.';
}

function adviceOn({ snapshot }: DeploymentRecord): string {
  return (
    `${snapshot.taskDefinition} is not deployed again until the service asks for something else: correct the task ` +
    'definition, go back to the one before, or set kubernetes.forceNewDeployment to a new text to try the same again.'
  );
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}
