import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { annotations, labels, placementGate } from '../../src/api/labels.ts';
import type { PodView } from '../../src/api/meta.ts';
import { placementController } from '../../src/controllers/placement.ts';
import { nodes, pods } from '../../src/controllers/resources.ts';
import { pinOf } from '../../src/core/placement/operator/pin.ts';
import { withdrawn } from '../../src/core/service/reasons.ts';
import type { Controller } from '../../src/kube/controller.ts';
import { soleKey } from '../../src/kube/sole-controller.ts';
import { ms } from '../support/builders.ts';
import { startController, type ControllerBench } from '../support/controller.ts';
import { refuses } from '../support/inbox.ts';
import { nodeView } from '../support/node-views.ts';
import { affinityTo, gatedPod, pinnedPod, pinTerm, unschedulable } from '../support/placed-pods.ts';

const podsPath = '/api/v1/namespaces/shop/pods';
/** Half of what a node has. */
const half = { demand: { amounts: { cpu: 1000, memory: 1, pods: 1 }, hostPorts: [] } };

/** Somebody else's, which takes half of a node. */
function othersPod(node: string): PodView {
  const { metadata, ...rest } = gatedPod({ name: 'other', spec: { nodeName: node, schedulingGates: [], ...half } });
  const { [annotations.placement]: _placement, ...notes } = metadata.annotations ?? {};
  const { [labels.managedBy]: _ours, ...others } = metadata.labels ?? {};
  return { ...rest, metadata: { ...metadata, annotations: notes, labels: others } };
}

let bench: ControllerBench;
let controller: Controller;

beforeEach(async () => {
  controller = placementController();
  bench = await startController(controller);
});

afterEach(async () => {
  await bench.stop();
});

const look = (): Promise<number | undefined> => bench.reconcile(soleKey);

/** Each pin as `pod node`, each withdrawal as its request. */
function told(): string[] {
  return bench.writes().map(([request, body]) => {
    const node = pinOf(body as PodView);
    return node === undefined ? request : `${request.slice(request.lastIndexOf('/') + 1)} ${node}`;
  });
}

describe('placementController', () => {
  it('takes the gate away and pins the pod, in one write that means one version of it', async () => {
    const inGroup = { matchExpressions: [{ key: 'group', operator: 'In', values: ['general'] }] };
    bench.hold(nodeView('n1'), nodeView('n2', { labels: { group: 'general' } }));
    bench.hold(
      gatedPod({ metadata: { ...gatedPod().metadata, resourceVersion: '7' }, spec: { affinity: affinityTo(inGroup) } }),
    );
    assert.equal(await look(), undefined);
    assert.deepEqual(bench.writes(), [
      [
        `PATCH ${podsPath}/a`,
        {
          metadata: { resourceVersion: '7' },
          spec: { schedulingGates: [], affinity: affinityTo({ ...inGroup, ...pinTerm('n2') }) },
        },
      ],
    ]);
  });

  it('leaves pods alone that wait for something else, too', async () => {
    const gates = { schedulingGates: [{ name: 'ecs-operator.dev/launch' }, { name: placementGate }] };
    bench.hold(nodeView('n1'), gatedPod({ spec: gates }));
    await look();
    assert.deepEqual(bench.writes(), []);
  });

  it('counts what is bound, what is pinned, and what it has just promised', async () => {
    bench.hold(nodeView('n1'), nodeView('n2'), nodeView('n3'), othersPod('n1'));
    bench.hold(pinnedPod('n2', { name: 'pinned', spec: half }));
    for (const name of ['a', 'b', 'c', 'd', 'e']) bench.hold(gatedPod({ name, spec: half }));
    await look();
    assert.deepEqual(
      told()
        .map((pin) => pin.slice(2))
        .sort(),
      ['n1', 'n2', 'n3', 'n3'],
    );
  });

  it('gives the room of a pin that failed to whoever comes next', async () => {
    bench.hold(nodeView('n1'), othersPod('n1'), gatedPod({ spec: half }));
    bench.inbox.on(`PATCH ${podsPath}/a`, refuses(409, 'Conflict'));
    await assert.rejects(look(), { status: 409 });
    const { metadata } = gatedPod();
    bench.stores.of(pods).remove({ ...gatedPod(), metadata: { ...metadata, resourceVersion: '9' } });
    bench.hold(gatedPod({ name: 'b', spec: half }));
    await look();
    assert.deepEqual(told(), ['a n1', 'b n1']);
  });

  it('leaves a pod alone for ten seconds that it may not pin, and places the others', async () => {
    bench.hold(nodeView('n1'), gatedPod(), gatedPod({ name: 'b', createdAt: 1 }));
    bench.inbox.on(`PATCH ${podsPath}/a`, refuses(403, 'Forbidden'));
    await assert.rejects(look(), { status: 403 });
    bench.inbox.on(`PATCH ${podsPath}/a`, refuses(403, 'Forbidden'));
    assert.equal(await look(), ms(110));
    bench.clock.advance(10_000);
    await assert.rejects(look(), { status: 403 });
    assert.deepEqual(told(), ['a n1', 'b n1', 'a n1']);
  });

  it('tries a pod again at once that has changed meanwhile', async () => {
    bench.hold(nodeView('n1'), gatedPod());
    bench.inbox.on(`PATCH ${podsPath}/a`, refuses(409, 'Conflict'));
    await assert.rejects(look(), { status: 409 });
    bench.inbox.on(`PATCH ${podsPath}/a`, refuses(409, 'Conflict'));
    await assert.rejects(look(), { status: 409 });
    assert.deepEqual(told(), ['a n1', 'a n1']);
  });

  it('takes a task back that has lost its room, at the version that was seen, and remembers why', async () => {
    bench.hold(nodeView('n1'), pinnedPod('n1', { status: unschedulable }));
    assert.equal(await look(), ms(105));
    bench.clock.advance(5_000);
    await look();
    const { uid, resourceVersion } = gatedPod().metadata;
    const [[request, body] = []] = bench.writes();
    assert.equal(request, `DELETE ${podsPath}/a`);
    assert.deepEqual((body as { preconditions: object }).preconditions, { uid, resourceVersion });
    assert.equal(bench.stores.of(pods).departures.noteOf(uid), withdrawn);
  });

  it('looks when a pod waits for it or is on its way, and at every change while one waits', () => {
    const running = pinnedPod('n1', { name: 'r', spec: { nodeName: 'n1' }, status: { phase: 'Running' } });
    const keys = (): unknown[] => [running, othersPod('n1'), nodeView('n1')].map((each) => bench.keysOf(each));
    assert.deepEqual([bench.keysOf(gatedPod()), bench.keysOf(pinnedPod('n1'))], [[soleKey], [soleKey]]);
    assert.deepEqual(keys(), [[], [], []]);
    bench.hold(gatedPod());
    assert.deepEqual(keys(), [[soleKey], [soleKey], [soleKey]]);
    const isNews = controller.watches.find(({ resource }) => resource === nodes)?.isNews;
    assert.equal(isNews?.(nodeView('n1'), nodeView('n1', { version: 2 })), false, 'a heartbeat is none');
  });
});
