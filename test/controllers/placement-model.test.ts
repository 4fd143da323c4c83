import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { PodView } from '../../src/api/meta.ts';
import { liveModelOf, type LiveModel } from '../../src/controllers/placement-model.ts';
import { caches } from '../../src/controllers/caches.ts';
import { nodes, pods } from '../../src/controllers/resources.ts';
import { askedBy } from '../../src/core/placement/operator/request.ts';
import { instant } from '../support/builders.ts';
import { accepts } from '../support/inbox.ts';
import { nodeView } from '../support/node-views.ts';
import { gatedPod, pinnedPod } from '../support/placed-pods.ts';
import { startWalk, type Walk } from '../support/walk.ts';

/** All that a node has. */
const whole = { demand: { amounts: { cpu: 2000, memory: 1, pods: 1 }, hostPorts: [] } };

function waiting(name: string): PodView {
  return gatedPod({ name, spec: whole });
}

function numbered(pod: PodView, count: number): PodView[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `p${String(index)}`;
    return { ...pod, metadata: { ...pod.metadata, name, uid: name } };
  });
}

describe('The live model', () => {
  let walk: Walk;
  let live: LiveModel;

  beforeEach(async () => {
    walk = await startWalk(caches, accepts);
    walk.stores.of(nodes).apply(nodeView('n1'));
    live = liveModelOf(walk.stores);
  });

  afterEach(async () => {
    await walk.stop();
  });

  const hold = (...held: readonly PodView[]): void => {
    for (const pod of held) walk.stores.of(pods).apply(pod);
  };

  function drop(pod: PodView): void {
    walk.stores.of(pods).remove({ ...pod, metadata: { ...pod.metadata, resourceVersion: '99' } });
  }

  function fits(name = 'x'): boolean {
    return live.model.fits(askedBy(waiting(name))?.request ?? assert.fail());
  }

  it('is one for the same stores', () => {
    assert.equal(liveModelOf(walk.stores), live);
  });

  it('hears of nodes and pods that come and go, once it is asked to', () => {
    const pinned = pinnedPod('n1', { spec: whole });
    assert.equal(fits(), false, 'it has heard of no node yet');
    assert.deepEqual([live.catchUp(), fits()], [true, true]);
    hold(pinned);
    assert.equal(fits(), true);
    assert.deepEqual([live.catchUp(), fits()], [true, false]);
    drop(pinned);
    assert.deepEqual([live.catchUp(), fits()], [true, true]);
    walk.stores.of(nodes).remove(nodeView('n1', { version: 9 }));
    assert.deepEqual([live.catchUp(), fits()], [true, false]);
  });

  it('hears of another pod under the same name', () => {
    hold(pinnedPod('n1', { spec: whole }));
    live.catchUp();
    const { metadata } = gatedPod();
    hold(gatedPod({ spec: whole, metadata: { ...metadata, uid: 'another', resourceVersion: '5' } }));
    live.catchUp();
    assert.equal(fits(), true, 'the first one is gone');
  });

  it('catches up in slices', () => {
    hold(...numbered(pinnedPod('n2'), 2_500));
    assert.deepEqual([live.catchUp(), live.catchUp()], [false, true]);
  });

  it('keeps nothing of pods that came and went while nobody asked', () => {
    live.catchUp();
    for (const pod of numbered(pinnedPod('n1', { spec: whole }), 2_500)) {
      hold(pod);
      drop(pod);
    }
    assert.deepEqual([live.catchUp(), fits()], [true, true]);
  });

  it('keeps what it has promised, whatever is heard of the pod, until that is over', () => {
    hold(waiting('a'));
    live.catchUp();
    live.model.place(askedBy(waiting('a'))?.request ?? assert.fail());
    live.reserve([waiting('a')]);
    hold({ ...waiting('a'), metadata: { ...waiting('a').metadata, resourceVersion: '2' } });
    live.catchUp();
    assert.deepEqual([live.isReserved(waiting('a')), fits()], [true, false]);
    live.release();
    live.catchUp();
    assert.deepEqual([live.isReserved(waiting('a')), fits()], [false, true], 'it was not pinned');
  });

  it('says why no node takes a task, the same for two seconds', () => {
    hold(pinnedPod('n1', { spec: whole }));
    live.catchUp();
    const asked = askedBy(waiting('x')) ?? assert.fail();
    const whyNot = live.whyNot(asked, instant(0));
    assert.equal(whyNot?.reason, 'RESOURCE:CPU');
    drop(pinnedPod('n1', { spec: whole }));
    live.catchUp();
    assert.equal(live.whyNot(asked, instant(1.9)), whyNot);
    assert.equal(live.whyNot(asked, instant(2)), undefined);
  });
});
