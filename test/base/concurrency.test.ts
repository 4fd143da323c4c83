import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { settleAll } from '../../src/base/concurrency.ts';

describe('settleAll', () => {
  it('of nothing is nothing', async () => {
    assert.deepEqual(await settleAll([], 3, () => Promise.reject(new Error('never'))), []);
  });

  it('keeps the order of the items, and a failure beside what went well', async () => {
    const failure = new Error('no');
    const results = await settleAll(['a', 'b', 'c'], 3, (item) =>
      item === 'b' ? Promise.reject(failure) : Promise.resolve(item.toUpperCase()),
    );
    assert.deepEqual(results, [
      { status: 'fulfilled', value: 'A' },
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: 'C' },
    ]);
  });

  it('takes a task that throws at once as one that fails', async () => {
    const failure = new Error('no');
    const results = await settleAll([1], 1, () => {
      throw failure;
    });
    assert.deepEqual(results, [{ status: 'rejected', reason: failure }]);
  });

  it('does every item once, in order of start, and never more at once than the limit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.scheduler(),
        async (fates, limit, scheduler) => {
          const started: number[] = [];
          let underWay = 0;
          const all = settleAll([...fates.keys()], limit, async (item) => {
            started.push(item);
            underWay++;
            assert(underWay <= limit);
            await scheduler.schedule(Promise.resolve());
            underWay--;
            if (fates[item] !== true) throw new Error(String(item));
            return item;
          });
          const results = await scheduler.waitFor(all);
          assert.deepEqual(started, [...fates.keys()]);
          assert.deepEqual(
            results.map((result) => result.status === 'fulfilled'),
            fates,
          );
        },
      ),
    );
  });
});
