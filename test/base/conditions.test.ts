import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isTrue, nextConditions, type Condition, type NextCondition } from '../../src/base/conditions.ts';
import { deepFreeze, iso } from '../support/builders.ts';

function next(type: string, status: Condition['status'], message = ''): NextCondition {
  return deepFreeze({ type, status, reason: 'Because', message, observedGeneration: 2 });
}

function previous(type: string, status: Condition['status']): Condition {
  return deepFreeze({ ...next(type, status), observedGeneration: 1, lastTransitionTime: iso() });
}

describe('nextConditions', () => {
  const now = iso(60);
  const cases: Record<
    string,
    {
      readonly previous?: readonly Condition[];
      readonly next: readonly NextCondition[];
      readonly want: readonly Condition[];
    }
  > = {
    'the first ones take the time': {
      next: [next('Ready', 'True')],
      want: [{ ...next('Ready', 'True'), lastTransitionTime: now }],
    },
    'one whose status stays keeps its time, and takes the new words': {
      previous: [previous('Ready', 'False')],
      next: [next('Ready', 'False', 'still')],
      want: [{ ...next('Ready', 'False', 'still'), lastTransitionTime: iso() }],
    },
    'one whose status changes takes the time': {
      previous: [previous('Ready', 'False')],
      next: [next('Ready', 'True')],
      want: [{ ...next('Ready', 'True'), lastTransitionTime: now }],
    },
    'Unknown is a status of its own': {
      previous: [previous('Ready', 'Unknown')],
      next: [next('Ready', 'False')],
      want: [{ ...next('Ready', 'False'), lastTransitionTime: now }],
    },
    'they come in the new order, and those not named go': {
      previous: [previous('Stalled', 'True'), previous('Ready', 'True')],
      next: [next('Ready', 'True'), next('Reconciling', 'True')],
      want: [
        { ...next('Ready', 'True'), lastTransitionTime: iso() },
        { ...next('Reconciling', 'True'), lastTransitionTime: now },
      ],
    },
  };
  for (const [sentence, { previous: before, next: after, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(nextConditions(before, after, now), want);
    });
  }
});

describe('isTrue', () => {
  it('holds for a condition that is there and True', () => {
    assert.equal(isTrue([previous('Ready', 'True')], 'Ready'), true);
    assert.equal(isTrue([previous('Ready', 'Unknown')], 'Ready'), false);
    assert.equal(isTrue([previous('Stalled', 'True')], 'Ready'), false);
    assert.equal(isTrue(undefined, 'Ready'), false);
  });
});
