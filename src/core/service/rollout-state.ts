import type { DeploymentStatus } from '../../api/service-status.ts';
import { deploymentId, findDeployment, type DeploymentRecord, type EndedBy } from './deployment.ts';
import { outcomeOf } from './outcome.ts';
import { isCompleted, type Rollout } from './progress.ts';
import { rollbackCause } from './rollback.ts';
import type { ServiceWorld } from './world.ts';

type RolloutState = DeploymentStatus['rolloutState'];

/** How ECS begins its reasons, by who has ended the deployment. */
const subjects: Readonly<Record<EndedBy, string>> = {
  circuitBreaker: 'ECS deployment circuit breaker',
  alarms: 'ECS deployment failed',
  command: 'ECS deployment stopped',
};

/** How far a deployment is, and why, in ECS's words. */
export function rolloutOf(
  world: ServiceWorld,
  rollout: Rollout,
  record: DeploymentRecord,
): Pick<DeploymentStatus, 'rolloutState' | 'rolloutStateReason'> {
  const rolloutState = stateOf(world, rollout, record);
  const { endedBy, reason = '' } = outcomeOf(record) ?? {};
  if (endedBy) return { rolloutState, rolloutStateReason: `${subjects[endedBy]}: ${reason}.` };
  const id = deploymentId(record.digits);
  const cause = rolloutState === 'IN_PROGRESS' ? rollbackCause(world, record)?.endedBy : undefined;
  if (cause) return { rolloutState, rolloutStateReason: `${subjects[cause]}: rolling back to deploymentId ${id}.` };
  const progress = rolloutState === 'COMPLETED' ? 'completed' : 'in progress';
  return { rolloutState, rolloutStateReason: `ECS deployment ${id} ${progress}.` };
}

function stateOf(world: ServiceWorld, rollout: Rollout, record: DeploymentRecord): RolloutState {
  const outcome = outcomeOf(record);
  if (outcome?.endedBy) return 'FAILED';
  if (record.digits === rollout.primary.digits) return isCompleted(world, rollout) ? 'COMPLETED' : 'IN_PROGRESS';
  if (outcome) return outcome.state === 'COMPLETED' ? 'COMPLETED' : 'IN_PROGRESS';
  return findDeployment(world.service.status, record)?.rolloutState ?? 'COMPLETED';
}
