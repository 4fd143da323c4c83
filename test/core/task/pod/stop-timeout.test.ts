import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { gracePeriodOf, stopTimeoutDifference } from '../../../../src/core/task/pod/stop-timeout.ts';
import { containerDefinition } from '../../../support/builders.ts';

const unset = containerDefinition({ name: 'unset' });
const zero = containerDefinition({ name: 'zero', stopTimeout: 0 });
const quick = containerDefinition({ name: 'quick', stopTimeout: 5 });
const slow = containerDefinition({ name: 'slow', stopTimeout: 90 });

describe('the time a task gets to stop', () => {
  const cases: Record<string, { readonly given: readonly (typeof unset)[]; readonly want: readonly unknown[] }> = {
    'is 30 seconds when nobody says more': { given: [unset], want: [30, undefined] },
    'is 30 seconds when 0 is said, too': { given: [zero], want: [30, undefined] },
    'is what its only container wants, also when that is less': { given: [quick], want: [5, undefined] },
    'is the largest of its containers, which is told': {
      given: [slow, quick, unset],
      want: [
        90,
        'A pod has one grace period, 90 seconds: quick (stopTimeout 5), unset (stopTimeout 30) may take as long.',
      ],
    },
    'is 30 seconds beside a container that wants less': {
      given: [quick, unset],
      want: [30, 'A pod has one grace period, 30 seconds: quick (stopTimeout 5) may take as long.'],
    },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual([gracePeriodOf(given), stopTimeoutDifference(given)], want);
    });
  }
});
