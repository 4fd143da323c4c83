import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { nearest } from '../../../src/core/service/nearest.ts';

describe('the names most like one', () => {
  const rules = ['HighErrorRate', 'HighErrorRatio', 'HighLatency', 'PodDown', 'highErrorRate2'];

  const cases: Record<string, { name: string; want: readonly string[] }> = {
    'a letter is missing': { name: 'HighErorRate', want: ['HighErrorRate', 'highErrorRate2', 'HighErrorRatio'] },
    'the case differs': { name: 'poddown', want: ['PodDown'] },
    'two letters are swapped': { name: 'HihgLatency', want: ['HighLatency'] },
    'nothing is like it': { name: 'Backlog', want: [] },
    'a short name differs in more than two': { name: 'PodUp', want: [] },
  };
  for (const [sentence, { name, want }] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(nearest(name, rules), want));
  }

  it('differ in a third at most, and in two of a short one', () => {
    assert.deepEqual(nearest('abcdefghi', ['abcdef', 'abcde']), ['abcdef']);
    assert.deepEqual(nearest('abc', ['a', 'xyc', 'xyz']), ['a', 'xyc']);
  });

  it('are three at most, the nearest first, each once', () => {
    assert.deepEqual(nearest('abcdef', ['abcdexy', 'abcdex', 'abcdef', 'abcdef', 'abcde']), [
      'abcdef',
      'abcde',
      'abcdex',
    ]);
  });

  it('are what was changed in one place', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 20 }),
        fc.nat(19),
        fc.string({ maxLength: 1 }),
        (name, at, by) => {
          const changed = name.slice(0, at) + by + name.slice(at + 1);
          assert.deepEqual(nearest(name, [changed]), [changed]);
        },
      ),
    );
  });
});
