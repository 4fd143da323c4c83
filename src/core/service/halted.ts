import { upperBound, type RollingPlan, type RollingTask, type RollingTerms } from './rolling.ts';

/**
 * What is stopped of a service whose PRIMARY deployment has ended without success, and is not rolled back: the tasks of
 * all deployments stay as they are, as on ECS. Only a lower desired count is heeded: what is beyond the maximum goes,
 * pending tasks first, then those not healthy; all where nothing is desired.
 */
export function planHalted(terms: RollingTerms, live: readonly RollingTask[]): RollingPlan {
  const ranked = live.map((task) => ({ ...task, rank: Number(task.isRunning) + Number(task.isHealthy) }));
  const surplus = live.length - upperBound(terms);
  return { start: 0, stop: surplus > 0 ? terms.scaleIn(ranked, surplus) : [], isStuck: false, isDrainStuck: false };
}
