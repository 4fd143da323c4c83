import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  lowerBound,
  nothingToDo,
  planRolling,
  upperBound,
  type RollingBounds,
  type RollingPlan,
  type RollingTask,
  type RollingTerms,
} from '../../../src/core/service/rolling.ts';
import { scaleInKeeping } from '../../../src/core/service/scale-in.ts';
import { scaleInBy } from '../../../src/core/placement/scale-in.ts';
import { deepFreeze } from '../../support/builders.ts';
import { strategy } from '../../support/capacity.ts';

const healthy = { isRunning: true, isHealthy: true };
const starting = { isRunning: true, isHealthy: false };
const pending = { isRunning: false, isHealthy: false };

/** `old-1`, `old-2` … of an older deployment, healthy unless said otherwise. */
function old(count: number, state: Partial<RollingTask> = {}): RollingTask[] {
  return numbered('old', count, { isNew: false, ...state });
}

/** `new-1`, `new-2` … of the PRIMARY deployment, healthy unless said otherwise. */
function fresh(count: number, state: Partial<RollingTask> = {}): RollingTask[] {
  return numbered('new', count, { isNew: true, ...state });
}

function numbered(prefix: string, count: number, state: Partial<RollingTask> & { isNew: boolean }): RollingTask[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${prefix}-${String(index + 1)}`,
    node: undefined,
    isLeaving: false,
    isCutOff: false,
    ...healthy,
    ...state,
  }));
}

/** Healthy new tasks of a capacity provider on a node. */
function on(provider: string, count: number, node: string): RollingTask[] {
  return fresh(count, { provider, node });
}

/** Scale-in is from the fullest node. */
function bounds(desiredCount: number, minimumHealthyPercent: number, maximumPercent: number): RollingTerms {
  return { desiredCount, minimumHealthyPercent, maximumPercent, scaleIn: fromFullest };
}

const fromFullest = scaleInBy([], () => undefined);
const evenly = { scaleIn: scaleInKeeping(strategy('a:1', 'b:1'), fromFullest) };

interface Case {
  readonly bounds: RollingTerms;
  readonly live: readonly RollingTask[];
  readonly want: Partial<RollingPlan>;
}

function check(cases: Record<string, Case>): void {
  for (const [sentence, { bounds: given, live, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(planRolling(given, deepFreeze(live)), {
        ...nothingToDo,
        ...want,
      });
    });
  }
}

describe('planRolling during a deployment', () => {
  check({
    'D 1, 100/200: starts one': { bounds: bounds(1, 100, 200), live: old(1), want: { start: 1 } },
    'D 1, 100/200: waits until the new one is healthy': {
      bounds: bounds(1, 100, 200),
      live: [...old(1), ...fresh(1, starting)],
      want: {},
    },
    'D 1, 100/200: then stops the old one': {
      bounds: bounds(1, 100, 200),
      live: [...old(1), ...fresh(1)],
      want: { stop: ['old-1'] },
    },
    'D 1, 100/100: is stuck': { bounds: bounds(1, 100, 100), live: old(1), want: { isStuck: true } },
    'D 4, 50/100: stops two first': {
      bounds: bounds(4, 50, 100),
      live: old(4),
      want: { stop: ['old-1', 'old-2'] },
    },
    'D 4, 50/100: then starts two': { bounds: bounds(4, 50, 100), live: old(2), want: { start: 2 } },
    'D 4, 50/100: waits while those come up': {
      bounds: bounds(4, 50, 100),
      live: [...old(2), ...fresh(2, pending)],
      want: {},
    },
    'D 4, 50/100: stops the other two when those are healthy': {
      bounds: bounds(4, 50, 100),
      live: [...old(2), ...fresh(2)],
      want: { stop: ['old-1', 'old-2'] },
    },
    'D 3, 100/125: the upper bound is 3, it is stuck': {
      bounds: bounds(3, 100, 125),
      live: old(3),
      want: { isStuck: true },
    },
    'D 2, 75/100: the lower bound is 2, it is stuck': {
      bounds: bounds(2, 75, 100),
      live: old(2),
      want: { isStuck: true },
    },
    'D 0: stops all old ones': { bounds: bounds(0, 100, 200), live: old(2), want: { stop: ['old-1', 'old-2'] } },
    'D 3, 0/100: stops all first': {
      bounds: bounds(3, 0, 100),
      live: old(3),
      want: { stop: ['old-1', 'old-2', 'old-3'] },
    },
    'D 2, 0/200: starts all and stops all at once': {
      bounds: bounds(2, 0, 200),
      live: old(2),
      want: { start: 2, stop: ['old-1', 'old-2'] },
    },
    'D 4, 100/150: starts as many as the upper bound lets in': {
      bounds: bounds(4, 100, 150),
      live: old(4),
      want: { start: 2 },
    },
    'D 4, 100/150: an old one goes for each new one that is healthy': {
      bounds: bounds(4, 100, 150),
      live: [...old(4), ...fresh(1), ...numbered('late', 1, { isNew: true, ...pending })],
      want: { stop: ['old-1'] },
    },
    'old tasks that are not healthy go at once, for they do not count': {
      bounds: bounds(3, 100, 100),
      live: [...old(2), ...numbered('sick', 1, { isNew: false, ...starting })],
      want: { stop: ['sick-1'] },
    },
    'old tasks that are pending go before those that are not healthy': {
      bounds: bounds(2, 100, 100),
      live: [...old(1, starting), ...numbered('queued', 1, { isNew: false, ...pending })],
      want: { stop: ['queued-1', 'old-1'] },
    },
    'a new task that is not healthy lets no old one go': {
      bounds: bounds(2, 100, 200),
      live: [...old(2), ...fresh(1), ...numbered('sick', 1, { isNew: true, ...starting })],
      want: { stop: ['old-1'] },
    },
    'three deployments at once: all older ones are old alike': {
      bounds: bounds(2, 100, 200),
      live: [...old(2), ...numbered('older', 2, { isNew: false })],
      want: { stop: ['old-1', 'old-2'] },
    },
    'scaled in while it deploys: the old ones make room first': {
      bounds: bounds(1, 100, 100),
      live: old(3),
      want: { stop: ['old-1', 'old-2'] },
    },
    'the old ones that go keep the shares, and leave the fullest node': {
      bounds: { ...bounds(4, 25, 100), ...evenly },
      live: [
        ...old(1, { id: 'a-0', provider: 'a', node: 'n' }),
        ...numbered('a', 2, { isNew: false, provider: 'a', node: 'm' }),
        ...numbered('b', 2, { isNew: false, provider: 'b', node: 'k' }),
      ],
      want: { stop: ['a-1', 'b-1', 'a-0', 'b-2'] },
    },
    'no new task is stopped while old ones are left': {
      bounds: bounds(1, 100, 200),
      live: [...old(1), ...fresh(3)],
      want: { stop: ['old-1'] },
    },
  });
});

describe('planRolling without older tasks', () => {
  check({
    'nothing runs: starts all': { bounds: bounds(3, 100, 200), live: [], want: { start: 3 } },
    'D 0 and nothing runs: nothing to do': { bounds: bounds(0, 100, 200), live: [], want: {} },
    'scale-out starts what is missing': { bounds: bounds(5, 100, 200), live: fresh(3), want: { start: 2 } },
    'scale-out at 100/100 starts what is missing too': {
      bounds: bounds(5, 100, 100),
      live: fresh(3),
      want: { start: 2 },
    },
    'a settled service: nothing to do': { bounds: bounds(3, 100, 200), live: fresh(3), want: {} },
    'scale-in to 0 stops all': { bounds: bounds(0, 100, 200), live: fresh(2), want: { stop: ['new-1', 'new-2'] } },
    'scale-in picks pending tasks first, then those not healthy': {
      bounds: bounds(2, 100, 200),
      live: [
        ...fresh(2),
        ...numbered('coming', 1, { isNew: true, ...starting }),
        ...numbered('queued', 1, { isNew: true, ...pending }),
      ],
      want: { stop: ['queued-1', 'coming-1'] },
    },
    'scale-in picks from the node that holds most': {
      bounds: bounds(2, 100, 200),
      live: [
        ...numbered('a', 1, { isNew: true, node: 'node-a' }),
        ...numbered('b', 3, { isNew: true, node: 'node-b' }),
        ...numbered('c', 2, { isNew: true, node: 'node-c' }),
      ],
      want: { stop: ['b-1', 'b-2', 'c-1', 'a-1'] },
    },
    'scale-in takes from the provider that gives one up, and there from the fullest node': {
      bounds: { ...bounds(4, 100, 200), ...evenly },
      live: [
        ...on('a', 3, 'full').map((task, index) => ({ ...task, id: `a-${String(index)}` })),
        ...on('b', 1, 'n').map((task) => ({ ...task, id: 'b-0' })),
        ...on('b', 2, 'm').map((task, index) => ({ ...task, id: `b-${String(index + 1)}` })),
      ],
      want: { stop: ['b-1', 'a-0'] },
    },
    'scale-in takes pending tasks first, whatever the shares: none that is healthy goes in their place': {
      bounds: { ...bounds(2, 100, 200), ...evenly },
      live: [
        ...on('a', 1, 'n'),
        ...on('b', 3, 'n').map((task, index) => ({ ...task, id: `b-${String(index)}` })),
        ...numbered('slow', 1, { isNew: true, ...pending, provider: 'a' }),
      ],
      want: { stop: ['slow-1', 'b-0', 'b-1'] },
    },
    'a task that is moved to another provider counts like an old one: its replacement is started first': {
      bounds: bounds(2, 100, 200),
      live: [
        ...fresh(1),
        { ...healthy, id: 'moves', isNew: true, isLeaving: false, isCutOff: false, isMoving: true, node: undefined },
      ],
      want: { start: 1 },
    },
    'scale-in takes first what was started by its launch type': {
      bounds: { ...bounds(2, 100, 200), ...evenly },
      live: [...on('a', 2, 'n').map((task, index) => ({ ...task, id: `a-${String(index)}` })), ...fresh(1)],
      want: { stop: ['new-1'] },
    },
    'scale-in counts a pending task on its node once it is gone no more': {
      bounds: bounds(2, 100, 200),
      live: [
        ...numbered('a', 2, { isNew: true, node: 'node-a' }),
        ...numbered('b', 1, { isNew: true, node: 'node-b' }),
        ...numbered('queued', 2, { isNew: true, ...pending, node: 'node-b' }),
      ],
      want: { stop: ['queued-1', 'queued-2', 'a-1'] },
    },
  });
});

/** `leaving-1`, `leaving-2` … of the PRIMARY deployment on draining nodes, healthy unless said otherwise. */
function leaving(count: number, state: Partial<RollingTask> = {}): RollingTask[] {
  return numbered('leaving', count, { isNew: true, isLeaving: true, ...state });
}

describe('planRolling with tasks on draining nodes', () => {
  check({
    '100/100: never finishes': { bounds: bounds(2, 100, 100), live: leaving(2), want: { isDrainStuck: true } },
    '100/100: not for one of them either': {
      bounds: bounds(4, 100, 100),
      live: [...fresh(3), ...leaving(1)],
      want: { isDrainStuck: true },
    },
    '50/100: stops half first': {
      bounds: bounds(4, 50, 100),
      live: leaving(4),
      want: { stop: ['leaving-1', 'leaving-2'] },
    },
    '50/100: then starts their replacements': { bounds: bounds(4, 50, 100), live: leaving(2), want: { start: 2 } },
    '50/100: waits while those come up': {
      bounds: bounds(4, 50, 100),
      live: [...leaving(2), ...fresh(2, pending)],
      want: {},
    },
    '50/100: stops the rest when they are healthy': {
      bounds: bounds(4, 50, 100),
      live: [...leaving(2), ...fresh(2)],
      want: { stop: ['leaving-1', 'leaving-2'] },
    },
    '100/200: starts a replacement first': {
      bounds: bounds(3, 100, 200),
      live: [...fresh(2), ...leaving(1)],
      want: { start: 1 },
    },
    '100/200: waits until that is healthy': {
      bounds: bounds(3, 100, 200),
      live: [...fresh(2), ...leaving(1), ...numbered('late', 1, { isNew: true, ...starting })],
      want: {},
    },
    '100/200: then stops the one that leaves': {
      bounds: bounds(3, 100, 200),
      live: [...fresh(3), ...leaving(1)],
      want: { stop: ['leaving-1'] },
    },
    'pending ones are stopped at once, and replaced': {
      bounds: bounds(3, 100, 100),
      live: [...fresh(2), ...leaving(1, pending)],
      want: { stop: ['leaving-1'] },
    },
    'uncordoned in the middle: the surplus goes, pending ones first': {
      bounds: bounds(3, 100, 200),
      live: [...fresh(3), ...numbered('late', 1, { isNew: true, ...pending })],
      want: { stop: ['late-1'] },
    },
    'scaled in: those that leave go first': {
      bounds: bounds(2, 100, 100),
      live: [...fresh(3), ...leaving(1)],
      want: { stop: ['leaving-1'] },
    },
    'in a deployment the old ones that leave go before the others': {
      bounds: bounds(3, 100, 200),
      live: [...old(2), ...numbered('z', 1, { isNew: false, isLeaving: true }), ...fresh(1)],
      want: { start: 2, stop: ['z-1'] },
    },
    'a deployment that is stuck besides says both': {
      bounds: bounds(2, 100, 100),
      live: [...old(1), ...leaving(1)],
      want: { isStuck: true, isDrainStuck: true },
    },
  });
});

describe('planRolling with tasks on silent nodes', () => {
  check({
    'they count as they did': { bounds: bounds(2, 100, 200), live: fresh(2, { isCutOff: true }), want: {} },
    'what is too many goes from there': {
      bounds: bounds(2, 100, 200),
      live: [...fresh(2, { node: 'full' }), ...numbered('z', 1, { isNew: true, isCutOff: true, node: 'silent' })],
      want: { stop: ['z-1'] },
    },
    'but first what is not healthy': {
      bounds: bounds(2, 100, 200),
      live: [...fresh(1), ...fresh(1, { id: 'sick', isHealthy: false }), ...fresh(1, { id: 'a', isCutOff: true })],
      want: { stop: ['sick'] },
    },
  });
});

const boundsArbitrary: fc.Arbitrary<RollingTerms> = fc.record({
  desiredCount: fc.nat(12),
  minimumHealthyPercent: fc.oneof(fc.constantFrom(0, 50, 75, 100), fc.nat(100)),
  maximumPercent: fc.oneof(fc.constantFrom(100, 125, 150, 200), fc.integer({ min: 100, max: 1000 })),
  scaleIn: fc.constantFrom(fromFullest, evenly.scaleIn),
});

const state = fc.constantFrom(healthy, starting, pending);

const live: fc.Arbitrary<RollingTask[]> = fc
  .array(
    fc.record({
      isNew: fc.boolean(),
      state,
      isLeaving: fc.boolean(),
      isCutOff: fc.boolean(),
      node: fc.constantFrom('a', 'b', 'c', undefined),
      provider: fc.constantFrom('a', 'b', 'c', undefined),
    }),
    { maxLength: 16 },
  )
  .map((tasks) => tasks.map(({ state: how, ...rest }, index) => ({ id: `t${String(index)}`, ...rest, ...how })));

function isToStay({ isNew, isLeaving }: RollingTask): boolean {
  return isNew && !isLeaving;
}

/** When a task goes, the smaller the earlier. */
function turnOf({ isRunning, isHealthy, isCutOff, isLeaving }: RollingTask): number {
  return [!isRunning, !isHealthy, isCutOff, isLeaving, true].indexOf(true);
}

function healthyOf(tasks: readonly RollingTask[]): number {
  return tasks.filter((task) => task.isHealthy).length;
}

function holds(name: string, predicate: (given: RollingTerms, tasks: RollingTask[], plan: RollingPlan) => void): void {
  it(name, () => {
    fc.assert(
      fc.property(boundsArbitrary, live, (given, tasks) => {
        predicate(given, tasks, planRolling(given, deepFreeze(tasks)));
      }),
      { numRuns: 1000 },
    );
  });
}

describe('planRolling, whatever the bounds and the tasks', () => {
  holds('starts nothing above the upper bound', (given, tasks, { start }) => {
    assert(start >= 0);
    assert(tasks.length + start <= Math.max(upperBound(given), tasks.length));
  });

  holds('starts no more than is missing', (given, tasks, { start }) => {
    assert(start <= Math.max(0, given.desiredCount - tasks.filter(isToStay).length));
  });

  holds('stops nothing below the lower bound', (given, tasks, { stop }) => {
    const left = tasks.filter((task) => !stop.includes(task.id));
    assert(healthyOf(left) >= Math.min(lowerBound(given), healthyOf(tasks)));
  });

  holds('stops only live tasks, each once', (_given, tasks, { stop }) => {
    assert.equal(new Set(stop).size, stop.length);
    assert(stop.every((id) => tasks.some((task) => task.id === id)));
  });

  holds('stops none that is to stay while others are left, nor below the desired count', (given, tasks, { stop }) => {
    const stopped = tasks.filter((task) => isToStay(task) && stop.includes(task.id));
    if (stopped.length === 0) return;
    assert(tasks.every(isToStay));
    assert.equal(tasks.length - stop.length, given.desiredCount);
  });

  holds('stops every task that is not healthy and not to stay', (_given, tasks, { stop }) => {
    assert(tasks.every((task) => isToStay(task) || task.isHealthy || stop.includes(task.id)));
  });

  holds('stops pending ones first, then those not healthy, on silent nodes, that leave', (_given, tasks, { stop }) => {
    const order = stop.flatMap((id) => tasks.filter((task) => task.id === id)).map(turnOf);
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
    const left = tasks.filter((task) => !stop.includes(task.id) && isToStay(task) === tasks.every(isToStay));
    assert(left.every((task) => turnOf(task) >= (order.at(-1) ?? 0)));
  });

  holds('is stuck only if such tasks are left and nothing at all can change', (_given, tasks, plan) => {
    if (!plan.isStuck && !plan.isDrainStuck) return;
    assert.equal(plan.start, 0);
    assert.deepEqual(plan.stop, []);
    assert(tasks.every((task) => task.isHealthy));
    assert.equal(
      plan.isStuck,
      tasks.some((task) => !task.isNew),
    );
    assert.equal(
      plan.isDrainStuck,
      tasks.some((task) => task.isLeaving),
    );
  });

  holds('either does something, waits for a task, is stuck, or is settled', (given, tasks, plan) => {
    const acts = plan.start > 0 || plan.stop.length > 0;
    const settled = tasks.length === given.desiredCount && tasks.every(isToStay);
    assert(acts || plan.isStuck || plan.isDrainStuck || settled || tasks.some((task) => !task.isHealthy));
  });

  holds('leaves a settled service alone', (given) => {
    const settled = fresh(given.desiredCount);
    assert.deepEqual(planRolling(given, settled), nothingToDo);
  });

  holds('does not depend on the order of the tasks', (given, tasks, plan) => {
    assert.deepEqual(planRolling(given, tasks.toReversed()), plan);
  });

  holds('wider bounds never start or stop less', (given, tasks, plan) => {
    const wider = planRolling(
      {
        ...given,
        minimumHealthyPercent: Math.max(0, given.minimumHealthyPercent - 7),
        maximumPercent: given.maximumPercent + 7,
      },
      tasks,
    );
    assert(wider.start >= plan.start);
    assert(wider.stop.length >= plan.stop.length);
  });

  holds('a higher desired count never starts less or stops more', (given, tasks, plan) => {
    const more = planRolling({ ...given, desiredCount: given.desiredCount + 1 }, tasks);
    assert(more.start >= plan.start);
    assert(more.stop.length <= plan.stop.length);
  });
});

describe('bounds', () => {
  const cases: Record<string, { readonly given: RollingBounds; readonly lower: number; readonly upper: number }> = {
    'the lower one is rounded up, the upper one down': { given: bounds(3, 50, 150), lower: 2, upper: 4 },
    'D 0 gives 0 and 0': { given: bounds(0, 100, 200), lower: 0, upper: 0 },
    'whole numbers stay': { given: bounds(10, 50, 150), lower: 5, upper: 15 },
    'D 7 at 14 and 114 percent': { given: bounds(7, 14, 114), lower: 1, upper: 7 },
    'no rounding error at 29 percent of 100': { given: bounds(100, 29, 129), lower: 29, upper: 129 },
    'the largest service': { given: bounds(5000, 100, 1000), lower: 5000, upper: 50000 },
  };
  for (const [sentence, { given, lower, upper }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(lowerBound(given), lower);
      assert.equal(upperBound(given), upper);
    });
  }
});
