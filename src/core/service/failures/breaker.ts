import type { DeploymentStatus } from '../../../api/service-status.ts';
import { deploymentId, findDeployment, type DeploymentRecord } from '../deployment.ts';
import { desiredCountOf } from '../desired.ts';
import { outcomeOf } from '../outcome.ts';
import { isCounting, ledgerOf } from './ledger.ts';
import type { Verdict } from '../verdict.ts';
import type { ServiceSpec } from '../../../api/service.ts';
import type { ServiceWorld } from '../world.ts';

type Breaker = NonNullable<ServiceSpec['deploymentConfiguration']['deploymentCircuitBreaker']>;
type BreakerStatus = NonNullable<DeploymentStatus['deploymentCircuitBreaker']>;

/**
 * How many failures trip the circuit breaker (Developer Guide, "Failure threshold"): by default half of the desired
 * count, from 3 to 200.
 */
export function thresholdOf({ type, value }: Breaker['thresholdConfiguration'], desiredCount: number): number {
  const share = Math.ceil((desiredCount * value) / 100);
  switch (type) {
    case 'BOUNDED_PERCENT':
      return Math.min(200, Math.max(3, share));
    case 'UNBOUNDED_PERCENT':
      // None at all would fail a deployment of no tasks.
      return Math.max(1, share);
    case 'COUNT':
      return value;
  }
}

/** That too many tasks have failed. */
export function brokenBy(world: ServiceWorld, primary: DeploymentRecord): Verdict | undefined {
  const breaker = world.service.spec.deploymentConfiguration.deploymentCircuitBreaker;
  if (breaker?.enable !== true || !isCounting(world, primary)) return undefined;
  const { failedTasks, last = 'unknown' } = ledgerOf(world);
  const threshold = thresholdOf(breaker.thresholdConfiguration, desiredCountOf(world));
  if (failedTasks < threshold) return undefined;
  return {
    cause: 'circuitBreaker',
    rollback: breaker.rollback,
    what: 'tasks failed to start',
    message: `${String(failedTasks)} of ${String(threshold)} failures of ${deploymentId(primary.digits)}, last: ${last}`,
  };
}

/** As the status has it, where the service has a circuit breaker. */
export function shownBreaker(
  world: ServiceWorld,
  primary: DeploymentRecord,
): Pick<DeploymentStatus, 'deploymentCircuitBreaker'> {
  const breaker = world.service.spec.deploymentConfiguration.deploymentCircuitBreaker;
  if (!breaker) return {};
  const failureCount = ledgerOf(world).failedTasks;
  const threshold = thresholdOf(breaker.thresholdConfiguration, desiredCountOf(world));
  const status = breaker.enable ? statusOf(world, primary) : 'DISABLED';
  return { deploymentCircuitBreaker: { status, failureCount, threshold } };
}

function statusOf(world: ServiceWorld, primary: DeploymentRecord): BreakerStatus['status'] {
  const before = findDeployment(world.service.status, primary)?.deploymentCircuitBreaker?.status;
  if (brokenBy(world, primary) || (before === 'TRIGGERED' && outcomeOf(primary)?.state === 'FAILED'))
    return 'TRIGGERED';
  return isCounting(world, primary) ? 'MONITORING' : 'MONITORING_COMPLETE';
}
