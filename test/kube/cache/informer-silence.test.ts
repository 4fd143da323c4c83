import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { kubeMetrics } from '../../../src/kube/metrics.ts';
import { startInformer, type InformerBench } from '../../support/informer.ts';
import { pod, podList } from '../../support/kube-objects.ts';
import type { Received } from '../../support/scripted-server.ts';

const minuteMs = 60_000;
const bookmark = (version: number): object => ({ kind: 'Pod', metadata: { resourceVersion: String(version) } });

describe('Informer, when its watch is silent', () => {
  let bench: InformerBench;
  let watch: Received;

  beforeEach(async () => {
    bench = await startInformer();
    (await bench.nextList()).reply(200, podList(100, [pod('a', 90), pod('b', 95)]));
    watch = (await bench.nextWatch()).open();
    await bench.begun();
  });

  afterEach(async () => {
    await bench.stop();
  });

  /** Sends an event and waits until it was taken in. */
  async function hears(type: string, object: object): Promise<void> {
    const count = (): number => bench.meter.value(kubeMetrics.watchEvents, { resource: 'pods', type }) ?? 0;
    const before = count();
    await watch.event(type, object);
    while (count() === before) await new Promise(setImmediate);
  }

  /** Everything the informer wanted of the server until now has arrived there. */
  async function asks(): Promise<boolean> {
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
    return bench.server.waiting > 0;
  }

  /** Passes that time, of which the last millisecond is too much: the connection is closed and a list is asked for. */
  async function isDroppedAfter(ms: number): Promise<Received> {
    bench.clock.advance(ms - 1);
    assert.equal(await asks(), false);
    bench.clock.advance(1);
    const list = await bench.nextList();
    await watch.closed;
    return list;
  }

  it('for three minutes after a bookmark, lists again: bookmarks come every minute once there was one', async () => {
    await hears('BOOKMARK', bookmark(101));
    const list = await isDroppedAfter(3 * minuteMs);
    list.reply(200, podList(103, [pod('a', 102)]));
    assert.equal((await bench.nextWatch()).query.get('resourceVersion'), '103');
    assert.deepEqual(bench.held(), ['a@102']);
    const fields = { resource: 'pods', silentMs: 180_000, events: 1, relist: true };
    assert.deepEqual(bench.log.lines, [{ level: 'warn', message: 'Watch was silent and dropped', fields }]);
  });

  it('for a quarter of an hour before the first bookmark, lists again: the first one may take 12 minutes', async () => {
    const list = await isDroppedAfter(15 * minuteMs);
    // The server may be behind this version: etcd was restored from a backup.
    list.reply(200, podList(20, [pod('a', 10)]));
    assert.equal((await bench.nextWatch()).query.get('resourceVersion'), '20');
    assert.deepEqual(bench.held(), ['a@10']);
  });

  it('for a quarter of an hour after events without a bookmark, lists again', async () => {
    bench.clock.advance(14 * minuteMs);
    await hears('MODIFIED', pod('a', 101));
    await isDroppedAfter(15 * minuteMs);
  });

  it('between bookmarks, goes on with it to its end and resumes', async () => {
    for (let minute = 1; minute <= 60; minute++) {
      bench.clock.advance(minuteMs);
      await hears('BOOKMARK', bookmark(100 + minute));
    }
    watch.end();
    assert.equal((await bench.nextWatch()).query.get('resourceVersion'), '160');
    assert.equal(bench.meter.value(kubeMetrics.relists, { resource: 'pods' }), 1);
    assert.deepEqual(bench.log.lines, []);
  });

  it('after a bookmark, counts an event like one', async () => {
    await hears('BOOKMARK', bookmark(101));
    bench.clock.advance(2 * minuteMs);
    await hears('ADDED', pod('c', 102));
    await isDroppedAfter(3 * minuteMs);
  });

  it('that resumed another one with bookmarks, waits for its own first one', async () => {
    await hears('BOOKMARK', bookmark(101));
    watch.end();
    watch = (await bench.nextWatch()).open();
    await bench.begun();
    await isDroppedAfter(15 * minuteMs);
  });

  it('and no list is to be had either, backs off as ever', async () => {
    await hears('BOOKMARK', bookmark(101));
    (await isDroppedAfter(3 * minuteMs)).reply(500, {});
    await bench.clock.elapse(1000);
    await bench.nextList();
  });

  it('leaves no timer behind when it ends', async () => {
    await hears('BOOKMARK', bookmark(101));
    bench.lifetime.abort();
    await bench.running;
    assert.deepEqual(bench.clock.pending, []);
    assert.deepEqual(bench.log.lines, []);
  });
});
