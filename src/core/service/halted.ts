import type { DeploymentRecord } from './deployment.ts';
import { isHalted } from './ending.ts';
import { upperBound, type RollingPlan, type RollingTask, type RollingTerms } from './rolling.ts';
import type { ServiceWorld } from './world.ts';

/** What is stopped where the PRIMARY deployment has ended without success, until another takes its place. */
export function haltedPlanOf(
  world: ServiceWorld,
  primary: DeploymentRecord,
  { terms, live }: { readonly terms: RollingTerms; readonly live: readonly RollingTask[] },
): RollingPlan | undefined {
  if (!isHalted(world, primary)) return undefined;
  return planHalted(terms, world.service.spec.schedulingStrategy === 'REPLICA' ? live : []);
}

/**
 * The tasks of all deployments stay as they are, as on ECS. Only a lower desired count is heeded: what is beyond the
 * maximum goes, pending tasks first, then those not healthy; all where nothing is desired.
 */
export function planHalted(terms: RollingTerms, live: readonly RollingTask[]): RollingPlan {
  const ranked = live.map((task) => ({ ...task, rank: Number(task.isRunning) + Number(task.isHealthy) }));
  const surplus = live.length - upperBound(terms);
  return { start: 0, stop: surplus > 0 ? terms.scaleIn(ranked, surplus) : [], isStuck: false, isDrainStuck: false };
}
