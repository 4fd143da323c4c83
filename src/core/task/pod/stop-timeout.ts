import type { ContainerDefinition } from '../../../api/container-definition.ts';

/** Seconds from SIGTERM to SIGKILL of a container that names none, or 0 (ECS API reference, stopTimeout). */
const defaultStopTimeout = 30;

/** Seconds that a pod of these containers gets to stop: enough for each of them. */
export function gracePeriodOf(definitions: readonly ContainerDefinition[]): number {
  return Math.max(...definitions.map(stopTimeoutOf));
}

/** What of the containers' stop timeouts the one grace period of a pod cannot keep, in a sentence. */
export function stopTimeoutDifference(definitions: readonly ContainerDefinition[]): string | undefined {
  const gracePeriod = gracePeriodOf(definitions);
  const shorter = definitions.filter((each) => stopTimeoutOf(each) < gracePeriod);
  if (shorter.length === 0) return undefined;
  const given = shorter.map((each) => `${each.name} (stopTimeout ${String(stopTimeoutOf(each))})`).join(', ');
  return `A pod has one grace period, ${String(gracePeriod)} seconds: ${given} may take as long.`;
}

function stopTimeoutOf({ stopTimeout = 0 }: ContainerDefinition): number {
  return stopTimeout === 0 ? defaultStopTimeout : stopTimeout;
}
