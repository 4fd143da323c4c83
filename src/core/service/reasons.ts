import { deploymentId } from './deployment.ts';

/** ECS's stoppedReason of a task that its service stops, in a deployment or on scale-in. */
export function scalingReason(primaryDigits: string): string {
  return `Scaling activity initiated by (deployment ${deploymentId(primaryDigits)})`;
}

/** The same of one whose health checks fail. @param targetGroup that whose checks they are; absent for containers'. */
export function unhealthyReason(targetGroup?: string): string {
  if (targetGroup === undefined) return 'Task failed container health checks';
  return `Task failed ELB health checks in (target-group ${targetGroup})`;
}

/** The same of one on a Spot Instance that EC2 takes back. */
export const spotReason = 'Your Spot Task was interrupted.';

/**
 * Why the pod of a task is deleted that has lost its room before it could start: it is made anew, and no stopped task. Never
 * shown.
 */
export const withdrawn = 'withdrawn';
