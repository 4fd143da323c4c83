import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { gracePeriodOf, stopTimeoutDifferences } from '../../../../src/core/task/pod/stop-timeout.ts';
import { containerDefinition } from '../../../support/builders.ts';

const unset = containerDefinition({ name: 'unset' });
const zero = containerDefinition({ name: 'zero', stopTimeout: 0 });
const quick = containerDefinition({ name: 'quick', stopTimeout: 5 });
const slow = containerDefinition({ name: 'slow', stopTimeout: 90 });

describe('the time a task gets to stop', () => {
  const cases: Record<string, { readonly given: readonly (typeof unset)[]; readonly want: readonly unknown[] }> = {
    'is 30 seconds when nobody says more': { given: [unset], want: [30] },
    'is 30 seconds when 0 is said, too': { given: [zero], want: [30] },
    'is what its only container wants, also when that is less': { given: [quick], want: [5] },
    'is the largest of its containers, which is told': {
      given: [slow, quick, unset],
      want: [
        90,
        'containerDefinitions[quick].stopTimeout, containerDefinitions[unset].stopTimeout: a pod has one grace period, so that it is 90 seconds and not 5 or 30',
      ],
    },
    'is 30 seconds beside a container that wants less': {
      given: [quick, unset],
      want: [
        30,
        'containerDefinitions[quick].stopTimeout: a pod has one grace period, so that it is 30 seconds and not 5',
      ],
    },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const told = stopTimeoutDifferences(given).map(({ paths, what }) => `${paths.join(', ')}: ${what}`);
      assert.deepEqual([gracePeriodOf(given), ...told], want);
    });
  }
});
