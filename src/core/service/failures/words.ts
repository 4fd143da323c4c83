import { instantOf } from '../../../base/clock.ts';
import { thresholdOf } from './breaker.ts';
import type { DeploymentRecord } from '../deployment.ts';
import { desiredCountOf } from '../desired.ts';
import { rollbackTarget } from '../rollback.ts';
import { isCounting, ledgerOf } from './ledger.ts';
import { waitsOf } from './pace.ts';
import type { ServiceWorld } from '../world.ts';

/** For people: how many tasks of a deployment have failed and what follows, and until when the next ones wait. */
export function failureParts(world: ServiceWorld, primary: DeploymentRecord): string[] {
  return [...failuresPart(world, primary), ...waitParts(world)];
}

function failuresPart(world: ServiceWorld, primary: DeploymentRecord): string[] {
  const { failedTasks, last = 'unknown' } = ledgerOf(world);
  if (failedTasks === 0 || !isCounting(world, primary)) return [];
  const breaker = world.service.spec.deploymentConfiguration.deploymentCircuitBreaker;
  if (breaker?.enable !== true) return [`${String(failedTasks)} tasks have failed, last: ${last}`];
  const threshold = thresholdOf(breaker.thresholdConfiguration, desiredCountOf(world));
  const failures = `${String(failedTasks)} of ${String(threshold)} failures, last: ${last}`;
  const left = threshold - failedTasks;
  if (left <= 0) return [failures];
  const target = breaker.rollback ? rollbackTarget(world, primary) : undefined;
  const follows = target ? `roll back to revision ${target.snapshot.taskDefinition}` : 'fail the deployment';
  return [failures, `${String(left)} more ${follows}`];
}

function waitParts(world: ServiceWorld): string[] {
  return waitsOf(world)
    .filter(({ untilMs }) => untilMs > world.now.epochMs)
    .map(
      ({ rounds, untilMs, why }) =>
        `${why} ${String(rounds)} times in a row: the next try is at ${instantOf(untilMs).iso}`,
    );
}
