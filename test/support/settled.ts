import assert from 'node:assert/strict';
import type { TaskDefinitionSpec } from '../../src/api/task-definition.ts';
import { concludeService } from '../../src/core/service/conclude.ts';
import { planService } from '../../src/core/service/plan.ts';
import { planStopped } from '../../src/core/service/stopped/plan.ts';
import { limitsOf } from './bounds-kept.ts';
import { containerDefinition, content, deepFreeze } from './builders.ts';
import type { ClusterModel } from './cluster-model.ts';
import { isFlawed } from './cluster-model/flaws.ts';
import { configure, contents, type Breaker, type Happening } from './history.ts';
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
  assert.deepEqual(
    holding(cluster).filter((type) => type !== 'StopDeploymentRefused'),
    ['Ready'],
  );
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

/** How a history ends: what is asked for last, and the circuit breaker if that does not work. */
export interface Last {
  readonly last: number;
  readonly breaker: Breaker;
}

/** Lets all of it happen, which checks the promises, then nothing more, and checks that the service settles. */
export function assertGoesWell(cluster: ClusterModel, happenings: readonly Happening[], end: Last): void {
  for (const each of happenings) each.happen(cluster);
  const wanted = contents[end.last] ?? content();
  cluster.setCluster(true);
  cluster.restoreNodes();
  cluster.register(wanted);
  breakFor(cluster, wanted, end.breaker);
  cluster.settle(400);
  if (isRejecting(cluster)) assertRejected(cluster, wanted);
  else assertSettledWithin(cluster, wanted);
}

function assertSettledWithin(cluster: ClusterModel, wanted: TaskDefinitionSpec): void {
  if (holding(cluster).includes('Stalled')) {
    assert(!canMove(cluster), 'stalled although the bounds leave room');
    assertAtRest(cluster);
  } else assertSettled(cluster, wanted);
}

/** All images are mended; but one that is asked for, and has never been complete, may be left to the circuit breaker. */
function breakFor(cluster: ClusterModel, wanted: TaskDefinitionSpec, breaker: Breaker): void {
  const image = imageOf(wanted);
  const isNew = cluster.deployments.every(({ snapshot }) => imageOf(snapshot.content) !== image);
  cluster.mend(isNew ? image : undefined);
  if (!isNew || !isFlawed(image)) return;
  configure(cluster, { deploymentCircuitBreaker: { ...breaker, enable: true } });
}

function imageOf({ containerDefinitions }: TaskDefinitionSpec): string {
  return containerDefinitions[0]?.image ?? '';
}

/** Why the service is Stalled, if it is. */
function stalledFor({ status }: ClusterModel): string | undefined {
  return status.conditions?.find((each) => each.type === 'Stalled' && each.status === 'True')?.reason;
}

function isRejecting(cluster: ClusterModel): boolean {
  return /^Deployment(RolledBack|Failed|Stopped)$/.test(stalledFor(cluster) ?? '');
}

/**
 * What is asked for has failed, or was stopped: either the one before it runs in its place, or nothing more is started.
 * Asked for again it starts nothing; another content is deployed.
 */
function assertRejected(cluster: ClusterModel, wanted: TaskDefinitionSpec): void {
  const rejected = cluster.deployments.filter(({ outcome }) => outcome?.isRejected === true);
  assert(
    rejected.some(({ snapshot }) => imageOf(snapshot.content) === imageOf(wanted)),
    'stalled for what is not asked for',
  );
  assertAtRest(cluster);
  if (stalledFor(cluster) === 'DeploymentRolledBack') assertRolledBack(cluster);
  else assert.equal(cluster.status.deployments?.[0]?.rolloutState, 'FAILED');
  const before = uidsOf(cluster);
  for (let time = 0; time < 3; time++) {
    cluster.register(wanted);
    cluster.settle(50);
  }
  assert.deepEqual(uidsOf(cluster), before);
  cluster.mend();
  cluster.register(another);
  cluster.settle(400);
  assertSettledWithin(cluster, another);
}

/** A content that no history has. */
const another = content(containerDefinition({ image: 'shop/web:good' }));

function assertRolledBack(cluster: ClusterModel): void {
  const { deployments, service, now } = cluster;
  const [primary] = deployments.toSorted((a, b) => b.sequence - a.sequence);
  assert.equal(primary?.outcome?.state, 'COMPLETED');
  const live = cluster.pods.filter(isMeantToRun);
  assert.equal(live.length, service.spec.desiredCount);
  assert(live.every((pod) => isInService(pod, now.epochMs)));
  assert(live.every((pod) => pod.spec?.containers[0]?.image === imageOf(primary.snapshot.content)));
}

function uidsOf({ pods }: ClusterModel): string[] {
  return pods.filter(isMeantToRun).map(({ metadata }) => metadata.uid);
}
