import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { earliest } from '../../src/base/earliest.ts';

describe('earliest', () => {
  it('is the first of the times there are', () => {
    assert.equal(earliest([7, undefined, 3, 5]), 3);
    assert.equal(earliest([undefined]), undefined);
    assert.equal(earliest([]), undefined);
  });

  it('is later than the time that is given', () => {
    assert.equal(earliest([7, undefined, 3, 5], 3), 5);
    assert.equal(earliest([7, 3], 7), undefined);
  });
});
