import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { nextOutages, roomOf, type Outage, type ProviderSight } from '../../../src/core/capacity/fallback.ts';

const terms = { afterMs: 300, retryAfterMs: 600 };

function sight(overrides: Partial<ProviderSight> = {}): ProviderSight {
  return { provider: 'a', placed: 0, waitingSinceMs: undefined, standIns: 0, ...overrides };
}

const out: Outage = { provider: 'a', sinceMs: 100, changedAtMs: 100 };

function trying(size: number, goal: number): Outage {
  return { ...out, trial: { size, goal } };
}

describe('A capacity provider', () => {
  const cases: Record<
    string,
    { before?: Outage; sight: ProviderSight; nowMs: number; want?: Outage; turnsAtMs?: number }
  > = {
    'is not out while its tasks find room': { sight: sight({ placed: 3 }), nowMs: 1000 },
    'is not out before a task has waited its time': {
      sight: sight({ waitingSinceMs: 100 }),
      nowMs: 399,
      turnsAtMs: 400,
    },
    'is out once a task has': {
      sight: sight({ waitingSinceMs: 100 }),
      nowMs: 400,
      want: { provider: 'a', sinceMs: 400, changedAtMs: 400 },
      turnsAtMs: 1000,
    },
    'stays out until it is tried again': { before: out, sight: sight(), nowMs: 699, want: out, turnsAtMs: 700 },
    'is tried with one task then': {
      before: out,
      sight: sight({ placed: 2, standIns: 5 }),
      nowMs: 700,
      want: { ...out, changedAtMs: 700, trial: { size: 1, goal: 3 } },
    },
    'is tried on while the task waits its time': {
      before: trying(1, 3),
      sight: sight({ placed: 2, waitingSinceMs: 150, standIns: 5 }),
      nowMs: 449,
      want: trying(1, 3),
      turnsAtMs: 450,
    },
    'gives a task its time from when it was tried, though that has waited longer': {
      before: trying(1, 3),
      sight: sight({ waitingSinceMs: 0, standIns: 5 }),
      nowMs: 399,
      want: trying(1, 3),
      turnsAtMs: 400,
    },
    'is out again when the task finds no room': {
      before: trying(4, 7),
      sight: sight({ placed: 6, waitingSinceMs: 150, standIns: 5 }),
      nowMs: 450,
      want: { ...out, changedAtMs: 450 },
      turnsAtMs: 1050,
    },
    'is tried with twice as many once all have found room': {
      before: trying(2, 4),
      sight: sight({ placed: 4, standIns: 3 }),
      nowMs: 200,
      want: { ...out, changedAtMs: 200, trial: { size: 4, goal: 8 } },
    },
    'is tried on until all have been started': {
      before: trying(2, 4),
      sight: sight({ placed: 3, standIns: 3 }),
      nowMs: 200,
      want: trying(2, 4),
    },
    'is itself again once nobody stands in for it': { before: trying(4, 9), sight: sight({ placed: 6 }), nowMs: 200 },
    'is tried at once where the status was lost and others stand in for it': {
      sight: sight({ placed: 1, standIns: 2 }),
      nowMs: 200,
      want: { provider: 'a', sinceMs: 200, changedAtMs: 200, trial: { size: 1, goal: 2 } },
    },
  };
  for (const [sentence, { before, sight: seen, nowMs, want, turnsAtMs }] of Object.entries(cases)) {
    it(sentence, () => {
      const outlook = nextOutages(before ? [before] : [], [seen], { terms, nowMs });
      assert.deepEqual(outlook, { outages: want ? [want] : [], turnsAtMs });
    });
  }

  it('has room unless it is out, and as much as is tried while it is tried', () => {
    const at = (outages: readonly Outage[], tasks: number): number => roomOf({ provider: 'a', tasks }, outages);
    assert.deepEqual([at([], 9), at([out], 0), at([trying(2, 5)], 4), at([trying(2, 5)], 6)], [Infinity, 0, 1, 0]);
  });

  it('is forgotten when the service has it no more', () => {
    assert.deepEqual(nextOutages([out], [], { terms, nowMs: 200 }).outages, []);
  });
});

describe('However a provider has room and has none', () => {
  const rooms = fc.array(fc.boolean(), { minLength: 1, maxLength: 80 });

  it('it is tried no more often than is asked for', () => {
    fc.assert(
      fc.property(rooms, fc.integer({ min: 1, max: 9 }), (hasRoom, standIns) => {
        const states: (Outage | undefined)[] = [out];
        hasRoom.forEach((isRoom, index) => {
          const before = states.at(-1);
          const waits = before?.trial && !isRoom ? { waitingSinceMs: before.changedAtMs } : {};
          const at = { terms, nowMs: 100 + index * 100 };
          states.push(nextOutages(before ? [before] : [], [sight({ standIns, ...waits })], at).outages[0]);
        });
        const turns = states.flatMap((state, index) => {
          const isTurn = state?.trial?.size === 1 && state.changedAtMs !== states[index - 1]?.changedAtMs;
          return isTurn ? [state.changedAtMs] : [];
        });
        const gaps = turns.slice(1).map((turn, index) => turn - (turns[index] ?? 0));
        assert.ok(
          gaps.every((gap) => gap >= terms.retryAfterMs + terms.afterMs),
          gaps.join(),
        );
      }),
    );
  });
});
