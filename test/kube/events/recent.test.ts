import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Recent } from '../../../src/kube/events/recent.ts';

describe('Recent', () => {
  /** Values that are over at the time they say, three at most. */
  const recent = (): Recent<number> => new Recent({ most: 3, isOver: (untilMs, nowMs) => untilMs <= nowMs });

  it('holds a value until it is over', () => {
    const values = recent();
    values.set('a', 100, 0);
    assert.deepEqual([values.get('a', 99), values.get('a', 100), values.get('b', 0)], [100, undefined, undefined]);
  });

  it('forgets the key that was not used for longest, when there are too many', () => {
    const values = recent();
    for (const key of ['a', 'b', 'c']) values.set(key, 100, 0);
    values.set('a', 100, 0);
    values.set('d', 100, 0);
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((key) => values.get(key, 0)),
      [100, undefined, 100, 100],
    );
    assert.equal(values.size, 3);
  });

  it('keeps nothing that is over', () => {
    const values = recent();
    values.set('a', 100, 0);
    values.set('b', 100, 0);
    values.set('c', 900, 100);
    assert.equal(values.size, 1);
  });
});
