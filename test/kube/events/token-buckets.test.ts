import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { TokenBuckets } from '../../../src/kube/events/token-buckets.ts';

describe('TokenBuckets', () => {
  const buckets = (): TokenBuckets => new TokenBuckets({ burst: 3, refillMs: 100, most: 2 });

  /** How many of ten tokens asked for at that time there are. */
  function taken(from: TokenBuckets, key: string, nowMs: number): number {
    return Array.from({ length: 10 }, () => from.take(key, nowMs)).filter(Boolean).length;
  }

  const cases: Record<string, { readonly atMs: readonly number[]; readonly want: readonly number[] }> = {
    'gives its burst at once, then nothing': { atMs: [0, 0, 99], want: [3, 0, 0] },
    'gets a token after each interval': { atMs: [0, 100, 150, 200], want: [3, 1, 0, 1] },
    'gathers what is not taken, up to its burst': { atMs: [0, 200, 10_000], want: [3, 2, 3] },
  };
  for (const [sentence, { atMs, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const own = buckets();
      assert.deepEqual(
        atMs.map((nowMs) => taken(own, 'a', nowMs)),
        want,
      );
    });
  }

  it('has a bucket for each key', () => {
    const own = buckets();
    assert.deepEqual([taken(own, 'a', 0), taken(own, 'b', 0)], [3, 3]);
  });

  it('forgets full buckets, and beyond so many keys the one that took nothing for longest', () => {
    const own = buckets();
    for (const key of ['a', 'b', 'c']) own.take(key, 0);
    assert.equal(own.size, 2);
    own.take('d', 100);
    assert.equal(own.size, 1);
  });
});
