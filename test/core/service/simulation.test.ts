import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { content } from '../../support/builders.ts';
import { ClusterModel } from '../../support/cluster-model.ts';
import type { Fate } from '../../support/fortune.ts';
import { contents, happening } from '../../support/history.ts';
import { keepsPromises } from '../../support/history-property.ts';
import { protectedFor } from '../../support/pod-life.ts';
import { assertSettled } from '../../support/settled.ts';

describe('a service in a cluster where anything may fail', function () {
  this.timeout(60_000);

  it('keeps its bounds at every write, starts nothing twice, and settles once it is left alone', () => {
    fc.assert(keepsPromises, { numRuns: 300 });
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

  it('stops no healthy task below the minimum because a pending one is protected (seed 1606477305)', () => {
    const cluster = running(4);
    cluster.nodes.change(0, { unschedulable: true });
    cluster.reconcile();
    const pending = cluster.pods.findIndex((pod) => pod.spec?.nodeName === undefined);
    assert.notEqual(pending, -1, 'nothing is pending');
    cluster.befall(pending, (pod) => protectedFor(pod, 60_000, cluster.now.epochMs));
    cluster.restoreNodes();
    cluster.settle(200);
    assertSettled(cluster, content());
  });

  it('is not stuck at desiredCount 0: a task of the deployment before stops when its protection ends', () => {
    const cluster = running(1);
    cluster.befall(0, (pod) => protectedFor(pod, 60_000, cluster.now.epochMs));
    cluster.change({ desiredCount: 0 });
    cluster.register(contents[1] ?? content());
    cluster.reconcile();
    assert.equal(cluster.pods.length, 1);
    cluster.settle(200);
    assertSettled(cluster, contents[1] ?? content());
  });

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
