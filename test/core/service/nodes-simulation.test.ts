import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Pod } from '../../../src/api/meta.ts';
import { containerDefinition, content } from '../../support/builders.ts';
import { ClusterModel } from '../../support/cluster-model.ts';
import { isInService, isMeantToRun } from '../../support/pod-life.ts';

const bounds = fc.record({
  minimumHealthyPercent: fc.constantFrom(0, 30, 50, 100),
  maximumPercent: fc.constantFrom(100, 130, 150, 200),
});

const desired = fc.integer({ min: 1, max: 6 });

/** One or two of the three nodes. */
const someNodes = fc.subarray([0, 1, 2], { minLength: 1, maxLength: 2 });

type Bounds = Parameters<Parameters<typeof bounds.map>[0]>[0];

/** A service whose tasks are healthy, spread over the nodes. */
function running(desiredCount: number, deploymentConfiguration: Bounds): ClusterModel {
  const cluster = new ClusterModel();
  cluster.change({ desiredCount, deploymentConfiguration });
  cluster.settle(200);
  return cluster;
}

function liveOn({ pods, nodes }: ClusterModel, which: readonly number[]): Pod[] {
  const names = which.map((each) => nodes.nameOf(each));
  return pods.filter((pod) => isMeantToRun(pod) && names.includes(pod.spec?.nodeName ?? ''));
}

/** Type, reason and message of the conditions that are True, but for Ready. */
function told({ status }: ClusterModel): Record<string, string> {
  const all = (status.conditions ?? []).filter(({ status: holds, type }) => holds === 'True' && type !== 'Ready');
  return Object.fromEntries(all.map(({ type, reason }) => [type, reason]));
}

function isReady({ status }: ClusterModel): boolean {
  return status.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') ?? false;
}

const others = (which: readonly number[]): number[] => [0, 1, 2].filter((each) => !which.includes(each));

describe('a service whose nodes drain', () => {
  it('leaves them within its bounds, or says that those do not let it', () => {
    fc.assert(
      fc.property(desired, bounds, someNodes, (desiredCount, configuration, which) => {
        const isSpot = which.includes(2);
        const cluster = running(desiredCount, configuration);
        const before = liveOn(cluster, which).length;
        const taints = isSpot ? ['aws-node-termination-handler/spot-itn'] : [];
        for (const each of which) cluster.nodes.change(each, { unschedulable: true, taints });
        cluster.settle(300);
        const lower = Math.ceil((desiredCount * configuration.minimumHealthyPercent) / 100);
        const upper = Math.floor((desiredCount * configuration.maximumPercent) / 100);
        const canMove = lower < desiredCount || upper > desiredCount;
        assert.equal(liveOn(cluster, which).length, canMove ? 0 : before);
        assert.equal(cluster.pods.filter(isMeantToRun).length, desiredCount);
        assert(isReady(cluster));
        assert.deepEqual(told(cluster), canMove || before === 0 ? {} : { Draining: 'DrainingBlocked' });
        const reasons = cluster.records.map(({ spec }) => spec.kubernetes?.record?.stopCode);
        assert.equal(reasons.length, canMove ? before : 0);
        assert(reasons.every((code) => code === (isSpot ? 'SpotInterruption' : 'ServiceSchedulerInitiated')));
      }),
      { numRuns: 100 },
    );
  });

  it('stops the surplus when a node takes pods again in the middle', () => {
    const cluster = running(3, { minimumHealthyPercent: 100, maximumPercent: 200 });
    const before = cluster.pods.map(({ metadata }) => metadata.uid);
    cluster.nodes.change(0, { unschedulable: true });
    cluster.reconcile();
    assert.equal(cluster.pods.length, 4);
    cluster.nodes.change(0, { unschedulable: false });
    cluster.settle(200);
    assert.deepEqual(
      cluster.pods.map(({ metadata }) => metadata.uid),
      before,
    );
  });
});

describe('a service whose nodes are lost', () => {
  function lose(cluster: ClusterModel, which: readonly number[], seconds: number): void {
    for (const each of which) cluster.nodes.silence(each, cluster.now.iso);
    cluster.wait(seconds * 1000);
  }

  it('replaces nothing within the first minute', () => {
    const cluster = running(3, { minimumHealthyPercent: 100, maximumPercent: 200 });
    lose(cluster, [0], 59);
    assert.equal(cluster.reconcile().wakeAtMs, cluster.now.epochMs + 1000);
    assert.equal(cluster.pods.length, 3);
    assert.deepEqual(told(cluster), {});
  });

  it('replaces what was on them, and stops the surplus when they come back', () => {
    fc.assert(
      fc.property(desired, bounds, someNodes, (desiredCount, configuration, which) => {
        const cluster = running(desiredCount, configuration);
        const lost = liveOn(cluster, which).length;
        lose(cluster, which, 61);
        cluster.settle(300);
        assert.equal(liveOn(cluster, others(which)).length, desiredCount);
        assert.equal(liveOn(cluster, which).length, lost, 'nobody stops what cannot be reached');
        assert(isReady(cluster));
        assert.deepEqual(told(cluster), lost === 0 ? {} : { TasksLost: 'NodesLost' });
        assert.equal(cluster.status.runningCount, desiredCount);
        for (const each of which) cluster.nodes.hear(each);
        cluster.settle(300);
        const live = cluster.pods.filter(isMeantToRun);
        assert.equal(live.length, desiredCount);
        assert(live.every((pod) => isInService(pod, cluster.now.epochMs)));
        assert.deepEqual(told(cluster), {});
      }),
      { numRuns: 100 },
    );
  });

  it('completes a deployment without them, and stops their old tasks when they come back', () => {
    const cluster = running(3, { minimumHealthyPercent: 100, maximumPercent: 200 });
    lose(cluster, [0], 61);
    cluster.register(content(containerDefinition({ image: 'shop/web:2' })));
    cluster.settle(300);
    const { deployments = [] } = cluster.status;
    assert.deepEqual(
      deployments.map(({ status, rolloutState }) => [status, rolloutState]),
      [
        ['PRIMARY', 'COMPLETED'],
        ['ACTIVE', 'COMPLETED'],
      ],
    );
    cluster.nodes.hear(0);
    cluster.settle(300);
    assert.equal(cluster.status.deployments?.length, 1);
    assert(cluster.pods.filter(isMeantToRun).every((pod) => pod.spec?.containers[0]?.image === 'shop/web:2'));
  });

  it('keeps its healthy tasks when the silence of a lost node begins anew', () => {
    const cluster = running(3, { minimumHealthyPercent: 100, maximumPercent: 200 });
    lose(cluster, [0], 61);
    cluster.settle(300);
    const inService = liveOn(cluster, [1, 2]).map(({ metadata }) => metadata.uid);
    cluster.nodes.change(0, { silentSince: cluster.now.iso });
    cluster.settle(300);
    assert.deepEqual(
      liveOn(cluster, [1, 2]).map(({ metadata }) => metadata.uid),
      inService,
    );
  });

  it('tells it once', () => {
    const cluster = running(3, { minimumHealthyPercent: 100, maximumPercent: 200 });
    lose(cluster, [0, 1], 61);
    cluster.settle(300);
    const events = (cluster.status.events ?? []).filter(({ message }) => message.includes('lost'));
    assert.equal(events.length, 1);
  });
});
