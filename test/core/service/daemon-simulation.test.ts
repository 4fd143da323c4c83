import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { containerDefinition, content, healthCheck } from '../../support/builders.ts';
import { DaemonCluster, off } from '../../support/daemon-cluster.ts';
import type { Fate } from '../../support/fortune.ts';
import { exited, isInService, isMeantToRun, sickened, stuck } from '../../support/pod-life.ts';

/** Something that happens; `toString` is what fast-check prints of a failure. */
interface Happening {
  readonly happen: (cluster: DaemonCluster) => void;
  readonly toString: () => string;
}

function happening(name: string, happen: (cluster: DaemonCluster) => void): Happening {
  return { happen, toString: () => name };
}

const contents = [
  content(),
  content(containerDefinition({ image: 'shop/web:2' })),
  content(containerDefinition({ image: 'shop/web:3', healthCheck })),
];

const node = fc.nat(4);
const somePod = fc.nat(10);
const all = [0, 1, 2, 3, 4];

function onNode(name: string, happen: (cluster: DaemonCluster, which: number) => void): fc.Arbitrary<Happening> {
  return node.map((n) => happening(`node ${String(n)} ${name}`, (c) => happen(c, n)));
}

const nodes = fc.oneof(
  onNode('joins', (c, n) => c.nodes.add(n)),
  onNode('is gone', (c, n) => c.nodes.remove(n)),
  onNode('is cordoned', (c, n) => c.nodes.change(n, { unschedulable: true })),
  onNode('is marked by Karpenter', (c, n) => c.nodes.change(n, { taints: ['karpenter.sh/disrupted'] })),
  onNode('gets a taint', (c, n) => c.nodes.change(n, { taints: ['dedicated'] })),
  onNode('takes pods again', (c, n) => c.nodes.change(n, { unschedulable: false, taints: [] })),
  onNode('gets another label', (c, n) => c.nodes.change(n, { labels: off })),
  onNode('has its label no more', (c, n) => c.nodes.change(n, { labels: {} })),
  onNode('falls silent', (c, n) => c.nodes.silence(n, c.now.iso)),
  onNode('is heard of again', (c, n) => c.nodes.hear(n)),
  onNode('has other tasks', (c, n) => c.others.add(c.nodes.nameOf(n))),
  onNode('has no other tasks', (c, n) => c.others.delete(c.nodes.nameOf(n))),
  fc.constant(happening('pods on nodes that are gone are collected', (c) => c.collectOrphans())),
);

const pods = fc.oneof(
  { weight: 6, arbitrary: fc.constant(happening('all pods progress', (c) => void c.progress())) },
  somePod.map((n) =>
    happening(`pod ${String(n)} exits`, (c) => c.befall(n, (pod) => exited(pod, 0, { code: 1, at: c.now.iso }))),
  ),
  somePod.map((n) => happening(`pod ${String(n)} lacks its image`, (c) => c.befall(n, stuck))),
  somePod.map((n) => happening(`pod ${String(n)} sickens`, (c) => c.befall(n, sickened))),
  somePod.map((n) => happening(`pod ${String(n)} goes while no operator watches`, (c) => c.vanish(n))),
  somePod.map((n) => happening(`pod ${String(n)} is evicted`, (c) => c.befall(n, (pod) => c.evict(pod)))),
);

function reconciling(...fates: readonly Fate[]): fc.Arbitrary<Happening> {
  const crash = fc.option(fc.nat(6), { nil: undefined, freq: 3 });
  return fc
    .tuple(fc.array(fc.constantFrom('done', ...fates), { maxLength: 8 }), crash)
    .map(([each, crashAfter]) =>
      happening(
        `reconcile with ${each.join()}, crash after ${String(crashAfter)}`,
        (c) => void c.reconcile({ fates: each, crashAfter }),
      ),
    );
}

const user = fc.oneof(
  fc.nat(2).map((n) => happening(`register ${String(n)}`, (c) => c.register(contents[n] ?? content()))),
  fc
    .constantFrom(0, 30, 50, 75, 100)
    .map((minimumHealthyPercent) =>
      happening(`at least ${String(minimumHealthyPercent)} %`, (c) =>
        c.change({ deploymentConfiguration: { minimumHealthyPercent } }),
      ),
    ),
);

const time = fc
  .constantFrom(1, 41, 61, 600)
  .map((seconds) => happening(`${String(seconds)} s pass`, (c) => c.wait(seconds * 1000)));
const well = happening('all goes well for a while', (c) => {
  for (let round = 0; round < 5; round++) {
    c.reconcile();
    c.tidy();
    c.progress();
    c.wait(15_000);
  }
});

/** Each node has one task of that content, and the status says so. */
function assertSettled(cluster: DaemonCluster, image: string, names = all.map((n) => cluster.nodes.nameOf(n))): void {
  for (const name of names) {
    const [pod, ...others] = cluster.tasksOf(name);
    assert(pod && others.length === 0 && isMeantToRun(pod) && isInService(pod, cluster.now.epochMs), name);
    assert.equal(pod.spec?.containers[0]?.image, image);
  }
  const { desiredCount, runningCount, pendingCount, conditions = [], deployments = [] } = cluster.status;
  assert.deepEqual([desiredCount, runningCount, pendingCount], [names.length, names.length, 0]);
  assert.deepEqual(
    conditions.filter(({ status }) => status === 'True').map(({ type }) => type),
    ['Ready'],
  );
  assert.deepEqual(
    deployments.map(({ status, rolloutState }) => [status, rolloutState]),
    [['PRIMARY', 'COMPLETED']],
  );
  assert(cluster.reconcile().idle);
}

function settle(cluster: DaemonCluster): void {
  cluster.arrive();
  cluster.others.clear();
  cluster.restoreNodes();
  cluster.change({ deploymentConfiguration: { minimumHealthyPercent: 50 } });
  cluster.register(contents[1] ?? content());
  cluster.settle(300);
  assertSettled(cluster, 'shop/web:2');
}

/** A DAEMON with a healthy task on each node. */
function running(minimumHealthyPercent = 0): DaemonCluster {
  const cluster = new DaemonCluster(minimumHealthyPercent);
  cluster.settle(200);
  return cluster;
}

const nameOf = ({ nodes: own }: DaemonCluster, which: number): string => own.nameOf(which);

describe('a DAEMON in a cluster where anything may fail', function () {
  this.timeout(60_000);

  it('has never two tasks on a node, keeps its bound, and comes to one on each', () => {
    const loss = fc.constant(happening('the status is lost', (c: DaemonCluster) => c.loseStatus()));
    const history = fc.array(
      fc.oneof(
        { weight: 1, arbitrary: user },
        { weight: 5, arbitrary: pods },
        { weight: 6, arbitrary: nodes },
        { weight: 6, arbitrary: reconciling('failed', 'unknown') },
        { weight: 3, arbitrary: fc.constant(well) },
        { weight: 2, arbitrary: time },
        { weight: 1, arbitrary: loss },
      ),
      { maxLength: 50, size: 'max' },
    );
    fc.assert(
      fc.property(history, fc.constantFrom(0, 50, 75), (happenings, minimum) => {
        const cluster = new DaemonCluster(minimum);
        for (const each of happenings) each.happen(cluster);
        settle(cluster);
      }),
      { numRuns: 60 },
    );
  });

  it('has never two tasks on a node though its writes arrive late', () => {
    const history = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: reconciling('failed', 'unknown', 'late', 'late') },
        { weight: 2, arbitrary: fc.constant(happening('all pods progress', (c) => void c.progress())) },
        { weight: 1, arbitrary: fc.constant(happening('what is late arrives', (c) => c.arrive())) },
        { weight: 1, arbitrary: user },
        { weight: 2, arbitrary: nodes },
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(history, (happenings) => {
        const cluster = running(50);
        for (const each of happenings) {
          each.happen(cluster);
          cluster.assertOneEach();
        }
        settle(cluster);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a DAEMON whose nodes come and go', () => {
  it('has a task on a new node at once', () => {
    const cluster = running();
    cluster.nodes.remove(3);
    cluster.collectOrphans();
    cluster.settle(200);
    assert.equal(cluster.status.desiredCount, 4);
    cluster.nodes.add(3);
    cluster.reconcile();
    assert.equal(cluster.tasksOf(nameOf(cluster, 3)).length, 1);
    cluster.settle(200);
    assertSettled(cluster, 'shop/web:1');
  });

  it('keeps the task of a drained one until the others are gone, and starts none there', () => {
    const cluster = running();
    const drained = nameOf(cluster, 2);
    cluster.others.add(drained);
    cluster.nodes.change(2, { unschedulable: true });
    cluster.settle(200);
    const { drainingCount, desiredCount, conditions } = cluster.status;
    assert.deepEqual([drainingCount, desiredCount, cluster.tasksOf(drained).length], [1, 5, 1]);
    const told = conditions?.find(({ type }) => type === 'Draining');
    assert.equal(told?.reason, 'TasksStopLast');
    assert.equal(
      told.message,
      `1 tasks are on draining nodes: ${drained} (cordoned). They stop last, when no other tasks are left there.`,
    );
    cluster.others.delete(drained);
    cluster.settle(200);
    assertSettled(
      cluster,
      'shop/web:1',
      [0, 1, 3, 4].map((n) => nameOf(cluster, n)),
    );
    assert.deepEqual(cluster.tasksOf(drained), []);
    cluster.others.add(drained);
    cluster.settle(200);
    assert.deepEqual(cluster.tasksOf(drained), []);
  });

  it('completes a deployment without the task of a drained node, and replaces it if that takes pods again', () => {
    const cluster = running();
    cluster.others.add(nameOf(cluster, 2));
    cluster.nodes.change(2, { unschedulable: true });
    cluster.register(contents[1] ?? content());
    cluster.settle(200);
    assert.deepEqual(
      cluster.status.deployments?.map(({ rolloutState }) => rolloutState),
      ['COMPLETED', 'COMPLETED'],
    );
    assert.equal(cluster.tasksOf(nameOf(cluster, 2))[0]?.spec?.containers[0]?.image, 'shop/web:1');
    cluster.nodes.change(2, { unschedulable: false });
    cluster.settle(200);
    assertSettled(cluster, 'shop/web:2');
  });

  it('stops the task of a node that is no longer what is asked for', () => {
    const cluster = running(100);
    cluster.nodes.change(1, { labels: off });
    cluster.settle(200);
    assertSettled(
      cluster,
      'shop/web:1',
      [0, 2, 3, 4].map((n) => nameOf(cluster, n)),
    );
    assert.deepEqual(cluster.tasksOf(nameOf(cluster, 1)), []);
  });

  it('has one task less while a node is lost, and the same one when it is back', () => {
    const cluster = running();
    const before = cluster.pods.map(({ metadata }) => metadata.uid);
    cluster.nodes.silence(4, cluster.now.iso);
    cluster.reconcile();
    assert.equal(cluster.status.desiredCount, 5);
    cluster.wait(61_000);
    cluster.settle(200);
    assert.equal(cluster.status.desiredCount, 4);
    cluster.nodes.hear(4);
    cluster.settle(200);
    assertSettled(cluster, 'shop/web:1');
    assert.deepEqual(
      cluster.pods.map(({ metadata }) => metadata.uid),
      before,
    );
  });

  it('says that it is stuck where no task may be stopped', () => {
    const cluster = running(100);
    cluster.register(contents[1] ?? content());
    cluster.settle(200);
    const stalled = cluster.status.conditions?.find(({ type }) => type === 'Stalled');
    assert.equal(
      stalled?.message,
      'With desiredCount 5, minimumHealthyPercent 100 and maximumPercent 100 no task can be stopped or started. Lower minimumHealthyPercent.',
    );
  });

  it('waits with a task that does not fit, and replaces it by none', () => {
    const cluster = running();
    cluster.nodes.remove(0);
    cluster.collectOrphans();
    cluster.nodes.add(0);
    cluster.reconcile();
    const waiting = cluster.tasksOf(nameOf(cluster, 0)).map(({ metadata }) => metadata.uid);
    assert.equal(waiting.length, 1);
    for (let round = 0; round < 50; round++) {
      cluster.wait(60_000);
      cluster.reconcile();
    }
    assert.deepEqual(
      cluster.tasksOf(nameOf(cluster, 0)).map(({ metadata }) => metadata.uid),
      waiting,
    );
  });

  it('says it while a taint keeps its task, and loses none to it', () => {
    const cluster = running();
    const before = cluster.pods.map(({ metadata }) => metadata.uid);
    cluster.nodes.change(1, { taints: ['dedicated'] });
    cluster.settle(200);
    assertSettled(cluster, 'shop/web:1');
    assert.deepEqual(
      cluster.pods.map(({ metadata }) => metadata.uid),
      before,
    );
  });
});
