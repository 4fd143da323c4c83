import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isConditionChange } from '../../../src/kube/writes/state-change.ts';

const ready = { type: 'Ready', status: 'True', reason: 'Steady', message: 'All is well.', observedGeneration: 1 };
const status = { observedGeneration: 1, conditions: [ready], count: 1 };

describe('A status changes in its conditions', () => {
  const cases: Record<string, { readonly after: unknown; readonly want: boolean }> = {
    'when it is of another generation': { after: { ...status, observedGeneration: 2 }, want: true },
    'when one holds no more': { after: { ...status, conditions: [{ ...ready, status: 'False' }] }, want: true },
    'when one holds for another reason': {
      after: { ...status, conditions: [{ ...ready, reason: 'New' }] },
      want: true,
    },
    'when one is of another type': { after: { ...status, conditions: [{ ...ready, type: 'Stalled' }] }, want: true },
    'when one is added': { after: { ...status, conditions: [ready, { ...ready, type: 'Synced' }] }, want: true },
    'when they are gone': { after: { observedGeneration: 1 }, want: true },
    'not when one says something else': { after: { ...status, conditions: [{ ...ready, message: '?' }] }, want: false },
    'not when only other members differ': { after: { ...status, count: 2 }, want: false },
  };
  for (const [sentence, { after, want }] of Object.entries(cases)) {
    it(sentence, () => assert.equal(isConditionChange(status, after), want));
  }

  it('not when neither has any', () => {
    assert.equal(isConditionChange({ count: 1 }, { count: 2 }), false);
  });
});
