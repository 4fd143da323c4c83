import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { ContainerDefinition } from '../../../../src/api/container-definition.ts';
import { apportion, shareCpu, shareMemory, type Parts } from '../../../../src/core/task/pod/sharing.ts';
import { reservedMiB } from '../../../../src/core/task-definition/size.ts';
import { containerDefinition } from '../../../support/builders.ts';

/** `a`, `b` and so on, with no memory unless said. */
function containers(...given: readonly Partial<ContainerDefinition>[]): ContainerDefinition[] {
  return given.map((each, index) => containerDefinition({ name: 'abcdef'[index] ?? '', memory: undefined, ...each }));
}

/** Those of the first two that are not ordinary ones: `i` for an init container, `s` for a sidecar. */
function phases(roles: string, all: readonly ContainerDefinition[]): Parameters<typeof shareCpu>[1] {
  return {
    early: all.slice(0, roles.length).map((definition, index) => ({
      definition,
      role: roles[index] === 'i' ? 'init' : 'sidecar',
      isProbed: false,
    })),
    together: all.slice(roles.length),
  };
}

function values(parts: Parts, all: readonly ContainerDefinition[]): (number | undefined)[] {
  return all.map((each) => parts.get(each));
}

interface Case {
  readonly roles?: string;
  readonly given: readonly Partial<ContainerDefinition>[];
  readonly total: number;
  readonly want: readonly number[];
}

describe('shareCpu', () => {
  const cases: Record<string, Case> = {
    'gives one container all': { given: [{ cpu: 256 }], total: 1000, want: [1000] },
    'gives equal parts where nobody has a weight': { given: [{}, {}, {}], total: 1000, want: [333, 334, 333] },
    'goes by the weights': { given: [{ cpu: 100 }, { cpu: 300 }], total: 1000, want: [250, 750] },
    'gives nothing where there is no weight, beside one that has': {
      given: [{ cpu: 2 }, {}],
      total: 1000,
      want: [1000, 0],
    },
    'gives an init container all: it is alone': {
      roles: 'i',
      given: [{ cpu: 1 }, { cpu: 500 }],
      total: 500,
      want: [500, 500],
    },
    'gives an init container what sidecars leave': {
      roles: 'si',
      given: [{ cpu: 100 }, { cpu: 7 }, { cpu: 300 }],
      total: 1000,
      want: [250, 750, 750],
    },
  };
  for (const [sentence, { roles = '', given, total, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const all = containers(...given);
      assert.deepEqual(values(shareCpu(total, phases(roles, all)), all), want);
    });
  }
});

describe('shareMemory', () => {
  const cases: Record<string, Case> = {
    'gives one container all': { given: [{}], total: 512, want: [512] },
    'gives equal parts of what is left': { given: [{ memory: 100 }, {}, {}], total: 512, want: [100, 206, 206] },
    'adds to a reservation': { given: [{ memoryReservation: 50 }, {}], total: 512, want: [281, 231] },
    'leaves to nobody what hard limits leave': {
      given: [{ memory: 100 }, { memory: 200 }],
      total: 512,
      want: [100, 200],
    },
    'gives a hard limit whole, not the reservation': {
      given: [{ memory: 400, memoryReservation: 10 }, {}],
      total: 512,
      want: [400, 112],
    },
    'gives of overcommitted hard limits what is reserved, and the rest up to them': {
      given: [
        { memory: 512, memoryReservation: 128 },
        { memory: 200, memoryReservation: 100 },
      ],
      total: 512,
      want: [312, 200],
    },
    'gives nothing where all is reserved': { given: [{ memory: 512 }, {}], total: 512, want: [512, 0] },
    'gives an init container what it may use': {
      roles: 'i',
      given: [{}, { memory: 100 }],
      total: 512,
      want: [512, 100],
    },
    'gives the others afterwards what an init container had': {
      roles: 'i',
      given: [{ memory: 500 }, {}],
      total: 512,
      want: [500, 512],
    },
    'keeps room beside a sidecar for the init container after it': {
      roles: 'si',
      given: [{}, { memory: 500 }, { memory: 400 }],
      total: 1000,
      want: [100, 500, 400],
    },
  };
  for (const [sentence, { roles = '', given, total, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const all = containers(...given);
      assert.deepEqual(values(shareMemory(total, phases(roles, all)), all), want);
    });
  }
});

const mebibytes = fc.integer({ min: 6, max: 4000 });
const anyMemory = fc.oneof(
  fc.constant({}),
  fc.record({ memory: mebibytes }),
  fc.record({ memoryReservation: mebibytes }),
  fc.tuple(mebibytes, mebibytes).map(([a, b]) => ({ memory: Math.max(a, b), memoryReservation: Math.min(a, b) })),
);
const anyContainer = fc
  .tuple(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4096 })), anyMemory)
  .map(([cpu, memory]) => ({ cpu, ...memory }));

/** Containers that fit into the task, as CEL sees to it, and what they are in its pod. */
const anyTask = fc
  .tuple(
    fc.array(anyContainer, { minLength: 1, maxLength: 6 }),
    fc.nat(5),
    fc.string({ unit: fc.constantFrom('i', 's') }),
    fc.nat(4000),
  )
  .map(([given, early, roles, spare]) => {
    const all = containers(...given);
    const reserved = all.reduce((sum, each) => sum + reservedMiB(each), 0);
    const memory = Math.max(6, reserved + spare, ...all.map((each) => each.memory ?? 0));
    return { all, memory, phases: phases(roles.slice(0, Math.min(early, all.length - 1)), all) };
  });

/** What each phase of the pod asks for: every init container beside the sidecars before it, then all others. */
function phaseSums({ early, together }: ReturnType<typeof phases>, parts: Parts): { inits: number[]; last: number } {
  const of = (each: ContainerDefinition): number => parts.get(each) ?? 0;
  let sidecars = 0;
  const inits = early.flatMap(({ definition, role }) => {
    if (role === 'init') return [sidecars + of(definition)];
    sidecars += of(definition);
    return [];
  });
  return { inits, last: together.reduce((sum, each) => sum + of(each), sidecars) };
}

describe('The parts of a task, whatever its containers', () => {
  it('of CPU come to the task in the end, and to no more in any phase before', () => {
    fc.assert(
      fc.property(anyTask, fc.integer({ min: 125, max: 20_000 }), ({ all, phases: given }, total) => {
        const parts = shareCpu(total, given);
        const { inits, last } = phaseSums(given, parts);
        assert.equal(last, total);
        for (const sum of inits) assert(sum <= total);
        for (const each of all) assert(Number.isInteger(parts.get(each)) && (parts.get(each) ?? -1) >= 0);
      }),
    );
  });

  it('of memory come to the task unless hard limits leave some, and to no more in any phase', () => {
    fc.assert(
      fc.property(anyTask, ({ all, memory, phases: given }) => {
        const parts = shareMemory(memory, given);
        const { inits, last } = phaseSums(given, parts);
        if (given.together.some((each) => each.memory === undefined)) assert.equal(last, memory);
        for (const sum of [...inits, last]) assert(sum <= memory, `${String(sum)} of ${String(memory)}`);
        for (const each of all) {
          const part = parts.get(each) ?? -1;
          assert(Number.isInteger(part) && part <= (each.memory ?? Infinity));
          assert(part >= reservedMiB(each), `${each.name} has ${String(part)}`);
        }
      }),
    );
  });

  it('of memory are the hard limits where these fit', () => {
    fc.assert(
      fc.property(anyTask, ({ all, memory, phases: given }) => {
        const hard = all.reduce((sum, each) => sum + (each.memory ?? reservedMiB(each)), 0);
        if (hard > memory) return;
        const parts = shareMemory(memory, given);
        for (const each of all) if (each.memory !== undefined) assert.equal(parts.get(each), each.memory);
      }),
    );
  });

  it('sum up exactly, each within one of what it should be', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.array(fc.nat(5000), { minLength: 1, maxLength: 10 }), (total, weights) => {
        const parts = apportion(total, weights);
        const sum = weights.reduce((a, b) => a + b, 0);
        assert.equal(
          parts.reduce((a, b) => a + b, 0),
          total,
        );
        weights.forEach((weight, index) => {
          const exact = sum === 0 ? total / weights.length : (total * weight) / sum;
          assert(Math.abs((parts[index] ?? 0) - exact) <= 1);
        });
      }),
    );
  });
});
