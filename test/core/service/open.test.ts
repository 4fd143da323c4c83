import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { numbersIn, openOf, rangesOf } from '../../../src/core/service/open.ts';
import { deploymentRecord, service, taskView } from '../../support/builders.ts';
import { look, serviceWorld } from '../../support/world.ts';

const record = deploymentRecord();
const { digits: deployment } = record;

describe('openOf', () => {
  const launched = (...launches: readonly number[]) => launches.map((launch) => ({ deployment, launch }));
  const tasks = (...launches: readonly number[]) =>
    launches.map((launch) => taskView({ id: `task-${String(launch)}`, launch }));
  /** A service whose status has those launches as open. */
  const remembering = (open: string) => {
    const [shown] = look(serviceWorld()).status.deployments ?? [];
    assert.ok(shown);
    return service({}, { status: { deployments: [{ ...shown, open }] } });
  };

  const cases: Record<string, { readonly world: Parameters<typeof serviceWorld>[0]; readonly want: object }> = {
    'has nothing where there is nothing': { world: {}, want: {} },
    'has the tasks that are there': { world: { tasks: tasks(1, 3, 2, 7) }, want: { open: '1-3,7' } },
    'leaves out those that are recorded': { world: { tasks: tasks(1, 2), gone: launched(2) }, want: { open: '1' } },
    'leaves out those of other deployments': {
      world: { tasks: [taskView({ deployment: 'another', launch: 4 })] },
      want: {},
    },
    'keeps those of which nothing is known any more': {
      world: { service: remembering('3-4'), tasks: tasks(5) },
      want: { open: '3-5' },
    },
    'lets go of those that are recorded, or were seen to go': {
      world: { service: remembering('3-4'), tasks: tasks(5), gone: launched(3, 4) },
      want: { open: '5' },
    },
  };
  for (const [sentence, { world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(openOf(serviceWorld(world), record), want);
    });
  }
});

describe('rangesOf', () => {
  it('keeps the numbers, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 80 }), (numbers) => {
        const want = [...new Set(numbers)].toSorted((a, b) => a - b);
        assert.deepEqual(numbersIn(rangesOf(numbers), 100), want);
      }),
    );
  });

  it('leaves out the highest where there is no room', () => {
    const odd = Array.from({ length: 1000 }, (_, index) => 2 * index + 1);
    const text = rangesOf(odd);
    assert.ok(text.length <= 1024 && text.length > 1015, String(text.length));
    const kept = numbersIn(text, 1000);
    assert.deepEqual(kept, odd.slice(0, kept.length));
  });
});

describe('numbersIn', () => {
  it('reads nothing where somebody has damaged the text, and no more than there may be', () => {
    assert.deepEqual(numbersIn('a,-3,5-,7,9-8, 2', 100), [7]);
    assert.deepEqual(numbersIn('1-999999999999999', 3), [1, 2, 3]);
  });
});
