import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { kubeMetrics } from '../../../src/kube/metrics.ts';
import { startInformer, type InformerBench } from '../../support/informer.ts';
import { failure, pod, podList } from '../../support/kube-objects.ts';
import type { Received } from '../../support/scripted-server.ts';

const gone = failure(410, 'Expired', 'too old resource version');
const broken = failure(500, 'InternalError', 'etcdserver: leader changed');
const tooLarge = {
  ...failure(504, 'Timeout', 'Too large resource version'),
  details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
};

describe('Informer, when things fail', () => {
  let bench: InformerBench;

  beforeEach(async () => {
    bench = await startInformer();
  });

  afterEach(async () => {
    await bench.stop();
  });

  /** The first list, of one pod at version 9, and the watch after it. */
  async function firstWatch(): Promise<Received> {
    (await bench.nextList()).reply(200, podList(9, [pod('a', 3)]));
    return bench.nextWatch();
  }

  /** Waits until the informer has told of so many interruptions, and sleeps. */
  async function interrupted(times: number): Promise<void> {
    while (bench.log.lines.length < times) await new Promise(setImmediate);
    await new Promise(setImmediate);
  }

  describe('lists again', () => {
    const cases: Record<string, { fail: (watch: Received) => void | Promise<void> }> = {
      'when the watch is refused because its version is gone': { fail: (watch) => watch.reply(410, gone) },
      'when the version is gone in the midst of a watch': {
        fail: async (watch) => {
          await watch.open().event('ADDED', pod('b', 10));
          await watch.event('ERROR', gone);
          await watch.closed;
        },
      },
      'when the server is behind the version: etcd was restored': { fail: (watch) => watch.reply(504, tooLarge) },
    };
    for (const [sentence, { fail }] of Object.entries(cases)) {
      it(sentence, async () => {
        await fail(await firstWatch());
        await bench.clock.elapse(1000);
        (await bench.nextList()).reply(200, podList(20, [pod('c', 15)]));
        assert.equal((await bench.nextWatch()).query.get('resourceVersion'), '20');
        assert.deepEqual(bench.held(), ['c@15']);
        assert.equal(bench.meter.value(kubeMetrics.relists, { resource: 'pods' }), 2);
      });
    }

    const pages: Record<string, { fail: (page: Received) => void | Promise<void> }> = {
      'when the version is gone between pages': { fail: (page) => page.reply(410, gone) },
      'when the connection breaks between pages': { fail: (page) => page.reset() },
      'when the connection breaks inside a page': {
        fail: async (page) => {
          await page.open().write(JSON.stringify(podList(9, [pod('b', 4)])).slice(0, -1));
          page.reset();
        },
      },
      'when a page ends half-way': {
        fail: async (page) => {
          await page.open().write(JSON.stringify(podList(9, [pod('b', 4)])).slice(0, -1));
          page.end();
        },
      },
      'when a page does not end within 30 seconds': {
        fail: async (page) => {
          await page.open().write(JSON.stringify(podList(9, [pod('b', 4)])).slice(0, -1));
          await bench.clock.elapse(30_000);
          await page.closed;
        },
      },
    };
    for (const [sentence, { fail }] of Object.entries(pages)) {
      it(`from the first page ${sentence}`, async () => {
        (await bench.nextList()).reply(200, podList(9, [pod('a', 3)], 'page-2'));
        await fail(await bench.nextList());
        await bench.clock.elapse(1000);
        const again = await bench.nextList();
        assert.equal(again.query.has('continue'), false);
        assert.deepEqual([bench.held(), bench.store.synced], [[], false]);
        again.reply(200, podList(20, [pod('b', 15)]));
        await bench.nextWatch();
        assert.deepEqual(bench.held(), ['b@15']);
      });
    }

    it('less and less often when each watch is refused again', async () => {
      for (const delayMs of [1000, 2000, 4000]) {
        (await bench.nextList()).reply(200, podList(9, []));
        (await bench.nextWatch()).reply(410, gone);
        await bench.clock.elapse(delayMs);
      }
    });
  });

  describe('resumes after the last whole event', () => {
    const cases: Record<string, { fail: (watch: Received) => void | Promise<void> }> = {
      'when the connection breaks': { fail: (watch) => watch.reset() },
      'when the connection breaks inside a line': {
        fail: async (watch) => {
          await watch.write(JSON.stringify({ type: 'ADDED', object: pod('c', 11) }).slice(0, -1));
          watch.reset();
        },
      },
      'when the watch reports another error': { fail: (watch) => watch.event('ERROR', broken) },
      'when a line is no JSON': { fail: (watch) => watch.write('oops\n') },
    };
    for (const [sentence, { fail }] of Object.entries(cases)) {
      it(sentence, async () => {
        const watch = (await firstWatch()).open();
        const changed = bench.changed();
        await watch.event('ADDED', pod('b', 10));
        await changed;
        await fail(watch);
        await watch.closed;
        await bench.clock.elapse(1000);
        assert.equal((await bench.nextWatch()).query.get('resourceVersion'), '10');
        assert.deepEqual(bench.held(), ['a@3', 'b@10']);
        assert.equal(bench.meter.value(kubeMetrics.relists, { resource: 'pods' }), 1);
      });
    }

    it('when the watch is refused for any other reason', async () => {
      (await firstWatch()).reply(403, failure(403, 'Forbidden'));
      await bench.clock.elapse(1000);
      assert.equal((await bench.nextWatch()).query.get('resourceVersion'), '9');
    });
  });

  describe('while a list is under way', () => {
    /** Lists again, and has taken in the first page, of version 20, when it returns the request for the second. */
    async function secondPage(...items: Parameters<typeof podList>[1]): Promise<Received> {
      (await firstWatch()).reply(410, gone);
      await bench.clock.elapse(1000);
      (await bench.nextList()).reply(200, podList(20, items, 'page-2'));
      return bench.nextList();
    }

    it('keeps what an own write made meanwhile, which the list cannot know', async () => {
      const page = await secondPage(pod('a', 15));
      bench.store.apply(pod('own', 21));
      bench.store.apply(pod('a', 22));
      page.reply(200, podList(20, []));
      await bench.nextWatch();
      assert.deepEqual(bench.held(), ['a@22', 'own@21']);
    });

    it('does not bring back what an own write removed meanwhile', async () => {
      const page = await secondPage(pod('a', 3));
      bench.store.remove(pod('a', 21));
      page.reply(200, podList(20, [pod('b', 4)]));
      await bench.nextWatch();
      assert.deepEqual(bench.held(), ['b@4']);
    });

    it('takes the newer version of an object that comes on two pages', async () => {
      (await secondPage(pod('a', 15), pod('b', 16))).reply(200, podList(20, [pod('b', 18), pod('a', 3)]));
      await bench.nextWatch();
      assert.deepEqual(bench.held(), ['a@15', 'b@18']);
    });
  });

  describe('waits', () => {
    it('longer with each failure in a row, up to 30 seconds, and says so', async () => {
      for (const [index, delayMs] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
        (await bench.nextList()).reply(500, broken);
        await interrupted(index + 1);
        assert.deepEqual(bench.clock.pending, [delayMs]);
        bench.clock.advance(delayMs);
      }
      await bench.nextList();
      assert.deepEqual(bench.log.lines[0], {
        level: 'warn',
        message: 'Informer was interrupted',
        fields: { resource: 'pods', error: 'etcdserver: leader changed', failures: 1, delayMs: 1000, relist: true },
      });
    });

    it('the shortest time again after an event', async () => {
      (await firstWatch()).reply(500, broken);
      await bench.clock.elapse(1000);
      (await bench.nextWatch()).reply(500, broken);
      await bench.clock.elapse(2000);
      const watch = (await bench.nextWatch()).open();
      await watch.event('BOOKMARK', { metadata: { resourceVersion: '10' } });
      await watch.event('ERROR', broken);
      await bench.clock.elapse(1000);
    });

    it('as after a failure when a watch ends at once and empty', async () => {
      for (const [index, delayMs] of [1000, 2000, 4000].entries()) {
        const watch = index === 0 ? await firstWatch() : await bench.nextWatch();
        watch.open().end();
        await bench.clock.elapse(delayMs);
      }
    });

    for (const [code, reason] of [
      [429, 'TooManyRequests'],
      [500, 'InternalError'],
      [503, 'ServiceUnavailable'],
    ] as const) {
      it(`as long as the server asks with ${code}, whether it refuses a list, a page or a watch`, async () => {
        const refuse = async (received: Received): Promise<void> => {
          received.reply(code, failure(code, reason), { 'retry-after': '7' });
          await bench.clock.waiting(7000);
          bench.clock.advance(6999);
          await new Promise(setImmediate);
          assert.equal(bench.server.waiting, 0);
          bench.clock.advance(1);
        };
        await refuse(await bench.nextList());
        (await bench.nextList()).reply(200, podList(9, [pod('a', 3)], 'page-2'));
        await refuse(await bench.nextList());
        // A page is asked for again where that is known to help; after an InternalError it is the whole list.
        if (code === 500) (await bench.nextList()).reply(200, podList(9, [pod('a', 3)], 'page-2'));
        const page = await bench.nextList();
        assert.equal(page.query.get('continue'), 'page-2');
        page.reply(200, podList(9, [pod('b', 4)]));
        await refuse(await bench.nextWatch());
        assert.equal((await bench.nextWatch()).query.get('resourceVersion'), '9');
        assert.deepEqual(bench.held(), ['a@3', 'b@4']);
      });
    }

    it('as after a failure when no answer to a watch begins within 30 seconds, and closes it', async () => {
      const watch = await firstWatch();
      await bench.clock.elapse(30_000);
      await watch.closed;
      await bench.clock.elapse(1000);
      assert.equal((await bench.nextWatch()).query.get('resourceVersion'), '9');
    });

    it('no more than 30 seconds, whatever the server asks', async () => {
      (await firstWatch()).reply(429, failure(429, 'TooManyRequests'), { 'retry-after': '3600' });
      await interrupted(1);
      assert.deepEqual(bench.clock.pending, [30_000]);
      bench.clock.advance(30_000);
      await bench.nextWatch();
    });

    it('until the server is there', async () => {
      const jittery = await startInformer({ random: () => 1 });
      (await jittery.nextList()).reset();
      await jittery.clock.elapse(500);
      (await jittery.nextList()).reply(200, podList(9, []));
      await jittery.informer.whenSynced(jittery.lifetime.signal);
      await jittery.stop();
    });
  });
});
