import type { ServiceStatus } from '../../api/service-status.ts';

/**
 * What of a service's status is written at once, beside its conditions. Somebody may wait for the deployments there are
 * and how far they are, for the revision, and for all tasks to run; all else, such as a count on its way up or down,
 * may come a second later.
 *
 * What was seen of alarms, and when the bake time began, is decided once; were it lost, it would be decided anew.
 *
 * Launch numbers are for ourselves: a pod can be gone before the next look, and were its number lost in a crash then,
 * it would be used twice. So the number is written in the reconcile that used it.
 */
export function isServiceStateChange(before: ServiceStatus, after: ServiceStatus): boolean {
  return (
    before.taskDefinition !== after.taskDefinition ||
    (hasAllRunning(after) && !hasAllRunning(before)) ||
    deploymentsOf(before) !== deploymentsOf(after)
  );
}

/** Losing one is no such change: a service whose tasks come and go would be written each time. */
function hasAllRunning({ runningCount, desiredCount }: ServiceStatus): boolean {
  return runningCount === desiredCount;
}

function deploymentsOf({ deployments = [] }: ServiceStatus): string {
  return JSON.stringify(
    deployments.map(({ id, status, rolloutState, launched, unsettled = [], alarms, bakeStartedAt }) => [
      id,
      status,
      rolloutState,
      launched,
      unsettled,
      alarms,
      bakeStartedAt,
    ]),
  );
}
