import { defined } from '../../base/defined.ts';
import { memo } from '../../base/memo.ts';
import { clip } from '../../base/text.ts';
import {
  deploymentId,
  findDeployment,
  primaryOf,
  type DeploymentOutcome,
  type DeploymentRecord,
} from './deployment.ts';
import { completedAs, isEnded, outcomeOf } from './outcome.ts';
import { isCompleted } from './progress.ts';
import { liftSteps } from './rejection.ts';
import { isRollback, rollbackDigits } from './rollback.ts';
import { verdictOn, type Verdict } from './verdict.ts';
import type { ServiceStep, ServiceWorld } from './world.ts';

/** What a status takes of a reason; what is kept of an explanation. */
const [longestReason, longestMessage] = [256, 1024];

/**
 * Why the PRIMARY deployment ends now without success. A rollback is not judged: nobody would know where to go from
 * there. Told once for each world.
 */
const verdictOf = memo((world: ServiceWorld): Verdict | undefined => {
  const primary = primaryOf(world.deployments);
  if (!primary || outcomeOf(primary) || isCompleted(world, { primary }) || isRollback(world, primary)) return undefined;
  return verdictOn(world, primary);
});

/** Whether nothing is started or stopped any more for the PRIMARY deployment: it has failed, or was stopped. */
export function isHalted(world: ServiceWorld, primary: DeploymentRecord): boolean {
  return isEnded(primary) || verdictOf(world) !== undefined;
}

/** What is to be written down of how deployments have ended, for as long as it is not. */
export function outcomeSteps(world: ServiceWorld, primary: DeploymentRecord): ServiceStep[] {
  return [
    ...world.deployments.flatMap((deployment): ServiceStep[] => {
      if (outcomeOf(deployment)) return [];
      const outcome = deployment === primary ? endingOf(world, primary) : supersededOutcome(world, primary, deployment);
      return outcome ? [{ kind: 'recordOutcome', deployment, outcome }] : [];
    }),
    ...liftSteps(world),
  ];
}

function endingOf(world: ServiceWorld, primary: DeploymentRecord): DeploymentOutcome | undefined {
  const { sequence } = primary;
  if (isCompleted(world, { primary })) return { state: 'COMPLETED', at: world.now.iso, sequence };
  const verdict = verdictOf(world);
  if (!verdict) return undefined;
  return {
    state: verdict.cause === 'command' ? 'STOPPED' : 'FAILED',
    at: world.now.iso,
    reason: clip(verdict.what, longestReason),
    message: clip(verdict.message, longestMessage),
    endedBy: verdict.cause,
    isRejected: true,
    sequence,
    ...defined('completed', completedAs(primary)),
    ...defined('rolledBackTo', verdict.rollback ? rollbackDigits(world, primary) : undefined),
  };
}

/** One that was completed and not written down as such, or was in progress when the next one began. */
function supersededOutcome(
  { service, now }: ServiceWorld,
  primary: DeploymentRecord,
  record: DeploymentRecord,
): DeploymentOutcome {
  const { sequence } = record;
  const shown = findDeployment(service.status, record);
  if (shown?.rolloutState === 'COMPLETED') return { state: 'COMPLETED', at: shown.updatedAt, sequence };
  const reason = `superseded by ${deploymentId(primary.digits)}`;
  return { state: 'STOPPED', at: now.iso, reason, sequence, ...defined('completed', completedAs(record)) };
}
