import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { startInformer, type InformerBench } from '../../support/informer.ts';
import { failure, pod, podList } from '../../support/kube-objects.ts';

const missing = failure(404, 'NotFound', 'the server could not find the requested resource');

describe('Informer of a kind that may be missing', () => {
  let bench: InformerBench;

  afterEach(async () => {
    await bench.stop();
  });

  /** The first list of an informer is answered with 404. */
  async function withoutKind(isOptional: boolean): Promise<void> {
    bench = await startInformer({ isOptional });
    (await bench.nextList()).reply(404, missing);
    while (bench.log.lines.length === 0) await new Promise(setImmediate);
    await new Promise(setImmediate);
  }

  it('holds nothing of it, and waits for nobody', async () => {
    await withoutKind(true);
    await bench.informer.whenSynced(bench.lifetime.signal);
    assert.deepEqual([bench.store.synced, bench.store.isServed, bench.held()], [true, false, []]);
    assert.deepEqual(
      bench.log.lines.map(({ level, message }) => [level, message]),
      [['info', 'Kind is not served, and not needed']],
    );
  });

  it('looks again after a minute, and follows it once it is there', async () => {
    await withoutKind(true);
    assert.ok(bench.clock.pending.includes(60_000));
    await bench.clock.elapse(60_000);
    (await bench.nextList()).reply(404, missing);
    while (!bench.clock.pending.includes(60_000)) await new Promise(setImmediate);
    await bench.clock.elapse(60_000);
    (await bench.nextList()).reply(200, podList(9, [pod('a', 3)]));
    await bench.nextWatch();
    assert.deepEqual([bench.store.isServed, bench.held(), bench.log.lines.length], [true, ['a@3'], 1]);
  });

  it('forgets what it held when the kind is removed', async () => {
    bench = await startInformer({ isOptional: true });
    (await bench.nextList()).reply(200, podList(9, [pod('a', 3)]));
    const watch = await bench.nextWatch();
    const changed = bench.changed();
    watch.reply(404, missing);
    await changed;
    assert.deepEqual([bench.store.isServed, bench.held()], [false, []]);
  });

  it('is not synced without a kind that is needed', async () => {
    await withoutKind(false);
    assert.deepEqual([bench.store.synced, bench.store.isServed], [false, false]);
    assert.ok(!bench.clock.pending.includes(60_000));
  });
});
