import { deploymentId } from './deployment.ts';

/** ECS's stoppedReason of a task that its service stops, in a deployment or on scale-in. */
export function scalingReason(primaryDigits: string): string {
  return `Scaling activity initiated by (deployment ${deploymentId(primaryDigits)})`;
}
