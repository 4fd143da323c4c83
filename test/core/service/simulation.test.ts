import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { TaskDefinitionSpec } from '../../../src/api/task-definition.ts';
import { concludeService } from '../../../src/core/service/conclude.ts';
import { planService } from '../../../src/core/service/plan.ts';
import { planStopped } from '../../../src/core/service/stopped/plan.ts';
import { containerDefinition, content, deepFreeze, healthCheck } from '../../support/builders.ts';
import { limitsOf } from '../../support/bounds-kept.ts';
import { ClusterModel } from '../../support/cluster-model.ts';
import type { Fate } from '../../support/fortune.ts';
import { containersOf } from '../../support/dependencies.ts';
import { hasStoppedBefore } from '../../support/stopped.ts';
import { exited, isInService, isMeantToRun, sickened, stuck } from '../../support/pod-life.ts';

/** Something that happens to the service; `toString` is what fast-check prints of a failure. */
interface Happening {
  readonly happen: (cluster: ClusterModel) => void;
  readonly toString: () => string;
}

function happening(name: string, happen: (cluster: ClusterModel) => void): Happening {
  return { happen, toString: () => name };
}

const contents: readonly TaskDefinitionSpec[] = [
  content(),
  content(containerDefinition({ image: 'shop/web:2' })),
  content(containerDefinition({ image: 'shop/web:3', healthCheck })),
  content(containerDefinition({ image: 'shop/web:4' }), containerDefinition({ name: 'log', essential: false })),
  content(containerDefinition({ image: 'shop/web:5', healthCheck }), containerDefinition({ name: 'proxy' })),
  content(
    ...containersOf('app -> job (SUCCESS), db (HEALTHY); job?; db', {
      app: { image: 'shop/web:6' },
      db: { startTimeout: 60 },
    }),
  ),
];

const someContent = fc.constantFrom(0, 0, 1, 1, 2, 3, 4, 5);
const somePod = fc.nat(20);
const fates = fc.array(fc.constantFrom<Fate>('done', 'done', 'failed', 'unknown'), { maxLength: 8 });

function goWell(cluster: ClusterModel): void {
  for (let round = 0; round < 5; round++) {
    cluster.reconcile();
    cluster.tidy();
    cluster.progress();
    cluster.wait(15_000);
  }
}

/** What people do to the service. */
const user = fc.oneof(
  someContent.map((index) =>
    happening(`register content ${String(index)}`, (c) => c.register(contents[index] ?? content())),
  ),
  fc.nat(5).map((desiredCount) => happening(`scale to ${String(desiredCount)}`, (c) => c.change({ desiredCount }))),
  fc
    .record({
      minimumHealthyPercent: fc.constantFrom(0, 30, 50, 100),
      maximumPercent: fc.constantFrom(100, 130, 150, 200),
    })
    .map((deploymentConfiguration) =>
      happening(`bounds ${JSON.stringify(deploymentConfiguration)}`, (c) => c.change({ deploymentConfiguration })),
    ),
  fc
    .constantFrom('EC2' as const, 'FARGATE' as const)
    .map((launchType) => happening(`move to ${launchType}`, (c) => c.change({ launchType }))),
  fc.constantFrom(
    happening('delete the task definition', (c) => c.deregister()),
    happening('delete the cluster', (c) => c.setCluster(false)),
    happening('create the cluster', (c) => c.setCluster(true)),
  ),
);

/** What becomes of the pods. */
const pods = fc.oneof(
  { weight: 4, arbitrary: fc.constant(happening('all pods progress', (c) => void c.progress())) },
  {
    weight: 3,
    arbitrary: somePod.map((n) =>
      happening(`pod ${String(n)} progresses`, (c) => c.befall(n, (pod) => c.stageAfter(pod, n))),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(somePod, fc.nat(2), fc.constantFrom(0, 1))
      .map(([n, container, code]) =>
        happening(`container ${String(container)} of pod ${String(n)} exits with ${String(code)}`, (c) =>
          c.befall(n, (pod) => exited(pod, container, { code, at: c.now.iso })),
        ),
      ),
  },
  somePod.map((n) => happening(`pod ${String(n)} lacks its image`, (c) => c.befall(n, stuck))),
  somePod.map((n) => happening(`pod ${String(n)} sickens`, (c) => c.befall(n, sickened))),
  somePod.map((n) => happening(`pod ${String(n)} goes while no operator watches`, (c) => c.vanish(n))),
  somePod.map((n) => happening(`pod ${String(n)} is evicted`, (c) => c.befall(n, (pod) => c.evict(pod)))),
);

const someNode = fc.nat(2);
const marks = ['aws-node-termination-handler/spot-itn', 'karpenter.sh/disrupted'];

/** What becomes of the nodes. */
const nodes = fc.oneof(
  {
    weight: 2,
    arbitrary: someNode.map((n) =>
      happening(`node ${String(n)} is cordoned`, (c) => c.nodes.change(n, { unschedulable: true })),
    ),
  },
  fc
    .tuple(someNode, fc.constantFrom(...marks))
    .map(([n, key]) => happening(`node ${String(n)} is marked ${key}`, (c) => c.nodes.change(n, { taints: [key] }))),
  someNode.map((n) =>
    happening(`node ${String(n)} takes pods again`, (c) => c.nodes.change(n, { unschedulable: false, taints: [] })),
  ),
  {
    weight: 2,
    arbitrary: someNode.map((n) => happening(`node ${String(n)} falls silent`, (c) => c.nodes.silence(n, c.now.iso))),
  },
  someNode.map((n) => happening(`node ${String(n)} is heard of again`, (c) => c.nodes.hear(n))),
  someNode.map((n) => happening(`node ${String(n)} is out of service`, (c) => c.nodes.putOutOfService(n))),
  someNode.map((n) => happening(`node ${String(n)} is gone`, (c) => c.nodes.remove(n))),
  fc.constant(happening('pods on silent nodes are evicted', (c) => c.evictUnheard())),
  fc.constant(happening('pods on nodes that are gone are collected', (c) => c.collectOrphans())),
  fc.constant(happening('all nodes are back', (c) => c.restoreNodes())),
);

/** What becomes of the operator. */
const operator = fc.oneof(
  { weight: 4, arbitrary: fc.constant(happening('reconcile', (c) => void c.reconcile())) },
  { weight: 4, arbitrary: fc.constant(happening('all goes well for a while', goWell)) },
  {
    weight: 3,
    arbitrary: fates.map((each) =>
      happening(`reconcile with ${each.join()}`, (c) => void c.reconcile({ fates: each })),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fates, fc.nat(4))
      .map(([each, crashAfter]) =>
        happening(
          `crash after ${String(crashAfter)} of ${each.join()}`,
          (c) => void c.reconcile({ fates: each, crashAfter }),
        ),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .option(fc.nat(3), { nil: undefined })
      .map((crashAfter) => happening(`tidy up, crash after ${String(crashAfter)}`, (c) => void c.tidy(crashAfter))),
  },
  fc.constant(happening('the status is lost', (c) => c.loseStatus())),
);

const time = fc
  .constantFrom(1, 15, 41, 600, 4000, 22_000)
  .map((seconds) => happening(`${String(seconds)} s pass`, (c) => c.wait(seconds * 1000)));

const history = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: user },
    { weight: 6, arbitrary: pods },
    { weight: 4, arbitrary: nodes },
    { weight: 8, arbitrary: operator },
    { weight: 3, arbitrary: time },
  ),
  { maxLength: 60, size: 'max' },
);

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
function assertSettled(cluster: ClusterModel, wanted: TaskDefinitionSpec): void {
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

describe('a service in a cluster where anything may fail', function () {
  this.timeout(60_000);

  it('keeps its bounds at every write, starts nothing twice, and settles once it is left alone', () => {
    fc.assert(
      fc.property(history, fc.nat(5), someContent, (happenings, desiredCount, last) => {
        const cluster = new ClusterModel();
        cluster.change({ desiredCount });
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
      }),
      { numRuns: 300 },
    );
  });

  const hurried = fc.oneof(
    fc
      .tuple(
        fc.array(fc.constantFrom<Fate>('done', 'failed', 'unknown', 'late'), { maxLength: 12 }),
        fc.option(fc.nat(8)),
      )
      .map(([each, crashAfter]) =>
        happening(`reconcile with ${each.join()}, crash after ${String(crashAfter)}`, (c) => {
          c.reconcile({ fates: each, crashAfter: crashAfter ?? undefined });
        }),
      ),
    fc.constant(happening('what is late arrives', (c) => c.arrive())),
    fc.constant(happening('all pods progress', (c) => void c.progress())),
  );

  it('keeps its bounds in a deployment though its writes arrive late, those of an operator that has died too', () => {
    fc.assert(
      fc.property(fc.array(hurried, { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), (happenings, desiredCount) => {
        const cluster = running(desiredCount);
        cluster.register(contents[1] ?? content());
        for (const each of happenings) each.happen(cluster);
        cluster.arrive();
        cluster.settle(200);
        assertSettled(cluster, contents[1] ?? content());
      }),
      { numRuns: 500 },
    );
  });

  /** A cluster in which so many tasks of the first content run and are healthy. */
  function running(desiredCount: number): ClusterModel {
    const cluster = new ClusterModel();
    cluster.change({ desiredCount });
    cluster.settle(200);
    return cluster;
  }

  const uidsOf = ({ pods: all }: ClusterModel): string[] => all.map((pod) => pod.metadata.uid);

  it('adopts its tasks when the status is lost: nothing restarts', () => {
    const cluster = running(3);
    const before = uidsOf(cluster);
    cluster.loseStatus();
    cluster.settle(200);
    assert.deepEqual(uidsOf(cluster), before);
    assertSettled(cluster, content());
  });

  it('records every task that it stops, and why', () => {
    const cluster = running(3);
    cluster.register(contents[1] ?? content());
    cluster.settle(200);
    const { deployments: [primary] = [] } = cluster.status;
    const told = cluster.records.map(({ spec }) => {
      const { stopCode, stoppedReason, launch } = spec.kubernetes?.record ?? {};
      return [launch, stopCode, stoppedReason];
    });
    const reason = `Scaling activity initiated by (deployment ${primary?.id ?? ''})`;
    const want = [1, 2, 3].map((launch) => [launch, 'ServiceSchedulerInitiated', reason]);
    assert.deepEqual(
      told.toSorted(([a], [b]) => Number(a) - Number(b)),
      want,
    );
  });

  it('records that nobody knows how a task ended whose pod went while no operator watched', () => {
    const cluster = running(3);
    const names = cluster.pods.map(({ metadata }) => metadata.name);
    cluster.vanish(1);
    cluster.settle(200);
    assertSettled(cluster, content());
    const told = cluster.records.map(({ metadata, spec }) => [metadata.name, spec.kubernetes?.record?.stoppedReason]);
    assert.deepEqual(told, [
      [names[1], 'The pod of the task is gone, and nobody saw it end: its exit code is unknown.'],
    ]);
  });

  it('replaces no task when it goes back to the content that runs', () => {
    const cluster = running(3);
    const before = uidsOf(cluster);
    cluster.register(contents[1] ?? content());
    cluster.reconcile();
    cluster.reconcile();
    assert.equal(cluster.pods.length, 6);
    cluster.register(content());
    cluster.settle(200);
    assert.deepEqual(uidsOf(cluster), before);
    assertSettled(cluster, content());
  });

  it('starts and stops nothing when the same content is registered again', () => {
    const cluster = running(3);
    const before = uidsOf(cluster);
    cluster.register(content());
    cluster.settle(200);
    assert.deepEqual(uidsOf(cluster), before);
    assertSettled(cluster, content());
  });
});
