import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { nextStreak, shownStreak, streakIn, type Streak } from '../../../../src/core/service/failures/streak.ts';
import { iso, ms } from '../../../support/builders.ts';

const before: Streak = { rounds: 2, tasks: 3, upTo: 10, sinceMs: ms(5) };
const news = { wrong: [], well: [], launched: 14, nowMs: ms(100) };

describe('a streak', () => {
  const cases: Record<
    string,
    { readonly from: Streak | undefined; readonly wrong?: number[]; readonly well?: number[]; readonly want: unknown }
  > = {
    'begins with the first that goes wrong, and all that were launched by then are of that round': {
      from: undefined,
      wrong: [3, 4],
      want: { rounds: 1, tasks: 2, upTo: 14, sinceMs: ms(100) },
    },
    'does not begin by itself': { from: undefined, well: [3], want: undefined },
    'stays while nothing happens': { from: before, want: before },
    'is no longer for others of the same round': { from: before, wrong: [9, 10], want: { ...before, tasks: 5 } },
    'has a new round with the first that was launched after the last': {
      from: before,
      wrong: [10, 11],
      want: { rounds: 3, tasks: 2, upTo: 14, sinceMs: ms(100) },
    },
    'ends with one that was launched after the last round and goes well': { from: before, well: [11], want: undefined },
    'does not end with one that was launched before': { from: before, well: [10], want: before },
    'begins anew where others go wrong when it ends': {
      from: before,
      well: [11],
      wrong: [9],
      want: { rounds: 1, tasks: 1, upTo: 14, sinceMs: ms(100) },
    },
    'takes a number that nobody has counted for launched': {
      from: undefined,
      wrong: [20],
      want: { rounds: 1, tasks: 1, upTo: 20, sinceMs: ms(100) },
    },
  };
  for (const [sentence, { from, wrong = [], well = [], want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(nextStreak(from, { ...news, wrong, well }), want);
    });
  }

  it('is kept in the status', () => {
    assert.deepEqual(shownStreak(before), { rounds: 2, tasks: 3, upTo: 10, since: iso(5) });
    assert.deepEqual(streakIn(shownStreak(before)), before);
    assert.deepEqual([shownStreak(undefined), streakIn(undefined)], [undefined, undefined]);
  });
});
