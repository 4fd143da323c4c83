import type { DeploymentOutcome, DeploymentRecord } from './deployment.ts';

/** How a deployment has ended; undefined while it is in progress, be it for the second time. */
export function outcomeOf({ outcome, sequence }: DeploymentRecord): DeploymentOutcome | undefined {
  return outcome && (outcome.sequence ?? sequence) === sequence ? outcome : undefined;
}

/** The sequence with which it was completed the last time; undefined when it never was. */
export function completedAs({ outcome, sequence }: DeploymentRecord): number | undefined {
  return outcome?.state === 'COMPLETED' ? (outcome.sequence ?? sequence) : outcome?.completed;
}

/** Whether a verdict has ended it: nothing is started for it any more. */
export function isEnded(record: DeploymentRecord): boolean {
  return outcomeOf(record)?.endedBy !== undefined;
}

/** Whether its content is not deployed again, until the service asks for another one. */
export function isRejected({ outcome }: DeploymentRecord): boolean {
  return outcome?.isRejected === true;
}
