import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { runPlacementBench, measure } from './placement/bench.ts';
import { nodes, requests } from './placement/cluster.ts';
import { modelOf, placeAll } from './placement/measure.ts';
import { parseNumbers } from './placement/numbers.ts';
import { formatRefusals, formatScenarios, quantile } from './placement/table.ts';
import { judge, type Reading, type Results } from './placement/targets.ts';

const few = { rounds: 1, nodes: 30, tasks: 60, services: 6, scans: 10 };

interface Found extends Partial<Record<keyof Reading, number>> {
  readonly refusal?: number;
  readonly block?: number;
}

/** One scenario in which every reading is the same number. */
function results({ large = 1, small = 1, scan = 1, refusal = 1, block = 1 }: Found): Results {
  const readings = [{ large: [large], small: [small], scan: [scan] }];
  const scenarios = [{ name: 'binpack', strategy: [], services: 1, readings }];
  return { numbers: few, scenarios, refusals: [refusal], blocks: [block] };
}

describe('the bench of placement', function () {
  this.timeout(60_000);

  it('measures every scenario in every round, and compares where the tasks went', async () => {
    const { scenarios, refusals, blocks } = await measure(few, () => undefined);
    const found = scenarios.map(({ name, services, readings }) => [name, services, readings.length]);
    const want = ['default (spread)', 'binpack', 'spread, then binpack'].flatMap((name) => [
      [name, 1, 1],
      [name, 6, 1],
    ]);
    assert.deepEqual(found, want);
    for (const { large, small, scan } of scenarios.flatMap(({ readings }) => readings)) {
      assert.deepEqual([large.length, small.length, scan.length], [60, 6, 10]);
      assert.ok([...large, ...small, ...scan].every((micros) => micros > 0));
    }
    assert.deepEqual([refusals.length, blocks.length], [10, 1]);
  });

  it('fails when a task finds no node', () => {
    assert.throws(() => placeAll(modelOf(nodes(1)), requests(100, 1, [])), new Error('task-16 was not placed'));
  });

  it('shows medians, what one task in a hundred takes, and ratios', () => {
    const table = formatScenarios(results({ large: 12, small: 6, scan: 600 }));
    assert.match(table, /^Place 60 tasks on 30 nodes, µs each \(1 rounds\)$/m);
    assert.match(table, /^binpack, 1 services +12\.0 +12\.0 +6\.0 +2\.0 +600\.0 +50\.0$/m);
    assert.match(formatRefusals(results({ refusal: 500 })), /: 0\.50 ms, p99 0\.50 ms$/m);
    assert.deepEqual([quantile([1, 2, 3, 4], 0.5), quantile([1, 2], 0.99)], [3, 2]);
  });

  describe('judges that', () => {
    const cases: Record<string, { found: Found; want: readonly boolean[] }> = {
      'all targets are met at their bounds': {
        found: { large: 20, small: 5, refusal: 1000, block: 50 },
        want: [true, true, true, true],
      },
      'placements are too slow': { found: { large: 21, small: 20 }, want: [false, true, true, true] },
      'half as many times longer as there are more nodes is too much': {
        found: { large: 10, small: 2 },
        want: [true, false, true, true],
      },
      'it takes too long to say no': { found: { refusal: 1001 }, want: [true, true, false, true] },
      'a block is too long': { found: { block: 51 }, want: [true, true, true, false] },
    };
    for (const [sentence, { found, want }] of Object.entries(cases)) {
      it(sentence, () => {
        assert.deepEqual(
          judge(results(found)).map(({ isMet }) => isMet),
          want,
        );
      });
    }
  });

  it('reads how much to measure, and refuses what is no number', async () => {
    const want = { rounds: 3, nodes: 7, tasks: 10_000, services: 1_000, scans: 200 };
    assert.deepEqual(parseNumbers(['--nodes', '7']), want);
    await assert.rejects(runPlacementBench(['--tasks=x']), new Error('--tasks is "x": give a whole number above 0'));
  });
});
