import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { countByProvider, nextProviders } from '../../../src/core/capacity/strategy.ts';
import { planService } from '../../../src/core/service/plan.ts';
import { containerDefinition, content } from '../../support/builders.ts';
import type { Fate } from '../../support/fortune.ts';
import { isInService, isMeantToRun } from '../../support/pod-life.ts';
import { ProvidedCluster, providerOf, shares } from '../../support/provided-cluster.ts';

/** Something that happens; `toString` is what fast-check prints of a failure. */
interface Happening {
  readonly happen: (cluster: ProvidedCluster) => void;
  readonly toString: () => string;
}

function happening(name: string, happen: (cluster: ProvidedCluster) => void): Happening {
  return { happen, toString: () => name };
}

const image = (version: number): ReturnType<typeof content> =>
  content(containerDefinition({ image: `shop/web:${String(version)}` }));

function goOn(cluster: ProvidedCluster, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    cluster.reconcile();
    cluster.tidy();
    cluster.progress();
    cluster.wait(15_000);
  }
}

const someNode = fc.nat(2);

const some = fc.oneof(
  fc.nat(3).map((version) => happening(`register ${String(version)}`, (c) => c.register(image(version)))),
  fc.nat(7).map((desiredCount) => happening(`scale to ${String(desiredCount)}`, (c) => c.change({ desiredCount }))),
  someNode.map((which) => happening(`cordon ${String(which)}`, (c) => c.nodes.change(which, { unschedulable: true }))),
  someNode.map((which) =>
    happening(`uncordon ${String(which)}`, (c) => c.nodes.change(which, { unschedulable: false })),
  ),
  someNode.map((which) => happening(`silence ${String(which)}`, (c) => c.nodes.silence(which, c.now.iso))),
  someNode.map((which) => happening(`hear ${String(which)}`, (c) => c.nodes.hear(which))),
  someNode.map((which) => happening(`remove ${String(which)}`, (c) => c.nodes.remove(which))),
  fc.constant(happening('orphans are collected', (c) => c.collectOrphans())),
  fc.integer({ min: 1, max: 30 }).map((rounds) => happening(`go on ${String(rounds)}`, (c) => goOn(c, rounds))),
  fc
    .tuple(fc.array(fc.constantFrom<Fate>('done', 'failed', 'unknown'), { maxLength: 8 }), fc.option(fc.nat(6)))
    .map(([fates, crashAfter]) =>
      happening(`reconcile with ${fates.join()}, crash after ${String(crashAfter)}`, (c) => {
        c.reconcile({ fates, crashAfter: crashAfter ?? undefined });
      }),
    ),
);

/** Until nobody stands in for a provider any more. */
function settle(cluster: ProvidedCluster): void {
  for (let turn = 0; turn < 12; turn++) {
    cluster.settle(600);
    if (cluster.status.capacityProviders === undefined) return;
    cluster.wait(300_000);
  }
  assert.fail(`providers are still out: ${JSON.stringify(cluster.status.capacityProviders)}`);
}

/** Each look plans nothing while nothing changes but the time. */
function assertAtRest(cluster: ProvidedCluster): void {
  for (let look = 0; look < 3; look++) {
    assert.deepEqual(planService(cluster.observe()).steps, []);
    cluster.wait(100_000);
  }
}

const byName = (counts: ReadonlyMap<string, number>): object => Object.fromEntries(counts);

describe('a service of several capacity providers that the operator places', function () {
  this.timeout(60_000);

  it('keeps its bounds, its shares and its peace, whatever its nodes and the API server do', () => {
    fc.assert(
      fc.property(fc.array(some, { maxLength: 40, size: 'max' }), fc.nat(7), (happenings, desiredCount) => {
        const cluster = new ProvidedCluster(desiredCount);
        for (const each of happenings) each.happen(cluster);
        cluster.restoreNodes();
        settle(cluster);
        cluster.register(image(9));
        settle(cluster);
        const live = cluster.pods.filter(isMeantToRun);
        assert.equal(live.length, cluster.service.spec.desiredCount);
        assert(live.every((pod) => isInService(pod, cluster.now.epochMs)));
        const want = nextProviders(shares, new Map(), live.length);
        assert.deepEqual(
          byName(countByProvider(live.map((pod) => ({ provider: providerOf(pod) })))),
          byName(countByProvider(want.map(({ capacityProvider }) => ({ provider: capacityProvider })))),
        );
        assertAtRest(cluster);
      }),
      { numRuns: 150 },
    );
  });

  it('moves to what stands in when a group is cordoned in a roll-out, rests there, and comes back', () => {
    const cluster = new ProvidedCluster(6);
    settle(cluster);
    cluster.register(image(1));
    cluster.nodes.change(1, { unschedulable: true });
    cluster.settle(600);
    goOn(cluster, 10);
    const placesOf = (): object =>
      byName(countByProvider(cluster.pods.filter(isMeantToRun).map((pod) => ({ provider: providerOf(pod) }))));
    assert.deepEqual(placesOf(), { backup: 3, general: 3 });
    cluster.nodes.change(1, { unschedulable: false });
    settle(cluster);
    assert.deepEqual(placesOf(), { compute: 3, general: 3 });
    assertAtRest(cluster);
  });
});
