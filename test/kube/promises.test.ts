import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import type { Violation } from '../../src/base/plan.ts';
import { kubeMetrics } from '../../src/kube/metrics.ts';
import { BrokenPromiseError, withhold } from '../../src/kube/promises.ts';
import { RecordingMeter } from '../support/recording.ts';

describe('The promises of a controller', () => {
  let meter: RecordingMeter;

  beforeEach(() => {
    meter = new RecordingMeter();
  });

  const steps = ['a', 'b', 'c'];

  function withheld(violations: readonly Violation<string>[]): ReturnType<typeof withhold<string[], string>> {
    const promises = { invariants: ['lower', 'upper'], violations: () => violations };
    return withhold({ name: 'widget', promises }, { world: [], steps }, meter);
  }

  const counted = (): number[] =>
    ['lower', 'upper'].map(
      (invariant) => meter.value(kubeMetrics.violations, { controller: 'widget', invariant }) ?? -1,
    );

  it('let all steps through when none breaks one, and count from 0 on', () => {
    assert.deepEqual(withheld([]), { steps });
    assert.deepEqual(counted(), [0, 0]);
  });

  it('hold back the steps that break one, and those alone, and say what', () => {
    const { steps: left, broken } = withheld([
      { invariant: 'lower', message: 'Too low: b.', steps: ['b'] },
      { invariant: 'upper', message: 'Too high: c.', steps: ['c'] },
    ]);
    assert.deepEqual(left, ['a']);
    assert(broken instanceof BrokenPromiseError);
    assert.equal(broken.message, 'Too low: b. Too high: c.');
    assert.deepEqual(counted(), [1, 1]);
  });

  it('count each plan that breaks one', () => {
    const violation = { invariant: 'upper', message: 'Too high.', steps: ['a'] };
    withheld([violation]);
    withheld([violation]);
    assert.deepEqual(counted(), [0, 2]);
  });

  it('are none where a controller gives none', () => {
    assert.deepEqual(withhold({ name: 'widget' }, { world: [], steps }, meter), { steps });
    assert.deepEqual(counted(), [-1, -1]);
  });
});
