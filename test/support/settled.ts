import assert from 'node:assert/strict';
import type { TaskDefinitionSpec } from '../../src/api/task-definition.ts';
import { concludeService } from '../../src/core/service/conclude.ts';
import { planService } from '../../src/core/service/plan.ts';
import { planStopped } from '../../src/core/service/stopped/plan.ts';
import { limitsOf } from './bounds-kept.ts';
import { content, deepFreeze } from './builders.ts';
import type { ClusterModel } from './cluster-model.ts';
import { contents, type Happening } from './history.ts';
import { isInService, isMeantToRun } from './pod-life.ts';
import { hasStoppedBefore } from './stopped.ts';

/** Whether a deployment can move at all within the bounds. */
function canMove({ service }: ClusterModel): boolean {
  const { desiredCount } = service.spec;
  const { lower, upper } = limitsOf(service.spec);
  return lower < desiredCount || upper > desiredCount || desiredCount === 0;
}

/** The types of the conditions that hold. */
function holding({ status }: ClusterModel): string[] {
  return (status.conditions ?? []).filter((each) => each.status === 'True').map((each) => each.type);
}

/** The pods are what was asked for, the status says so, and another look changes nothing. */
export function assertSettled(cluster: ClusterModel, wanted: TaskDefinitionSpec): void {
  const { desiredCount } = cluster.service.spec;
  const live = cluster.pods.filter(isMeantToRun);
  assert.equal(live.length, desiredCount);
  assert(live.every((pod) => isInService(pod, cluster.now.epochMs)));
  assert(live.every((pod) => pod.spec?.containers[0]?.image === wanted.containerDefinitions[0]?.image));
  assert.deepEqual(holding(cluster), ['Ready']);
  const { deployments = [], runningCount, pendingCount, observedGeneration } = cluster.status;
  assert.deepEqual([runningCount, pendingCount], [desiredCount, 0]);
  assert.deepEqual(
    deployments.map(({ status, rolloutState }) => [status, rolloutState]),
    [['PRIMARY', 'COMPLETED']],
  );
  assert.equal(observedGeneration, cluster.service.metadata.generation);
  assertRecorded(cluster);
  assertAtRest(cluster);
}

/** Each record is that of a pod that is gone or has ended, and each pod that has ended has one for as long as it counts. */
function assertRecorded(cluster: ClusterModel): void {
  const { pods: ended, keptSeconds } = cluster.observeStopped();
  const names = new Set(cluster.records.map(({ metadata }) => metadata.name));
  assert(names.size <= 100, 'too many records');
  for (const { pod } of ended) {
    const isOver = hasStoppedBefore(pod, cluster.now.epochMs - keptSeconds * 1000);
    assert(isOver || names.has(pod.metadata.name), `${pod.metadata.name} has ended without a record`);
  }
}

function assertAtRest(cluster: ClusterModel): void {
  const world = cluster.observe();
  const plan = deepFreeze(planService(world));
  assert.deepEqual({ steps: plan.steps, events: plan.events }, { steps: [], events: [] });
  assert.deepEqual(planStopped(cluster.observeStopped()).steps, []);
  assert.equal(
    JSON.stringify(concludeService(world, plan, { done: [], failed: [] }).status),
    JSON.stringify(cluster.status),
  );
  assert(plan.wakeAtMs === undefined || plan.wakeAtMs > cluster.now.epochMs, 'wants to wake at once');
}

/** Lets all of it happen, which checks the promises, then nothing more, and checks that the service settles. */
export function assertGoesWell(cluster: ClusterModel, happenings: readonly Happening[], last: number): void {
  for (const each of happenings) each.happen(cluster);
  const wanted = contents[last] ?? content();
  cluster.setCluster(true);
  cluster.restoreNodes();
  cluster.register(wanted);
  cluster.settle(200);
  if (holding(cluster).includes('Stalled')) {
    assert(!canMove(cluster), 'stalled although the bounds leave room');
    assertAtRest(cluster);
  } else assertSettled(cluster, wanted);
}
