import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { parseQuantity } from '../../src/base/quantity.ts';

const quantities: Record<string, number> = {
  '0': 0,
  '4': 4,
  '+2': 2,
  '-2': -2,
  '-0': 0,
  '.5': 0.5,
  '5.': 5,
  '250m': 0.25,
  '100u': 0.0001,
  '7n': 7e-9,
  '1k': 1000,
  '2M': 2e6,
  '3G': 3e9,
  '4T': 4e12,
  '5P': 5e15,
  '1E': 1e18,
  '1e3': 1000,
  '1E3': 1000,
  '1.5e-3': 0.0015,
  '12e+2': 1200,
  '1Ki': 1024,
  '512Mi': 536_870_912,
  '0.5Gi': 536_870_912,
  '1Ti': 2 ** 40,
  '1Pi': 2 ** 50,
  '1Ei': 2 ** 60,
};

const millis: Record<string, number> = {
  '250m': 250,
  '0.29': 290,
  '1.005': 1005,
  '2': 2000,
  '100u': 0.1,
  '1k': 1_000_000,
  '0.5Ki': 512_000,
};

const unreadable = ['', ' ', '1 ', 'm', '.', 'e3', '1e', '1Kib', '1ki', '1K', '1mi', '1.2.3', '--1', '1,5', 'NaN'];

describe('parseQuantity', () => {
  for (const [text, want] of Object.entries(quantities)) {
    it(`reads ${text} as ${String(want)}`, () => assert.equal(parseQuantity(text), want));
  }

  for (const [text, want] of Object.entries(millis)) {
    it(`reads ${text} as ${String(want)} thousandths`, () => assert.equal(parseQuantity(text, 3), want));
  }

  for (const text of [...unreadable, 'Infinity', '1e400', '9e999']) {
    it(`does not read ${JSON.stringify(text)}`, () => assert.equal(parseQuantity(text), undefined));
  }

  it('reads whole thousandths as whole numbers, however they are written', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), (milli) => {
        assert.equal(parseQuantity(`${String(milli)}m`, 3), milli);
        assert.equal(parseQuantity((milli / 1000).toFixed(3), 3), milli);
      }),
    );
  });

  it('is never NaN', () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[+-]?[0-9.]{0,4}[eEKMnumi]{0,3}[+-]?[0-9]{0,3}$/));
    fc.assert(
      fc.property(texts, (text) => !Number.isNaN(parseQuantity(text))),
      { numRuns: 1000 },
    );
  });
});
