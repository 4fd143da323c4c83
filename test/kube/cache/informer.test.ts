import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { kubeMetrics } from '../../../src/kube/metrics.ts';
import { startInformer, type InformerBench } from '../../support/informer.ts';
import { pod, podList } from '../../support/kube-objects.ts';

describe('Informer', () => {
  let bench: InformerBench;

  beforeEach(async () => {
    bench = await startInformer();
  });

  afterEach(async () => {
    await bench.stop();
  });

  it('lists in pages of 250, and is synced when it has them all', async () => {
    const first = await bench.nextList();
    assert.deepEqual([first.path, Object.fromEntries(first.query)], ['/api/v1/pods', { limit: '250' }]);
    first.reply(200, podList(9, [pod('a', 3)], 'page-2'));
    const second = await bench.nextList();
    assert.deepEqual(Object.fromEntries(second.query), { limit: '250', continue: 'page-2' });
    assert.deepEqual([bench.held(), bench.store.synced], [[], false]);
    second.reply(200, podList(9, [pod('b', 5)]));
    await bench.informer.whenSynced(bench.lifetime.signal);
    assert.deepEqual([bench.held(), bench.store.synced], [['a@3', 'b@5'], true]);
    assert.deepEqual(bench.store.get('default/a'), pod('a', 3));
  });

  it('watches from its list on, with bookmarks, and follows what happens', async () => {
    (await bench.nextList()).reply(200, podList(9, [pod('a', 3), pod('b', 5)]));
    const watch = await bench.nextWatch();
    const { resourceVersion, allowWatchBookmarks, timeoutSeconds } = Object.fromEntries(watch.query);
    assert.deepEqual([resourceVersion, allowWatchBookmarks, timeoutSeconds], ['9', 'true', '1800']);
    watch.open();
    const events: Record<string, readonly string[]> = {
      'ADDED c@10': ['a@3', 'b@5', 'c@10'],
      'MODIFIED a@11': ['a@11', 'b@5', 'c@10'],
      'DELETED b@12': ['a@11', 'c@10'],
    };
    for (const [event, want] of Object.entries(events)) {
      const [type = '', name = '', version = ''] = event.split(/[ @]/);
      const changed = bench.changed();
      await watch.event(type, pod(name, version));
      await changed;
      assert.deepEqual(bench.held(), want, event);
    }
  });

  it('resumes at once where a bookmark was, when the server ends the watch', async () => {
    (await bench.nextList()).reply(200, podList(9, []));
    const watch = (await bench.nextWatch()).open();
    await watch.event('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '42' } });
    watch.end();
    assert.equal((await bench.nextWatch()).query.get('resourceVersion'), '42');
  });

  it('resumes after the last event, when the server ends the watch', async () => {
    (await bench.nextList()).reply(200, podList(9, []));
    const watch = (await bench.nextWatch()).open();
    await watch.event('ADDED', pod('a', 10));
    await watch.event('DELETED', pod('a', 11));
    watch.end();
    assert.equal((await bench.nextWatch()).query.get('resourceVersion'), '11');
    assert.deepEqual(bench.held(), []);
  });

  it('resumes at once after a quiet watch that lasted', async () => {
    (await bench.nextList()).reply(200, podList(9, []));
    const watch = (await bench.nextWatch()).open();
    await bench.begun();
    bench.clock.advance(1000);
    watch.end();
    assert.equal((await bench.nextWatch()).query.get('resourceVersion'), '9');
  });

  it('takes in no event whose end never came', async () => {
    (await bench.nextList()).reply(200, podList(9, []));
    const watch = (await bench.nextWatch()).open();
    await watch.event('ADDED', pod('a', 10));
    await watch.write(JSON.stringify({ type: 'ADDED', object: pod('b', 11) }));
    watch.end();
    assert.equal((await bench.nextWatch()).query.get('resourceVersion'), '10');
    assert.deepEqual(bench.held(), ['a@10']);
  });

  it('leaves a newer version alone that came from an own write', async () => {
    (await bench.nextList()).reply(200, podList(9, [pod('a', 3)]));
    const watch = (await bench.nextWatch()).open();
    bench.store.apply(pod('a', 12));
    const changed = bench.changed();
    await watch.event('MODIFIED', pod('a', 11));
    await watch.event('ADDED', pod('b', 13));
    await changed;
    assert.deepEqual(bench.held(), ['a@12', 'b@13']);
  });

  it('goes on when a listener throws', async () => {
    bench.store.onChange(() => {
      throw new Error('a bug');
    });
    (await bench.nextList()).reply(200, podList(9, [pod('a', 3)]));
    const watch = (await bench.nextWatch()).open();
    const changed = bench.changed();
    await watch.event('ADDED', pod('b', 10));
    await changed;
    assert.deepEqual(bench.held(), ['a@3', 'b@10']);
    assert.equal(bench.meter.value(kubeMetrics.callbackErrors, { resource: 'pods', callback: 'listener' }), 2);
  });

  it('counts lists, events and objects, from zero', async () => {
    const { meter } = bench;
    const events = () =>
      ['ADDED', 'DELETED', 'BOOKMARK'].map((type) => meter.value(kubeMetrics.watchEvents, { resource: 'pods', type }));
    assert.deepEqual(events(), [0, 0, 0]);
    (await bench.nextList()).reply(200, podList(9, [pod('a', 3)]));
    const watch = (await bench.nextWatch()).open();
    await watch.event('BOOKMARK', { metadata: { resourceVersion: '10' } });
    const changed = bench.changed();
    await watch.event('ADDED', pod('b', 11));
    await changed;
    await new Promise(setImmediate);
    assert.deepEqual(events(), [1, 0, 1]);
    assert.equal(meter.value(kubeMetrics.relists, { resource: 'pods' }), 1);
    assert.equal(meter.value(kubeMetrics.objects, { resource: 'pods' }), 2);
  });

  describe('when its signal aborts', () => {
    it('ends its watch, closes the connection and keeps what it holds', async () => {
      (await bench.nextList()).reply(200, podList(9, [pod('a', 3)]));
      const watch = (await bench.nextWatch()).open();
      bench.lifetime.abort();
      await bench.running;
      await watch.closed;
      assert.deepEqual(bench.held(), ['a@3']);
      assert.deepEqual(bench.log.lines, []);
    });

    it('ends its list', async () => {
      const list = await bench.nextList();
      const synced = bench.informer.whenSynced(bench.lifetime.signal);
      bench.lifetime.abort();
      await Promise.all([bench.running, synced, list.closed]);
      assert.equal(bench.store.synced, false);
    });

    it('ends its waiting', async () => {
      (await bench.nextList()).reply(500, {});
      await bench.clock.waiting(1000);
      bench.lifetime.abort();
      await bench.running;
      assert.deepEqual(bench.clock.pending, []);
    });

    it('can run again, from a fresh list', async () => {
      (await bench.nextList()).reply(200, podList(9, [pod('a', 3), pod('b', 4)]));
      (await bench.nextWatch()).open();
      bench.lifetime.abort();
      await bench.running;
      const again = new AbortController();
      const running = bench.informer.run(again.signal);
      (await bench.nextList()).reply(200, podList(20, [pod('a', 15)]));
      await bench.nextWatch();
      assert.deepEqual(bench.held(), ['a@15']);
      again.abort();
      await running;
    });
  });
});

describe('Informer, told what to look at', () => {
  it('asks for one namespace and what has the labels, in list and watch', async () => {
    const bench = await startInformer({ namespace: 'default', labelSelector: 'app=x', random: () => 0.9999 });
    const list = await bench.nextList();
    list.reply(200, podList(9, []));
    const watch = await bench.nextWatch();
    for (const { path, query } of [list, watch]) {
      assert.deepEqual([path, query.get('labelSelector')], ['/api/v1/namespaces/default/pods', 'app=x']);
    }
    assert.equal(watch.query.get('timeoutSeconds'), '3599');
    await bench.stop();
  });
});
