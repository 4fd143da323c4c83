import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  nextProvider,
  nextProviders,
  providerToLeave,
  type StrategyItem,
} from '../../../src/core/capacity/strategy.ts';

function item(capacityProvider: string, weight = 0, base = 0): StrategyItem {
  return { capacityProvider, weight, base };
}

type Held = Readonly<Record<string, number>>;

/** How many tasks each provider has after `count` more. */
function grown(strategy: readonly StrategyItem[], count: number, held: Held = {}): Held {
  const counts = new Map(Object.entries(held));
  const given = nextProviders(strategy, counts, count);
  for (const { capacityProvider: name } of given) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** How many tasks each provider has after `count` have gone. */
function shrunk(strategy: readonly StrategyItem[], count: number, held: Held): Held {
  const counts = new Map(Object.entries(held));
  for (let gone = 0; gone < count; gone++) {
    const name = providerToLeave(strategy, counts);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) - 1);
  }
  return Object.fromEntries([...counts].filter(([, tasks]) => tasks > 0));
}

const baseAndFour = [item('a', 1, 1), item('b', 4)];

describe('The next task goes', () => {
  const cases: Record<string, { strategy: StrategyItem[]; held?: Held; count: number; want: Held }> = {
    'to the base first': { strategy: baseAndFour, count: 1, want: { a: 1 } },
    'by the weights beyond the base: 1 and 5 in shares of 1 to 4': {
      strategy: baseAndFour,
      count: 6,
      want: { a: 2, b: 4 },
    },
    'to the first in the list where all are level': {
      strategy: [item('b', 1), item('a', 1)],
      count: 1,
      want: { b: 1 },
    },
    'to the base though it is not the first': { strategy: [item('a', 1), item('b', 1, 2)], count: 2, want: { b: 2 } },
    'no further than its base to a provider without weight': {
      strategy: [item('a', 0, 2), item('b', 1)],
      count: 5,
      want: { a: 2, b: 3 },
    },
    'never to a provider without base and weight': { strategy: [item('a'), item('b', 1)], count: 3, want: { b: 3 } },
    'to a provider alone, whatever its weight': { strategy: [item('a')], count: 3, want: { a: 3 } },
    'to nobody in an empty strategy': { strategy: [], count: 3, want: {} },
    'to who has lost one': { strategy: baseAndFour, held: { a: 2, b: 3 }, count: 1, want: { a: 2, b: 4 } },
    'to the base that has lost one': { strategy: baseAndFour, held: { b: 4 }, count: 2, want: { a: 2, b: 4 } },
    'to who is behind after the weights have changed': {
      strategy: [item('a', 1), item('b', 1)],
      held: { a: 5, b: 1 },
      count: 4,
      want: { a: 5, b: 5 },
    },
  };
  for (const [sentence, { strategy, held, count, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(grown(strategy, count, held), want);
    });
  }
});

describe('Who gives a task up is', () => {
  const cases: Record<string, { strategy: StrategyItem[]; held: Held; want: string | undefined }> = {
    'who has been given the last one': { strategy: baseAndFour, held: { a: 2, b: 4 }, want: 'b' },
    'a provider with more than its share': { strategy: baseAndFour, held: { a: 4, b: 4 }, want: 'a' },
    'the later one in the list where all are level': {
      strategy: [item('b', 1), item('a', 1)],
      held: { a: 2, b: 2 },
      want: 'a',
    },
    'not the base while another has any': {
      strategy: [item('a', 0, 3), item('b', 1)],
      held: { a: 3, b: 1 },
      want: 'b',
    },
    'the base in the end': { strategy: baseAndFour, held: { a: 1 }, want: 'a' },
    'a provider without weight that has more than its base': {
      strategy: [item('a', 0, 1), item('b', 1)],
      held: { a: 2, b: 9 },
      want: 'a',
    },
    'a provider that the strategy does not have': { strategy: baseAndFour, held: { b: 9, c: 1 }, want: 'c' },
    'who was started by its launch type': { strategy: baseAndFour, held: { b: 9, '': 1 }, want: '' },
    'nobody where there is none': { strategy: baseAndFour, held: { a: 0 }, want: undefined },
  };
  for (const [sentence, { strategy, held, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(providerToLeave(strategy, new Map(Object.entries(held))), want);
    });
  }
});

/** What the API server takes: one base at most, and a weight where there are several. */
const strategies = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 5 })
  .chain((names) =>
    fc.record({
      names: fc.constant(names),
      weights: fc.array(fc.integer({ min: 0, max: 10 }), { minLength: names.length, maxLength: names.length }),
      based: fc.nat({ max: names.length - 1 }),
      base: fc.nat({ max: 7 }),
      heavy: fc.nat({ max: names.length - 1 }),
    }),
  )
  .map(({ names, weights, based, base, heavy }) =>
    names.map((name, index) =>
      item(name, Math.max(weights[index] ?? 0, index === heavy ? 1 : 0), index === based ? base : 0),
    ),
  );

function tasksIn(held: Held): number {
  return Object.values(held).reduce((sum, count) => sum + count, 0);
}

describe('Shares of a strategy', () => {
  it('sum up to the tasks, the base first', () => {
    fc.assert(
      fc.property(strategies, fc.nat({ max: 60 }), (strategy, count) => {
        const held = grown(strategy, count);
        assert.equal(tasksIn(held), count);
        const based = strategy.find(({ base }) => base > 0);
        if (based) assert.ok((held[based.capacityProvider] ?? 0) >= Math.min(based.base, count));
      }),
    );
  });

  it('follow the weights: no provider is further from its share than one round of all the others', () => {
    fc.assert(
      fc.property(strategies, fc.integer({ min: 1, max: 400 }), (strategy, count) => {
        const held = grown(strategy, count);
        const total = strategy.length === 1 ? 1 : strategy.reduce((sum, { weight }) => sum + weight, 0);
        const beyond = Math.max(0, count - strategy.reduce((sum, { base }) => sum + base, 0));
        for (const { capacityProvider, weight, base } of strategy) {
          const share = (beyond * (strategy.length === 1 ? 1 : weight)) / total;
          const extra = Math.max(0, (held[capacityProvider] ?? 0) - base);
          assert.ok(Math.abs(extra - share) <= strategy.length * Math.max(1, weight), `${capacityProvider}: ${extra}`);
        }
      }),
    );
  });

  it('approach the weights as there are more tasks', () => {
    const held = grown([item('a', 3, 2), item('b', 7), item('c', 90)], 100_002);
    assert.deepEqual(held, { a: 3002, b: 7000, c: 90_000 });
  });

  it('leave a provider without weight its base alone', () => {
    fc.assert(
      fc.property(strategies, fc.nat({ max: 60 }), (strategy, count) => {
        const held = grown(strategy, count);
        for (const { capacityProvider, weight, base } of strategy) {
          if (weight === 0 && strategy.length > 1) assert.ok((held[capacityProvider] ?? 0) <= base);
        }
      }),
    );
  });

  it('are the same for a number of tasks, whether it was reached from below or from above', () => {
    fc.assert(
      fc.property(strategies, fc.nat({ max: 40 }), fc.nat({ max: 40 }), (strategy, count, more) => {
        assert.deepEqual(shrunk(strategy, more, grown(strategy, count + more)), grown(strategy, count));
      }),
    );
  });

  it('come back from any distribution, as tasks are replaced one by one', () => {
    const held = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', ''), fc.nat({ max: 9 }));
    fc.assert(
      fc.property(strategies, held, (strategy, before) => {
        const count = tasksIn(before);
        let now = before;
        for (let round = 0; round < count; round++) now = grown(strategy, 1, shrunk(strategy, 1, now));
        assert.deepEqual(shrunk(strategy, 0, now), grown(strategy, count));
      }),
    );
  });

  it('name one at a time as several at once', () => {
    assert.equal(nextProvider(baseAndFour, new Map([['a', 2]]))?.capacityProvider, 'b');
  });
});
