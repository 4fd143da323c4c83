import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { toJson } from '../../../src/kube/wire/json.ts';

describe('JSON as the API server writes it', () => {
  it('escapes what Go escapes, in names too, and nothing else', () => {
    const value = { 'a&b': 'x > y && z < 1 \u2028\u2029', plain: 'it\'s "é" / \n' };
    const text = String.raw`{"a\u0026b":"x \u003e y \u0026\u0026 z \u003c 1 \u2028\u2029","plain":"it's \"é\" / \n"}`;
    assert.equal(toJson(value), text);
  });

  it('says the same as any other JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (value) => {
        assert.deepEqual(JSON.parse(toJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
