import { deploymentId } from './deployment.ts';

/** ECS's stoppedReason of a task that its service stops, in a deployment or on scale-in. */
export function scalingReason(primaryDigits: string): string {
  return `Scaling activity initiated by (deployment ${deploymentId(primaryDigits)})`;
}

/** The same of one on a Spot Instance that EC2 takes back. */
export const spotReason = 'Your Spot Task was interrupted.';

/** The same of one that fails the health checks of its containers. */
export const unhealthyReason = 'Task failed container health checks';

/**
 * Why the pod of a task is deleted that has lost its room before it could start: it is made anew, and no stopped task. Never
 * shown.
 */
export const withdrawn = 'withdrawn';
