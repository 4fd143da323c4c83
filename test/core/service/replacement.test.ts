import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { scaleInBy } from '../../../src/core/placement/scale-in.ts';
import {
  lowerBound,
  nothingToDo,
  planRolling,
  upperBound,
  type RollingPlan,
  type RollingTask,
  type RollingTerms,
} from '../../../src/core/service/rolling.ts';
import { deepFreeze } from '../../support/builders.ts';

const scaleIn = scaleInBy([], () => undefined);

function terms(...[desiredCount, min, max, rest = {}]: [number, number, number, Partial<RollingTerms>?]): RollingTerms {
  return { desiredCount, minimumHealthyPercent: min, maximumPercent: max, scaleIn, hasProven: true, ...rest };
}

const states: Readonly<Record<string, Partial<RollingTask>>> = {
  h: {},
  s: { isHealthy: false },
  p: { isRunning: false, isHealthy: false },
  x: { isHealthy: false, isSick: true },
  P: { isProtected: true },
  X: { isHealthy: false, isSick: true, isProtected: true },
};

/**
 * Tasks by letters: healthy, starting, pending, sick (x), Protected, protected and sick (X). Those before the bar are of
 * the PRIMARY deployment, `n1`, `n2` …; those behind it of the one that was completed before, `o1`, `o2` …
 */
function live(told: string): RollingTask[] {
  const [own = '', old = ''] = told.split('|');
  return [...lettersOf(own, true), ...lettersOf(old, false)];
}

function lettersOf(letters: string, isNew: boolean): RollingTask[] {
  return letters.split('').map((letter, index) => ({
    id: `${isNew ? 'n' : 'o'}${String(index + 1)}`,
    isNew,
    isProven: !isNew,
    isRunning: true,
    isHealthy: true,
    isLeaving: false,
    isCutOff: false,
    node: undefined,
    ...states[letter],
  }));
}

interface Case {
  readonly terms: RollingTerms;
  readonly live: string;
  readonly want: Partial<RollingPlan>;
}

function check(cases: Record<string, Case>): void {
  for (const [sentence, given] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(planRolling(given.terms, deepFreeze(live(given.live))), { ...nothingToDo, ...given.want });
    });
  }
}

describe('planRolling with tasks whose health checks fail', () => {
  check({
    '100/200: starts a replacement first': { terms: terms(2, 100, 200), live: 'hx', want: { start: 1, replacing: 1 } },
    '100/200: waits until that is healthy': { terms: terms(2, 100, 200), live: 'hxs', want: {} },
    '100/200: then stops the sick one': {
      terms: terms(2, 100, 200),
      live: 'hxh',
      want: { stop: ['n2'], sick: ['n2'] },
    },
    'a replacement that is sick too: one of the two goes, and another is started': {
      terms: terms(2, 100, 200),
      live: 'hxx',
      want: { start: 1, replacing: 1, stop: ['n2'], sick: ['n2'] },
    },
    'a sick one that recovers: the surplus goes': { terms: terms(2, 100, 200), live: 'hhh', want: { stop: ['n1'] } },
    'one that recovers while its replacement comes up: that goes': {
      terms: terms(2, 100, 200),
      live: 'hhs',
      want: { stop: ['n3'] },
    },
    '100/100: a sick one goes first': { terms: terms(2, 100, 100), live: 'hx', want: { stop: ['n2'], sick: ['n2'] } },
    '100/100: one at a time': { terms: terms(3, 0, 100), live: 'hxx', want: { stop: ['n2'], sick: ['n2'] } },
    '100/100: the next one waits for the replacement': { terms: terms(3, 0, 100), live: 'hsx', want: {} },
    '100/150: as many first as there is room for': {
      terms: terms(4, 100, 150),
      live: 'hxxx',
      want: { start: 2, replacing: 2 },
    },
    'what is missing besides is started with it, and told apart': {
      terms: terms(4, 100, 200),
      live: 'hx',
      want: { start: 3, replacing: 1 },
    },
    'all sick: all are replaced first': { terms: terms(2, 100, 200), live: 'xx', want: { start: 2, replacing: 2 } },
    'scaled to 0: they go like all others': { terms: terms(0, 100, 200), live: 'hx', want: { stop: ['n2', 'n1'] } },
    'scaled in: the healthy that are left are enough': {
      terms: terms(1, 100, 200),
      live: 'hx',
      want: { stop: ['n2'], sick: ['n2'] },
    },
    'protection does not keep a sick one': {
      terms: terms(1, 100, 200),
      live: 'hX',
      want: { stop: ['n2'], sick: ['n2'] },
    },
    'a deployment that has failed replaces none of its own': {
      terms: terms(2, 100, 200, { hasFailed: true, hasProven: false }),
      live: 'hx',
      want: {},
    },
    'where the maximum counts those that stop, they are waited for': {
      terms: terms(2, 0, 100, { stopping: 1 }),
      live: 'hx',
      want: {},
    },
  });
});

describe('planRolling with old tasks that fail during a roll-out', () => {
  check({
    'new tasks come first': { terms: terms(4, 100, 150), live: 'ss|hhh', want: { start: 1 } },
    'a lost one is not made up for while the new ones may become healthy': {
      terms: terms(4, 100, 200),
      live: 'ssss|hhh',
      want: {},
    },
    'it is once those fail': {
      terms: terms(4, 100, 200, { isFailing: true }),
      live: 'ssss|hhh',
      want: { startOld: 1 },
    },
    'not beyond the lower bound': { terms: terms(4, 50, 200, { isFailing: true }), live: 'ssss|hh', want: {} },
    'not a second time while it comes up': {
      terms: terms(4, 100, 200, { isFailing: true }),
      live: 'ssss|hhhs',
      want: {},
    },
    'what comes up stays when a new task dies: that is started anew': {
      terms: terms(4, 100, 200, { isFailing: true }),
      live: 'sss|hhhs',
      want: { start: 1 },
    },
    'only in the room that the new ones leave': {
      terms: terms(4, 100, 150, { isFailing: true }),
      live: 'ss|hhh',
      want: { start: 1 },
    },
    'where there is a deployment to do it with': {
      terms: terms(4, 100, 200, { isFailing: true, hasProven: false }),
      live: 'ssss|hhh',
      want: {},
    },
    'in all the room when the deployment has failed': {
      terms: terms(4, 100, 100, { hasFailed: true }),
      live: '|hhh',
      want: { startOld: 1 },
    },
    'a sick one is replaced first by one of its own revision': {
      terms: terms(2, 100, 300, { isFailing: true }),
      live: 'ss|hx',
      want: { startOld: 1, replacing: 1 },
    },
    'and goes when that is healthy': {
      terms: terms(2, 100, 300, { isFailing: true }),
      live: 'ss|hxh',
      want: { stop: ['o2'], sick: ['o2'] },
    },
    'at the maximum it goes first': {
      terms: terms(2, 100, 200, { isFailing: true }),
      live: 'ss|hx',
      want: { stop: ['o2'], sick: ['o2'] },
    },
    'it goes at once where new ones want its room': {
      terms: terms(2, 100, 100),
      live: '|hx',
      want: { stop: ['o2'], sick: ['o2'] },
    },
  });
});

describe('planRolling with protected tasks', () => {
  check({
    'scale-in skips them': { terms: terms(1, 100, 200), live: 'PhP', want: { stop: ['n2'], heldBack: 1 } },
    'scale-in with nothing else left waits': { terms: terms(1, 100, 200), live: 'PP', want: { heldBack: 1 } },
    'a deployment waits for old ones': { terms: terms(2, 100, 200), live: 'hh|PP', want: { heldBack: 2 } },
    'and stops those that are not': {
      terms: terms(2, 100, 200),
      live: 'hh|Ph',
      want: { stop: ['o2'], heldBack: 1 },
    },
    'new ones are started beside them up to the maximum': {
      terms: terms(4, 100, 150),
      live: '|PPPP',
      want: { start: 2 },
    },
    'that is not stuck': { terms: terms(4, 50, 100), live: '|PPPP', want: { heldBack: 2 } },
  });
});

describe('planRolling where the maximum counts tasks that stop', () => {
  check({
    'they take room': { terms: terms(2, 0, 100, { stopping: 1 }), live: 'h', want: {} },
    'until they are gone': { terms: terms(2, 0, 100, { stopping: 0 }), live: 'h', want: { start: 1 } },
    'a deployment is not stuck for them': { terms: terms(1, 100, 200, { stopping: 1 }), live: '|h', want: {} },
  });
});

const letters = fc.string({ unit: fc.constantFrom(...Object.keys(states)), maxLength: 7 });

const someTerms = fc.record({
  desiredCount: fc.nat(6),
  minimumHealthyPercent: fc.constantFrom(0, 30, 50, 100),
  maximumPercent: fc.constantFrom(100, 130, 150, 200),
  scaleIn: fc.constant(scaleIn),
  hasFailed: fc.boolean(),
  isFailing: fc.boolean(),
  hasProven: fc.boolean(),
  stopping: fc.nat(2),
});

const some = fc.tuple(
  someTerms,
  fc.tuple(letters, letters).map((both) => live(both.join('|'))),
);

function healthyOf(tasks: readonly RollingTask[]): number {
  return tasks.filter(({ isHealthy }) => isHealthy).length;
}

/** The tasks after the plan is carried out: what is started is pending. */
function carriedOut(
  { start, startOld, stop }: RollingPlan,
  tasks: readonly RollingTask[],
  round: number,
): RollingTask[] {
  const started = live(`${'p'.repeat(start)}|${'p'.repeat(startOld)}`).map((task) => ({
    ...task,
    id: `${task.id}-${String(round)}`,
  }));
  return [...tasks.filter(({ id }) => !stop.includes(id)), ...started];
}

describe('planRolling, whatever is sick, protected, proven and stopping', () => {
  it('keeps to the bounds, and stops no protected task but sick ones', () => {
    fc.assert(
      fc.property(some, ([given, tasks]) => {
        const { start, startOld, replacing, stop } = planRolling(given, deepFreeze(tasks));
        const all = tasks.length + given.stopping;
        assert(start >= 0 && startOld >= 0 && replacing <= start + startOld);
        assert(all + start + startOld <= Math.max(upperBound(given), all));
        const left = tasks.filter(({ id }) => !stop.includes(id));
        assert(healthyOf(left) >= Math.min(lowerBound(given), healthyOf(tasks)));
        assert(tasks.every((task) => !stop.includes(task.id) || task.isSick === true || task.isProtected !== true));
        assert.equal(new Set(stop).size, stop.length);
      }),
      { numRuns: 3000 },
    );
  });

  it('ends with the desired tasks healthy once all goes well, and starts and stops nothing in circles', () => {
    fc.assert(
      fc.property(some, ([given, first]) => {
        const calm = { ...given, hasFailed: false, stopping: 0 };
        let tasks: readonly RollingTask[] = first.map((task) => ({ ...task, isProtected: false }));
        for (let round = 0; round < 60; round++) {
          const plan = planRolling(calm, tasks);
          const after = carriedOut(plan, tasks, round);
          const isUp = after.every(({ isHealthy, isSick }) => isHealthy || isSick === true);
          if (plan.start + plan.startOld + plan.stop.length === 0 && isUp) {
            assert(plan.isStuck || after.every(({ isNew, isHealthy }) => isNew && isHealthy));
            assert(plan.isStuck || after.length === calm.desiredCount);
            return;
          }
          tasks = after.map((task) => (task.isSick === true ? task : { ...task, isRunning: true, isHealthy: true }));
        }
        assert.fail('it goes on for ever');
      }),
      { numRuns: 2000 },
    );
  });
});
