import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { selects, type LabelSelector } from '../../src/base/label-selector.ts';

const labels = { app: 'web', tier: 'front' };

/** Whether the selector with that requirement alone selects those labels. */
function meets(key: string, operator: string, values?: readonly string[]): boolean {
  return selects({ matchExpressions: [{ key, operator, ...(values && { values }) }] }, labels);
}

describe('selects', () => {
  const cases: Record<string, { readonly selector: LabelSelector | undefined; readonly want: boolean }> = {
    'nothing when there is no selector': { selector: undefined, want: false },
    'everything when it is empty': { selector: {}, want: true },
    'what has all of its labels': { selector: { matchLabels: { app: 'web', tier: 'front' } }, want: true },
    'not what has one of them with another value': { selector: { matchLabels: { ...labels, app: 'x' } }, want: false },
    'not what lacks one of them': { selector: { matchLabels: { ...labels, zone: 'a' } }, want: false },
    'not what keeps to one half of it': {
      selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'zone', operator: 'Exists' }] },
      want: false,
    },
  };
  for (const [sentence, { selector, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(selects(selector, labels), want);
    });
  }

  it('by In: a value of those', () => {
    assert.deepEqual(
      [meets('app', 'In', ['x', 'web']), meets('app', 'In', ['x']), meets('zone', 'In', ['a'])],
      [true, false, false],
    );
  });

  it('by NotIn: another value, or none', () => {
    assert.deepEqual(
      [meets('app', 'NotIn', ['web']), meets('app', 'NotIn', ['x']), meets('zone', 'NotIn', ['a'])],
      [false, true, true],
    );
  });

  it('by Exists and DoesNotExist: whether there is a value', () => {
    assert.deepEqual([meets('app', 'Exists'), meets('zone', 'Exists')], [true, false]);
    assert.deepEqual([meets('app', 'DoesNotExist'), meets('zone', 'DoesNotExist')], [false, true]);
  });

  it('nothing by an operator that nobody knows', () => {
    assert.equal(meets('app', 'Gt', ['1']), false);
  });
});
