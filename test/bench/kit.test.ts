import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { measureScripted } from './kit/bench.ts';
import { contenderNames, type ContenderName, type Measurement } from './kit/job.ts';
import { parseNumbers } from './kit/numbers.ts';
import { runJob, startScriptedServer } from './kit/processes.ts';
import { formatTable, median, type Results } from './kit/table.ts';
import { judge } from './kit/targets.ts';

/** A measurement in which every reading is the same number. */
function measurement(value: number): Measurement {
  const times = { wallMs: value, cpuMs: value, perSecond: value, blockMs: value };
  return { ...times, peakMb: value, residentMb: value, heapMb: value };
}

function readingsOf(each: Measurement): readonly number[] {
  return Object.values(each as unknown as Readonly<Record<string, number>>);
}

function results(values: Readonly<Partial<Record<ContenderName, readonly number[]>>>): Results {
  const contenders = contenderNames
    .filter((contender) => contender in values)
    .map((contender) => ({ contender, measurements: (values[contender] ?? []).map(measurement) }));
  return { title: 'Work', contenders };
}

describe('the bench of the kit', function () {
  this.timeout(120_000);

  it('lets each contender do everything in every round', async () => {
    const numbers = { rounds: 1, pods: 20, events: 30, creates: 10 };
    const { follow, create } = await measureScripted(numbers, () => undefined);
    const want = contenderNames.map((contender) => ({ contender, rounds: 1 }));
    for (const { contenders } of [follow, create]) {
      const found = contenders.map(({ contender, measurements }) => ({ contender, rounds: measurements.length }));
      assert.deepEqual(found, want);
      for (const reading of contenders.flatMap(({ measurements }) => measurements.flatMap(readingsOf))) {
        assert.ok(reading > 0);
      }
    }
  });

  it('fails when a contender has not done what it was asked to', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ecs-operator-bench-'));
    const server = await startScriptedServer(dir, { rounds: 1, pods: 2, events: 1, creates: 1 });
    try {
      const work = { kind: 'follow', pods: 3, events: 1 } as const;
      const job = { contender: 'raw', kubeconfig: server.kubeconfig, work } as const;
      await assert.rejects(runJob(job), /raw follow: 2 pods and 1 events instead of 3 pods and 1 events/);
    } finally {
      server.stop();
      rmSync(dir, { recursive: true });
    }
  });

  it('takes the middle of the measurements', () => {
    assert.deepEqual([median([3]), median([9, 1, 2]), median([4, 1, 2, 3])], [3, 2, 2.5]);
  });

  it('shows the median, the least and the most of each, and how the kit compares', () => {
    const table = formatTable(results({ kit: [30, 10, 20], stock: [40, 40, 400] }));
    assert.match(table, /^Work \(median, least and most of 3\)$/m);
    assert.match(table, /^memory at its peak, MiB +20\.00 \(10\.00-30\.00\) +40\.00 \(40\.00-400\.00\) +0\.50$/m);
  });

  describe('judges that', () => {
    const cases: Record<string, { follow: [number, number]; create: [number, number]; want: readonly boolean[] }> = {
      'all targets are met at their bounds': { follow: [49, 100], create: [100, 10], want: [true, true, true] },
      'creates are too slow': { follow: [49, 100], create: [99, 10], want: [false, true, true] },
      'half of the memory is not less than half': { follow: [50, 100], create: [100, 10], want: [true, true, false] },
      'a block of one kind of work counts': { follow: [101, 300], create: [100, 10], want: [true, false, true] },
      'a block of the other kind counts too': { follow: [49, 100], create: [101, 10], want: [true, false, true] },
    };
    for (const [sentence, { follow, create, want }] of Object.entries(cases)) {
      it(sentence, () => {
        const [ours, stock] = [
          { kit: [follow[0]], stock: [follow[1]] },
          { kit: [create[0]], stock: [create[1]] },
        ];
        const verdicts = judge({ follow: results(ours), create: results(stock) });
        assert.deepEqual(
          verdicts.map(({ isMet }) => isMet),
          want,
        );
      });
    }
  });

  it('reads how much to measure, and refuses what is no number', () => {
    const { numbers, scripted } = parseNumbers(['--pods', '7', '--scripted']);
    assert.deepEqual([numbers, scripted], [{ rounds: 5, pods: 7, events: 10_000, creates: 2_000 }, true]);
    for (const text of ['0', '-1', '1.5', 'x', '']) {
      assert.throws(
        () => parseNumbers([`--creates=${text}`]),
        new Error(`--creates is "${text}": give a whole number above 0`),
      );
    }
  });
});
