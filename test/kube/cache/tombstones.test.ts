import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { Tombstones } from '../../../src/kube/cache/tombstones.ts';
import { FakeClock } from '../../support/clock.ts';

describe('Tombstones', () => {
  let clock: FakeClock;
  let tombstones: Tombstones;

  beforeEach(() => {
    clock = new FakeClock();
    tombstones = new Tombstones(clock);
  });

  it('cover the version of the removal and all older ones', () => {
    tombstones.add('a', '10');
    assert.deepEqual(
      ['9', '10', '11'].map((version) => tombstones.covers('a', version)),
      [true, true, false],
    );
    assert.equal(tombstones.covers('b', '1'), false);
  });

  it('keep the newer of two removals', () => {
    tombstones.add('a', '10');
    tombstones.add('a', '7');
    assert.equal(tombstones.covers('a', '10'), true);
    tombstones.add('a', '12');
    assert.equal(tombstones.covers('a', '12'), true);
  });

  it('expire after ten minutes, and are forgotten when the next comes', () => {
    tombstones.add('a', '10');
    clock.advance(10 * 60_000 - 1);
    assert.equal(tombstones.covers('a', '10'), true);
    clock.advance(1);
    assert.equal(tombstones.covers('a', '10'), false);
    tombstones.add('b', '11');
    assert.equal(tombstones.size, 1);
  });

  it('are no more than 10,000: the oldest goes', () => {
    for (let count = 0; count < 10_001; count++) tombstones.add(`key-${count}`, '1');
    assert.equal(tombstones.size, 10_000);
    assert.deepEqual([tombstones.covers('key-0', '1'), tombstones.covers('key-1', '1')], [false, true]);
  });
});
