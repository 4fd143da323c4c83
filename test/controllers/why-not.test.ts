import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { PodView } from '../../src/api/meta.ts';
import { caches } from '../../src/controllers/caches.ts';
import { liveModelOf } from '../../src/controllers/placement-model.ts';
import { nodes, pods } from '../../src/controllers/resources.ts';
import { whyNotsOf } from '../../src/controllers/why-not.ts';
import type { WhyNot } from '../../src/core/placement/model-types.ts';
import type { PodPlacement } from '../../src/core/placement/operator/pod-placement.ts';
import { iso, instant, pod as builtPod } from '../support/builders.ts';
import { accepts } from '../support/inbox.ts';
import { nodeView } from '../support/node-views.ts';
import { affinityTo, gatedPod, pinnedPod, unschedulable } from '../support/placed-pods.ts';
import { startWalk, type Walk } from '../support/walk.ts';

const demand = { amounts: { cpu: 4000, memory: 1, pods: 1 }, hostPorts: [] };
const small = { demand: { amounts: { cpu: 1, memory: 1, pods: 1 }, hostPorts: [] } };
const placement: PodPlacement = { strategy: [], constraints: [], group: 'service:web' };

/** One of the kube-scheduler's, that it finds no node for unless said otherwise. */
function plainPod(spec: object = {}, status = unschedulable): PodView {
  return { ...builtPod(), spec: { containers: [], demand, ...spec }, status };
}

describe('Why no node takes the tasks of a service', () => {
  let walk: Walk;

  beforeEach(async () => {
    walk = await startWalk(caches, accepts);
    walk.stores.of(nodes).apply(nodeView('n1', { labels: { disk: 'hdd' } }));
  });

  afterEach(async () => {
    await walk.stop();
  });

  const reasonOf = (held: readonly PodView[], terms = placement): string | undefined =>
    [...whyNotsOf(held, terms, { stores: walk.stores, now: instant(100) }).values()][0]?.reason;

  const onDisk = { constraints: [{ type: 'memberOf' as const, expression: 'attribute:disk == ssd' }] };
  const ssd = affinityTo({ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] });
  const cases: Record<string, { readonly held: PodView; readonly terms?: PodPlacement; readonly want?: string }> = {
    'is known of one that waits for us': { held: gatedPod({ spec: { demand } }), want: 'RESOURCE:CPU' },
    'is nothing where a node takes it': { held: gatedPod({ spec: small }) },
    'is known by its own terms, not by those that its service has by now': {
      held: gatedPod({ spec: small, placement: onDisk }),
      want: 'MemberOf',
    },
    'is known of one that the kube-scheduler finds no node for': { held: plainPod(), want: 'RESOURCE:CPU' },
    'is told of a constraint where the affinity says it': {
      held: plainPod({ ...small, affinity: ssd }),
      terms: { ...placement, ...onDisk },
      want: 'MemberOf',
    },
    'is not asked of one that the kube-scheduler has not looked at': { held: plainPod({}, { phase: 'Pending' }) },
    'is not asked of one that is bound': { held: plainPod({ nodeName: 'n1' }) },
    'is not asked of one that we have pinned, which waits for its own node': {
      held: pinnedPod('n1', { spec: { demand }, status: unschedulable }),
    },
    'is not asked of one that is being deleted': {
      held: gatedPod({ spec: { demand }, metadata: { ...gatedPod().metadata, deletionTimestamp: iso() } }),
    },
  };
  for (const [sentence, { held, terms, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(reasonOf([held], terms), want);
    });
  }

  const toldOf = (held: PodView, terms: PodPlacement): WhyNot | undefined =>
    whyNotsOf([held], terms, { stores: walk.stores, now: instant(100) }).get(held.metadata.uid);

  const sentenceOf = (held: PodView, expression: string): string => {
    const terms = { ...placement, constraints: [{ type: 'memberOf' as const, expression }] };
    return toldOf(held, terms)?.sentence ?? '';
  };

  it('tells a constraint once, as it was written, though the affinity says it in labels too', () => {
    const [own, other] = ['attribute.ecs-operator.dev/disk', 'disk'].map((key) => ({
      matchExpressions: [
        { key, operator: 'Exists' },
        { key, operator: 'NotIn', values: ['hdd'] },
      ],
    }));
    const affinity = affinityTo(own ?? {}, other ?? {});
    const told = 'memberOf attribute:disk != hdd';
    assert.equal(
      sentenceOf(plainPod({ ...small, affinity }), 'attribute:disk != hdd'),
      `1 node: 1 fails ${told}; closest n1 fails ${told}`,
    );
  });

  it('tells the nodes of a capacity provider by their label, in every alternative of a constraint', () => {
    const group = { key: 'eks.amazonaws.com/nodegroup', operator: 'In', values: ['spot'] };
    const alternatives = ['hdd', 'ssd'].map((value) => ({
      matchExpressions: [group, { key: 'disk', operator: 'In', values: [value] }],
    }));
    const told = 'lacks the label eks.amazonaws.com/nodegroup=spot';
    assert.equal(
      sentenceOf(plainPod({ ...small, affinity: affinityTo(...alternatives) }), 'attribute:disk in [hdd, ssd]'),
      `1 node: 1 ${told}; closest n1 ${told}`,
    );
  });

  it("counts no node of Fargate, which is one pod's own", () => {
    walk.stores.of(nodes).apply(nodeView('fargate-1', { labels: { 'eks.amazonaws.com/compute-type': 'fargate' } }));
    assert.match(toldOf(plainPod(), placement)?.sentence ?? '', /^1 node:/);
  });

  it('is told of each by what it asks for, and not of one that has its place already', () => {
    const big = gatedPod({ name: 'big', spec: { demand } });
    const placeable = gatedPod({ name: 'placeable', spec: small });
    const bound = gatedPod({ name: 'bound', createdAt: 5, spec: small, placement: onDisk });
    const refused = plainPod({ ...small, affinity: ssd });
    const told = (): object =>
      Object.fromEntries(
        [...whyNotsOf([placeable, bound, big, refused], placement, { stores: walk.stores, now: instant(100) })].map(
          ([uid, { reason }]) => [uid, reason],
        ),
      );
    const want = { [refused.metadata.uid]: 'ATTRIBUTE', 'uid-bound': 'MemberOf' };
    assert.deepEqual(told(), { ...want, 'uid-big': 'RESOURCE:CPU' });
    liveModelOf(walk.stores).reserve([big]);
    assert.deepEqual(told(), want);
  });

  it('is not said before the model has heard of everything', () => {
    const one = pinnedPod('n9');
    for (let index = 0; index < 2_500; index++) {
      const name = `p${String(index)}`;
      walk.stores.of(pods).apply({ ...one, metadata: { ...one.metadata, name, uid: name } });
    }
    const waiting = gatedPod({ spec: { demand } });
    assert.deepEqual([reasonOf([waiting]), reasonOf([waiting])], [undefined, 'RESOURCE:CPU']);
  });
});
