import { defined } from '../../base/defined.ts';
import { newDeployment, type DeploymentOrigin, type DeploymentOutcome, type DeploymentRecord } from './deployment.ts';
import { completedAs, isRejected, outcomeOf } from './outcome.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceStep, ServiceWorld } from './world.ts';

/**
 * Going back to the deployment that was completed last (Developer Guide, "How the Amazon ECS deployment circuit breaker
 * detects failures"). It goes in two writes, and each look goes on from what is written: the outcome of the failed
 * deployment says what takes its place, then that becomes PRIMARY.
 */

/** The deployment that is deployed again in the place of `failed`: of the others, the one completed last. */
export function rollbackTarget({ deployments }: ServiceWorld, failed: DeploymentRecord): DeploymentRecord | undefined {
  return completedLast(deployments.filter(({ digits, hash }) => digits !== failed.digits && hash !== failed.hash));
}

/** Of these, the one completed last, unless it has failed since. */
export function completedLast(deployments: readonly DeploymentRecord[]): DeploymentRecord | undefined {
  return deployments
    .filter((record) => completedAs(record) !== undefined && !isRejected(record))
    .toSorted((a, b) => (completedAs(b) ?? 0) - (completedAs(a) ?? 0))[0];
}

/** Digits of the deployment that would be PRIMARY after a rollback; undefined when there is nothing to go back to. */
export function rollbackDigits(world: ServiceWorld, failed: DeploymentRecord): string | undefined {
  const target = rollbackTarget(world, failed);
  return target && redeploy(world, target, failed).deployment.digits;
}

/** What comes next where the PRIMARY deployment has ended and another is to take its place. */
export function rollbackStep(world: ServiceWorld, primary: DeploymentRecord): ServiceStep | undefined {
  const outcome = outcomeOf(primary);
  const target = outcome?.rolledBackTo === undefined ? undefined : rollbackTarget(world, primary);
  if (!outcome || !target) return undefined;
  const step = redeploy(world, target, primary);
  const { digits } = step.deployment;
  if (digits === outcome.rolledBackTo) return step;
  // Its tasks have come or gone since.
  return { kind: 'recordOutcome', deployment: primary, outcome: { ...outcome, rolledBackTo: digits } };
}

/** Whether a deployment is there because the one before it has failed. */
export function isRollback(world: Pick<ServiceWorld, 'deployments'>, record: DeploymentRecord): boolean {
  return rollbackCause(world, record) !== undefined;
}

/** How the deployment ended in whose place this one came; undefined where somebody has asked for this one. */
export function rollbackCause(
  { deployments }: Pick<ServiceWorld, 'deployments'>,
  { digits, sequence }: DeploymentRecord,
): DeploymentOutcome | undefined {
  return deployments.find((each) => each.outcome?.rolledBackTo === digits && each.sequence === sequence - 1)?.outcome;
}

/** Whether a step makes another deployment PRIMARY because the one before it has failed. */
export function isRollingBack(step: ServiceStep): step is Redeployment {
  if (step.kind === 'promoteDeployment') return step.origin.cause === 'ROLLBACK';
  return step.kind === 'createDeployment' && step.deployment.origin?.cause === 'ROLLBACK';
}

type Redeployment = Extract<ServiceStep, { kind: 'createDeployment' | 'promoteDeployment' }>;

/** The same deployment while it has tasks, whose launch numbers are known; else another one of its snapshot and images. */
function redeploy(world: ServiceWorld, target: DeploymentRecord, primary: DeploymentRecord): Redeployment {
  const origin: DeploymentOrigin = { cause: 'ROLLBACK' };
  if (hasTasks(world, target)) {
    return { kind: 'promoteDeployment', deployment: target, sequence: primary.sequence + 1, origin };
  }
  const next = newDeployment(world.service.metadata.uid, world.deployments, target.snapshot);
  return { kind: 'createDeployment', deployment: { ...next, origin, ...defined('images', target.images) } };
}

/** Whether a task of it is live. */
export function hasTasks(world: ServiceWorld, { digits }: DeploymentRecord): boolean {
  return whereaboutsOf(world).live.some((task) => task.deployment === digits);
}
