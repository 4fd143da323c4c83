import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { isIn, rangesIn, rangeText, withNumbers } from '../../../src/core/service/ranges.ts';

const someNumbers = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 60 });

describe('ranges of whole numbers', () => {
  it('hold the numbers put into them, whenever they were, and no others', () => {
    fc.assert(
      fc.property(someNumbers, someNumbers, (first, second) => {
        const ranges = rangesIn(rangeText(withNumbers(withNumbers([], first), second), 1024));
        for (let number = 0; number <= 61; number++) {
          assert.equal(isIn(ranges, number), first.includes(number) || second.includes(number), String(number));
        }
      }),
    );
  });

  it('are in order, and touch nowhere', () => {
    assert.equal(rangeText(withNumbers(rangesIn('5-7,1-2'), [9, 3, 8]), 1024), '1-3,5-9');
    assert.equal(rangeText(rangesIn('1-9,3-4,10'), 1024), '1-10');
  });

  it('are the same where nothing is put into them', () => {
    const ranges = rangesIn('1-3');
    assert.equal(withNumbers(ranges, []), ranges);
  });

  it('take the lowest gaps for filled where their text has no room', () => {
    assert.equal(rangeText(rangesIn('1-2,4-5,7'), 9), '1-2,4-5,7');
    assert.equal(rangeText(rangesIn('1-2,4-5,7'), 8), '1-5,7');
    assert.equal(rangeText(rangesIn('1-2,4-5,7'), 4), '1-7');
    assert.equal(rangeText(rangesIn('1-2,4-5,7'), 1), '1-7');
  });

  it('take millions of numbers as easily as one', () => {
    const ranges = withNumbers(rangesIn('1-999999999'), [1_000_000_000]);
    assert.deepEqual([rangeText(ranges, 1024), isIn(ranges, 999_999_999)], ['1-1000000000', true]);
  });

  it('leave out what somebody has damaged', () => {
    assert.deepEqual(rangesIn('a,-3,5-,7,9-8, 2,,1e3'), [{ first: 7, last: 7 }]);
  });
});
