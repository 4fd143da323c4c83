import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { formatFargateSize, planFargateSize } from '../../../deploy/local/fargate/size.ts';
import {
  billedFor,
  capacityOf,
  fargateSizeProblem,
  type Amount,
  type TaskSize,
} from '../../../src/core/fargate/sizes.ts';

describe('A task of a size that Fargate has', () => {
  const taken: readonly TaskSize[] = [
    {},
    { cpu: 256, memory: 512 },
    { cpu: 256, memory: 2048 },
    { cpu: 512, memory: 3072 },
    { cpu: 1024, memory: 8192 },
    { cpu: 2048, memory: 4096 },
    { cpu: 4096, memory: 30_720 },
    { cpu: 8192, memory: 61_440 },
    { cpu: 16_384, memory: 114_688 },
  ];
  for (const size of taken) {
    it(`can be launched: ${JSON.stringify(size)}`, () => {
      assert.equal(fargateSizeProblem(size), undefined);
    });
  }

  const refused: readonly [TaskSize, string][] = [
    [
      { cpu: 512, memory: 6144 },
      'cpu 512 with memory 6144 is not a Fargate size: the nearest are cpu 512 with memory 4096, and cpu 1024 with memory 6144',
    ],
    [
      { cpu: 300, memory: 512 },
      'cpu 300 with memory 512 is not a Fargate size: the nearest are cpu 256 with memory 512, and cpu 512 with memory 1024',
    ],
    [
      { cpu: 512, memory: 1500 },
      'cpu 512 with memory 1500 is not a Fargate size: the nearest are cpu 512 with memory 1024, and cpu 512 with memory 2048',
    ],
    [
      { cpu: 128, memory: 128 },
      'cpu 128 with memory 128 is not a Fargate size: the nearest is cpu 256 with memory 512',
    ],
    [
      { cpu: 8192, memory: 17_408 },
      'cpu 8192 with memory 17408 is not a Fargate size: the nearest are cpu 8192 with memory 16384, and cpu 8192 with memory 20480',
    ],
    [
      { cpu: 196_608, memory: 1_048_576 },
      'cpu 196608 with memory 1048576 is not a Fargate size: the nearest is cpu 16384 with memory 114688',
    ],
    [
      { cpu: 32_768, memory: 61_440 },
      'cpu 32768 with memory 61440 is a Fargate size of ECS, but Fargate on EKS ends at cpu 16384: the nearest is cpu 16384 with memory 57344',
    ],
    [
      { cpu: 16_384, memory: 122_880 },
      'cpu 16384 with memory 122880 is a Fargate size, but EKS adds 256 MiB to it and has none that holds both: the nearest is cpu 16384 with memory 114688',
    ],
    [{ cpu: 256 }, "Fargate requires that 'memory' be defined at the task level"],
    [{ memory: 512 }, "Fargate requires that 'cpu' be defined at the task level"],
  ];
  for (const [size, want] of refused) {
    it(`cannot: ${JSON.stringify(size)}`, () => {
      assert.equal(fargateSizeProblem(size), want);
    });
  }

  it('is among those that are told as the nearest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 128, max: 40_000 }), fc.integer({ min: 6, max: 300_000 }), (cpu, memory) => {
        const told = (fargateSizeProblem({ cpu, memory }) ?? '').split('the nearest')[1] ?? '';
        const sizes = [...told.matchAll(/cpu (\d+) with memory (\d+)/g)];
        for (const [, of = '', mib = ''] of sizes) {
          assert.equal(fargateSizeProblem({ cpu: Number(of), memory: Number(mib) }), undefined, told);
        }
        assert(told === '' || sizes.length > 0);
      }),
    );
  });
});

describe('What Fargate bills', () => {
  const cases: readonly [requested: Amount, want: Amount | undefined][] = [
    [
      { cpu: 0, memory: 0 },
      { cpu: 256, memory: 512 },
    ],
    [
      { cpu: 256, memory: 256 },
      { cpu: 256, memory: 512 },
    ],
    // A task of 256/512 of ECS is 256/1024 on EKS.
    [
      { cpu: 256, memory: 512 },
      { cpu: 256, memory: 1024 },
    ],
    [
      { cpu: 256, memory: 2048 },
      { cpu: 512, memory: 3072 },
    ],
    [
      { cpu: 257, memory: 100 },
      { cpu: 512, memory: 1024 },
    ],
    [
      { cpu: 16_384, memory: 122_624 },
      { cpu: 16_384, memory: 122_880 },
    ],
    [{ cpu: 16_384, memory: 122_625 }, undefined],
    [{ cpu: 16_385, memory: 1 }, undefined],
  ];
  for (const [requested, want] of cases) {
    it(`for ${JSON.stringify(requested)} is ${JSON.stringify(want)}`, () => {
      assert.deepEqual(billedFor(requested), want);
    });
  }

  /** The stand-in for Fargate has a table of its own, which was written apart from this one. */
  it('is what the local Fargate provisions, whatever is requested', () => {
    const cpu = fc.oneof(
      fc.integer({ min: 0, max: 17_000 }),
      fc.constantFrom(256, 512, 1024, 2048, 4096, 8192, 16_384),
    );
    const memory = fc.oneof(
      fc.integer({ min: 0, max: 124_000 }),
      fc.nat(120).map((gib) => Math.max(0, gib * 1024 - 256)),
    );
    fc.assert(
      fc.property(cpu, memory, (units, memoryMiB) => {
        const billed = billedFor({ cpu: units, memory: memoryMiB });
        const provisioned = planFargateSize({ cpuMillis: Math.round((units * 1000) / 1024), memoryMiB });
        assert.equal(billed && capacityOf(billed), provisioned && formatFargateSize(provisioned));
      }),
      { numRuns: 2000 },
    );
  });
});
