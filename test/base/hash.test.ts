import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { canonicalJson, contentHash } from '../../src/base/hash.ts';

describe('canonicalJson', () => {
  const cases: Record<string, { readonly given: unknown; readonly want: string }> = {
    'keys are sorted at every depth': { given: { b: { d: 1, c: 2 }, a: 3 }, want: '{"a":3,"b":{"c":2,"d":1}}' },
    'keys are sorted inside lists': { given: [{ b: 1, a: 2 }], want: '[{"a":2,"b":1}]' },
    'lists keep their order': { given: [3, 1, 2], want: '[3,1,2]' },
    'absent and undefined are the same': { given: { a: undefined, b: 1 }, want: '{"b":1}' },
    'null is not absent': { given: { a: null }, want: '{"a":null}' },
    'an empty list is not absent': { given: { a: [] }, want: '{"a":[]}' },
    'keys are sorted by code unit, upper case first': { given: { a: 1, B: 2, '1': 3 }, want: '{"1":3,"B":2,"a":1}' },
    'a string is JSON too': { given: 'a"b', want: '"a\\"b"' },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(canonicalJson(given), want);
    });
  }

  it('says the same of equal values, whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(canonicalJson(reversed(value)), canonicalJson(value));
      }),
    );
  });

  it('says everything: it can be read back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('leaves what it reads alone', () => {
    const value = Object.freeze({ b: 1, a: Object.freeze([2, 1]) });
    canonicalJson(value);
    assert.deepEqual(Object.keys(value), ['b', 'a']);
  });
});

/** The value with the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, reversed(member)] as const);
  return Object.fromEntries(members.toReversed());
}

describe('contentHash', () => {
  it('is the SHA-256 of the canonical JSON in lower-case hex', () => {
    assert.equal(
      contentHash({ b: [1, 'x'], a: null }),
      'c22cb7b0353770e2b38094af641143ebf008ddf2d1f2dedb9d875996fcf245fa',
    );
  });

  it('differs for values that differ', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        assert.equal(contentHash(one) === contentHash(other), canonicalJson(one) === canonicalJson(other));
      }),
    );
  });
});
