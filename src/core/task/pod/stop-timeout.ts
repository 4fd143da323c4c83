import type { ContainerDefinition } from '../../../api/container-definition.ts';
import { differenceOf, type FieldDifference } from '../../differences.ts';

/** Seconds from SIGTERM to SIGKILL of a container that names none, or 0 (ECS API reference, stopTimeout). */
const defaultStopTimeout = 30;

/** Seconds that a pod of these containers gets to stop: enough for each of them. */
export function gracePeriodOf(definitions: readonly ContainerDefinition[]): number {
  return Math.max(...definitions.map(stopTimeoutOf));
}

/** The stop timeouts that the one grace period of a pod cannot keep: those that are shorter. */
export function stopTimeoutDifferences(definitions: readonly ContainerDefinition[]): readonly FieldDifference[] {
  const gracePeriod = gracePeriodOf(definitions);
  const shorter = definitions.filter((each) => stopTimeoutOf(each) < gracePeriod);
  if (shorter.length === 0) return [];
  const names = shorter.map(({ name }) => name);
  const told = [...new Set(shorter.map(stopTimeoutOf))].toSorted((a, b) => a - b).join(' or ');
  const what = `a pod has one grace period, so that it is ${String(gracePeriod)} seconds and not ${told}`;
  return [differenceOf(names, what, 'stopTimeout')];
}

function stopTimeoutOf({ stopTimeout = 0 }: ContainerDefinition): number {
  return stopTimeout === 0 ? defaultStopTimeout : stopTimeout;
}
