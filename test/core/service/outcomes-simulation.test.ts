import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { content } from '../../support/builders.ts';
import { ClusterModel } from '../../support/cluster-model.ts';
import { configure, contents, type Breaker } from '../../support/history.ts';
import { protectedFor } from '../../support/pod-life.ts';
import { assertGoesWell } from '../../support/settled.ts';

describe('how deployments end in a cluster where anything may fail', function () {
  this.timeout(60_000);

  const breaker: Breaker = {
    enable: true,
    rollback: true,
    resetOnHealthyTask: true,
    thresholdConfiguration: { type: 'BOUNDED_PERCENT', value: 50 },
  };

  /** A cluster in which so many tasks of the first content run and are healthy. */
  function running(desiredCount: number): ClusterModel {
    const cluster = new ClusterModel();
    cluster.change({ desiredCount });
    cluster.settle(200);
    return cluster;
  }

  const conditionOf = ({ status }: ClusterModel, type: string): string | undefined =>
    status.conditions?.find((each) => each.type === type && each.status === 'True')?.reason;

  for (const [last, flaw] of [
    [6, 'lacks its image'],
    [7, 'dies after its start'],
    [8, 'never becomes healthy'],
  ] as const) {
    it(`a content that ${flaw} is rolled back, once and for all, and a good one is deployed after it`, () => {
      const cluster = running(3);
      const before = cluster.pods.map((pod) => pod.metadata.uid);
      cluster.register(contents[last] ?? content());
      configure(cluster, { deploymentCircuitBreaker: breaker });
      cluster.settle(200);
      assert.equal(conditionOf(cluster, 'Stalled'), 'DeploymentRolledBack');
      assert.deepEqual(
        cluster.pods.filter((pod) => pod.status?.phase === 'Running').map((pod) => pod.metadata.uid),
        before,
      );
      assertGoesWell(cluster, [], { last: 1, breaker });
    });
  }

  it('one without a rollback is kept as it is', () => {
    assertGoesWell(running(3), [], { last: 7, breaker: { ...breaker, rollback: false } });
  });

  it('a service of no tasks waits for the end of a protection: no bound is in the way (seed 7102)', () => {
    const cluster = running(1);
    cluster.befall(0, (pod) => protectedFor(pod, 60_000, cluster.now.epochMs));
    cluster.change({ desiredCount: 0 });
    cluster.register(contents[1] ?? content());
    cluster.reconcile();
    cluster.reconcile();
    assert.equal(conditionOf(cluster, 'Reconciling'), 'DeploymentInProgress');
    assertGoesWell(cluster, [], { last: 1, breaker });
    assert.deepEqual(cluster.pods, []);
  });
});
