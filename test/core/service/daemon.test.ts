import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { planDaemon, type DaemonSight, type DaemonTask } from '../../../src/core/service/daemon.ts';
import type { DaemonStanding } from '../../../src/core/service/daemon-nodes.ts';
import type { RollingPlan } from '../../../src/core/service/rolling.ts';
import { deepFreeze } from '../../support/builders.ts';

const pending = { isRunning: false, isHealthy: false };
const starting = { isHealthy: false };
const old = { isNew: false };

/** A healthy task of the PRIMARY deployment on that node, by whose name it goes. */
function on(node: string, state: Partial<DaemonTask> = {}): DaemonTask {
  const own = { id: node, node, isNew: true, isRunning: true, isHealthy: true, isLeaving: false, isCutOff: false };
  return { ...own, createdAtMs: 0, ...state };
}

/** Nodes that are open unless said otherwise. */
function nodes(names: string, others: Readonly<Record<string, DaemonStanding>> = {}): DaemonSight['nodes'] {
  const open = names.split('').map((name) => [name, 'open'] as const);
  return new Map([...open, ...Object.entries(others)]);
}

interface Case {
  readonly minimum?: number;
  readonly nodes: DaemonSight['nodes'];
  readonly live?: readonly DaemonTask[];
  readonly occupied?: string;
  /** When the last task of a node was made. */
  readonly tried?: Readonly<Record<string, number>>;
  /** Start on these nodes, stop these tasks. */
  readonly want: { readonly start?: string; readonly stop?: string; readonly isStuck?: boolean };
}

const nothing = {};

const cases: Record<string, Case> = {
  'starts one on each node': { nodes: nodes('ab'), want: { start: 'ab' } },
  'starts the one that a new node lacks': { nodes: nodes('abc'), live: [on('a'), on('b')], want: { start: 'c' } },
  'does nothing where each has one': { nodes: nodes('ab'), live: [on('a'), on('b')], want: nothing },
  'does nothing without nodes': { nodes: nodes(''), want: nothing },
  'waits for one that starts': { nodes: nodes('a'), live: [on('a', pending)], want: nothing },
  'waits until the last one is gone': { nodes: nodes('ab'), live: [on('b')], occupied: 'a', want: nothing },
  'stops what is on a node that is to have none': { nodes: nodes('a'), live: [on('a'), on('x')], want: { stop: 'x' } },
  'stops that whatever the bound is, and counts it nowhere': {
    minimum: 100,
    nodes: nodes('a'),
    live: [on('a', starting), on('x')],
    want: { stop: 'x' },
  },
  'starts on a new node while it does so': { nodes: nodes('a'), live: [on('x')], want: { start: 'a', stop: 'x' } },
  'stops one that is for no node': { nodes: nodes(''), live: [on('x', { node: undefined })], want: { stop: 'x' } },

  'starts nothing on a node that is silent': { nodes: nodes('', { a: 'silent' }), want: nothing },
  'leaves what is on a silent node': {
    nodes: nodes('', { a: 'silent' }),
    live: [on('a', old), on('A', { ...old, node: 'a' })],
    want: nothing,
  },
  'counts a silent node that has a task, and does not rely on it': {
    minimum: 50,
    nodes: nodes('bc', { a: 'silent' }),
    live: [on('a'), on('b', old), on('c')],
    want: nothing,
  },
  'counts no silent node without a task': {
    minimum: 50,
    nodes: nodes('bc', { a: 'silent' }),
    live: [on('b', old), on('c')],
    want: { stop: 'b' },
  },
  'starts nothing on a node that is held': { nodes: nodes('', { a: 'held' }), want: nothing },
  'keeps what is on a held node, of whichever deployment': {
    nodes: nodes('', { a: 'held' }),
    live: [on('a', old)],
    want: nothing,
  },
  'stops the surplus on a held node': {
    nodes: nodes('', { a: 'held' }),
    live: [on('a'), on('A', { node: 'a', createdAtMs: 1 })],
    want: { stop: 'A' },
  },

  'of two keeps the one that has been there longer': {
    nodes: nodes('a'),
    live: [on('1', { node: 'a', createdAtMs: 2 }), on('2', { node: 'a', createdAtMs: 1 })],
    want: { stop: '1' },
  },
  'of two keeps the healthy one': {
    nodes: nodes('a'),
    live: [on('1', { node: 'a', ...pending }), on('2', { node: 'a', createdAtMs: 1 })],
    want: { stop: '1' },
  },
  'of two keeps the new one': {
    nodes: nodes('a'),
    live: [on('1', { node: 'a', ...old }), on('2', { node: 'a', createdAtMs: 1 })],
    want: { stop: '1' },
  },
  'stops the surplus whatever the bound is: its node is as healthy without it': {
    minimum: 100,
    nodes: nodes('ab'),
    live: [on('1', { node: 'a' }), on('2', { node: 'a', createdAtMs: 1 })],
    want: { start: 'b', stop: '2' },
  },
  'keeps the last healthy one of a node until the new one is healthy': {
    minimum: 100,
    nodes: nodes('a'),
    live: [on('1', { node: 'a', ...old }), on('2', { node: 'a', ...starting })],
    want: nothing,
  },

  'starts first where none has been tried, then where that is longest ago': {
    nodes: nodes('abcd'),
    tried: { a: 30, b: 10 },
    want: { start: 'cdba' },
  },
  'stops a sick one, though it is the only one': {
    minimum: 100,
    nodes: nodes('ab'),
    live: [on('a', { isHealthy: false, isSick: true }), on('b')],
    want: { stop: 'a' },
  },
  'keeps the old one within the bound where the new one is sick': {
    minimum: 100,
    nodes: nodes('a'),
    live: [on('a', old), on('A', { node: 'a', isHealthy: false, isSick: true })],
    want: { stop: 'A' },
  },
  'leaves a sick one where no other may be started': {
    nodes: nodes('b', { a: 'held', c: 'silent' }),
    live: [on('a', { isHealthy: false, isSick: true }), on('b'), on('c', { isHealthy: false, isSick: true })],
    want: nothing,
  },
  'stops no protected one, wherever it is': {
    nodes: nodes('abc'),
    live: [
      on('x', { isProtected: true }),
      on('a', { ...old, isProtected: true }),
      on('b', { isHealthy: false, isSick: true, isProtected: true }),
      on('c'),
      on('C', { node: 'c', createdAtMs: 1, isProtected: true }),
    ],
    want: nothing,
  },
  'is not stuck where protection alone holds it': {
    minimum: 100,
    nodes: nodes('a'),
    live: [on('a', { ...old, isProtected: true })],
    want: nothing,
  },

  'update, D 4, 0: stops all old ones': {
    nodes: nodes('abcd'),
    live: ['a', 'b', 'c', 'd'].map((name) => on(name, old)),
    want: { stop: 'abcd' },
  },
  'update, D 4, 50: stops two': {
    minimum: 50,
    nodes: nodes('abcd'),
    live: ['a', 'b', 'c', 'd'].map((name) => on(name, old)),
    want: { stop: 'ab' },
  },
  'update, D 4, 50: starts where the old ones are gone': {
    minimum: 50,
    nodes: nodes('abcd'),
    live: [on('c', old), on('d', old)],
    occupied: 'a',
    want: { start: 'b' },
  },
  'update, D 4, 50: waits until the new ones are healthy': {
    minimum: 50,
    nodes: nodes('abcd'),
    live: [on('a', starting), on('b'), on('c', old), on('d', old)],
    want: { stop: 'c' },
  },
  'update, D 4, 75: one after the other': {
    minimum: 75,
    nodes: nodes('abcd'),
    live: ['a', 'b', 'c', 'd'].map((name) => on(name, old)),
    want: { stop: 'a' },
  },
  'update, D 3, 50: the bound is rounded up': {
    minimum: 50,
    nodes: nodes('abc'),
    live: ['a', 'b', 'c'].map((name) => on(name, old)),
    want: { stop: 'a' },
  },
  'update, D 3, 100: is stuck': {
    minimum: 100,
    nodes: nodes('abc'),
    live: ['a', 'b', 'c'].map((name) => on(name, old)),
    want: { isStuck: true },
  },
  'update, 100: is not stuck while something is on its way': {
    minimum: 100,
    nodes: nodes('abc'),
    live: [on('a', old), on('b', old)],
    occupied: 'c',
    want: nothing,
  },
  'update, 100: stops old ones that are not healthy': {
    minimum: 100,
    nodes: nodes('ab'),
    live: [on('a', old), on('b', { ...old, ...starting })],
    want: { stop: 'b' },
  },
  'update: stops first what its node can do without': {
    minimum: 50,
    nodes: nodes('abc'),
    live: [on('a', old), on('b', old), on('C', { ...old, node: 'c' }), on('c')],
    want: { stop: 'Ca' },
  },
};

function planOf({ minimum = 0, nodes: all, live = [], occupied = '', tried = {} }: Omit<Case, 'want'>): RollingPlan {
  return planDaemon(
    { minimumHealthyPercent: minimum },
    deepFreeze({ nodes: all, live, occupied: new Set(occupied.split('')), triedAtMs: new Map(Object.entries(tried)) }),
  );
}

describe('planDaemon', () => {
  for (const [sentence, given] of Object.entries(cases)) {
    it(sentence, () => {
      const { start = '', stop = '', isStuck = false } = given.want;
      assert.deepEqual(planOf(given), {
        startOld: 0,
        replacing: 0,
        sick: [],
        heldBack: 0,
        start: start.length,
        nodes: start.split(''),
        stop: stop.split(''),
        isStuck,
        isDrainStuck: false,
      });
    });
  }
});

const names = ['a', 'b', 'c', 'd', 'e'];
const standing = fc.constantFrom<DaemonStanding>('open', 'open', 'open', 'silent', 'held');
const someNodes = fc.dictionary(fc.constantFrom(...names), standing).map((found) => new Map(Object.entries(found)));
const someTasks = fc
  .array(
    fc.record({
      node: fc.option(fc.constantFrom(...names, 'x'), { nil: undefined }),
      isNew: fc.boolean(),
      isRunning: fc.boolean(),
      isHealthy: fc.boolean(),
      createdAtMs: fc.nat(3),
    }),
    { maxLength: 8 },
  )
  .map((found) => found.map((each, index) => on('', { ...each, id: `t${String(index)}` })));
const someSight = fc.record({
  nodes: someNodes,
  live: someTasks,
  occupied: fc.subarray(names).map((found) => new Set(found)),
  triedAtMs: fc.dictionary(fc.constantFrom(...names), fc.nat(3)).map((found) => new Map(Object.entries(found))),
});
const minimum = fc.constantFrom(0, 30, 50, 75, 100);

/** What remains of a sight once its plan is done, all tasks have become healthy, and those that stop are gone. */
function carriedOut({ nodes: all, live }: DaemonSight, plan: RollingPlan, round: number): DaemonSight {
  const staying = live.filter(({ id }) => !plan.stop.includes(id)).map((task) => ({ ...task, isHealthy: true }));
  const started = (plan.nodes ?? []).map((node) => on(node, { id: `${node}${String(round)}`, isHealthy: false }));
  return { nodes: all, live: [...staying, ...started], occupied: new Set(), triedAtMs: new Map() };
}

describe('planDaemon, whatever there is,', () => {
  const planFor = (sight: DaemonSight, minimumHealthyPercent: number): RollingPlan =>
    planDaemon({ minimumHealthyPercent }, deepFreeze(sight));

  it('starts on open nodes that have none, once each', () => {
    fc.assert(
      fc.property(someSight, minimum, (sight, least) => {
        const { nodes: starts = [] } = planFor(sight, least);
        assert.equal(new Set(starts).size, starts.length);
        for (const node of starts) {
          assert.equal(sight.nodes.get(node), 'open');
          assert(!sight.live.some((task) => task.node === node) && !sight.occupied.has(node));
        }
      }),
    );
  });

  it('leaves as many nodes with a healthy task as the bound asks for, of those that count', () => {
    fc.assert(
      fc.property(someSight, minimum, (sight, least) => {
        const { stop } = planFor(sight, least);
        const healthy = sight.live.filter(
          ({ isHealthy, node = '' }) => isHealthy && ['open', 'held'].includes(sight.nodes.get(node) ?? ''),
        );
        const before = new Set(healthy.map(({ node }) => node));
        const after = new Set(healthy.filter(({ id }) => !stop.includes(id)).map(({ node }) => node));
        assert(after.size === before.size || after.size * 100 >= countOf(sight) * least);
      }),
    );
  });

  it('comes to one new task on each open node, and to none where none is to be, unless it is stuck', () => {
    fc.assert(
      fc.property(someSight, minimum, (given, least) => {
        let sight: DaemonSight = given;
        for (let round = 0; round < 30; round++) sight = carriedOut(sight, planFor(sight, least), round);
        const plan = planFor(sight, least);
        assert.deepEqual([plan.start, plan.stop], [0, []]);
        if (sight.live.some(({ node = '' }) => sight.nodes.get(node) === 'silent')) return assert(!plan.isStuck);
        if (plan.isStuck) return assert(Math.ceil((countOf(sight) * least) / 100) === countOf(sight));
        for (const [name, how] of sight.nodes) {
          const own = sight.live.filter((task) => task.node === name);
          if (how === 'open') assert.deepEqual([own.length, own[0]?.isNew], [1, true]);
          if (how === 'held') assert(own.length <= 1);
        }
        assert(sight.live.every((task) => sight.nodes.has(task.node ?? '')));
      }),
      { numRuns: 500 },
    );
  });

  function countOf({ nodes: all, live }: DaemonSight): number {
    return [...all].filter(([name, how]) => how === 'open' || live.some((task) => task.node === name)).length;
  }
});
