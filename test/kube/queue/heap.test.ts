import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Heap } from '../../../src/kube/queue/heap.ts';

type Step = { readonly kind: 'set' | 'delete'; readonly key: string; readonly at: number } | { readonly kind: 'pop' };

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'] as const;
const key = fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), key, at: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), key, at: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pop' as const) }) },
);

/** What the heap must agree with: a map in order of arrival, searched through. */
function checkStep(heap: Heap, model: Map<string, number>, step: Step): void {
  if (step.kind === 'pop') {
    const [earliest] = [...model].sort((a, b) => a[1] - b[1]);
    assert.equal(heap.pop(), earliest?.[0]);
    if (earliest !== undefined) model.delete(earliest[0]);
  } else if (step.kind === 'set') {
    heap.set(step.key, step.at);
    model.delete(step.key);
    model.set(step.key, step.at);
  } else {
    heap.delete(step.key);
    model.delete(step.key);
  }
}

describe('Heap', () => {
  it('agrees with a map that is searched for its smallest value', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const heap = new Heap();
        const model = new Map<string, number>();
        for (const each of steps) {
          checkStep(heap, model, each);
          assert.equal(heap.size, model.size);
          assert.equal(heap.first(), model.size === 0 ? undefined : Math.min(...model.values()));
          for (const name of names) assert.equal(heap.at(name), model.get(name));
        }
      }),
    );
  });
});
