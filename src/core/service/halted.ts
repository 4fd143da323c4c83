import {
  nothingToDo,
  planRolling,
  upperBound,
  type RollingPlan,
  type RollingTask,
  type RollingTerms,
} from './rolling.ts';

/**
 * What becomes of tasks where the PRIMARY deployment has ended without success, until another takes its place. Those of all
 * deployments stay as they are, as on ECS. Only a lower desired count is heeded: what is beyond the maximum goes, pending
 * tasks first, then those not healthy; all where nothing is desired. What is lost of the deployment before it is made up
 * for, which ECS does not do: else a service that nobody looks after would bleed.
 */
export function planHalted(terms: RollingTerms, live: readonly RollingTask[]): RollingPlan {
  const ranked = live.map((task) => ({ ...task, rank: Number(task.isRunning) + Number(task.isHealthy) }));
  const surplus = live.length - upperBound(terms);
  const { startOld } = planRolling({ ...terms, hasFailed: true }, live);
  return { ...nothingToDo, startOld, stop: surplus > 0 ? terms.scaleIn(ranked, surplus) : [] };
}
