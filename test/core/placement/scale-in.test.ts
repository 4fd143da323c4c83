import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { PlacementStrategy } from '../../../src/api/placement.ts';
import { scaleInBy, type ScaleInNode, type ScaleInTask } from '../../../src/core/placement/scale-in.ts';
import { deepFreeze } from '../../support/builders.ts';

const byZone: PlacementStrategy = { type: 'spread', field: 'attribute:ecs.availability-zone' };
const byNode: PlacementStrategy = { type: 'spread', field: 'instanceId' };
const packed: PlacementStrategy = { type: 'binpack', field: 'memory' };

const pending = { rank: 0 };
const unhealthy = { rank: 1 };

function on(node: string | undefined, ids: string, state: Partial<ScaleInTask> = {}): ScaleInTask[] {
  return ids.split(' ').map((id) => ({ id, node, rank: 2, ...state }));
}

/** The zone of a node is the first letter of its name. */
function zoned(free: Readonly<Record<string, number>> = {}): (name: string) => ScaleInNode {
  return (name) => ({
    labels: { 'topology.kubernetes.io/zone': name.charAt(0) },
    free: { cpu: 0, memory: free[name] ?? 0 },
  });
}

interface Case {
  readonly strategy?: readonly PlacementStrategy[];
  readonly free?: Readonly<Record<string, number>>;
  readonly tasks: readonly ScaleInTask[];
  readonly count: number;
  readonly want: string;
}

const cases: Record<string, Case> = {
  'takes from the zone with most tasks, and between equal ones by id': {
    strategy: [byZone],
    tasks: [...on('a1', '1 2 3'), ...on('b1', '4 5'), ...on('b2', '6')],
    count: 3,
    want: '1 4 2',
  },
  'without a strategy takes from the zone, then from the node with most tasks': {
    tasks: [...on('a1', '3 4'), ...on('a2', '1'), ...on('b1', '2')],
    count: 2,
    want: '3 1',
  },
  'takes from the node that has most free, until it is empty': {
    strategy: [packed],
    free: { a1: 1, b1: 2 },
    tasks: [...on('a1', '1 2'), ...on('b1', '3 4')],
    count: 3,
    want: '3 4 1',
  },
  'of nodes with as much free goes on with the one it began with': {
    strategy: [packed],
    tasks: [...on('a1', '2 3'), ...on('b1', '1 4')],
    count: 3,
    want: '1 4 2',
  },
  'of nodes with as much free begins with the one that has fewest tasks': {
    strategy: [packed],
    tasks: [...on('a1', '1 2'), ...on('b1', '3')],
    count: 1,
    want: '3',
  },
  'keeps zones even, and empties nodes within them': {
    strategy: [byZone, packed],
    free: { a1: 1, a2: 5, b1: 3 },
    tasks: [...on('a1', '1 2'), ...on('a2', '3 4'), ...on('b1', '5 6 7')],
    count: 4,
    want: '3 4 5 6',
  },
  'spread over nodes alone does not see zones': {
    strategy: [byNode],
    tasks: [...on('a1', '1 2'), ...on('a2', '3 4'), ...on('b1', '5 6 7')],
    count: 2,
    want: '5 1',
  },
  'random goes by id': {
    strategy: [{ type: 'random' }],
    tasks: [...on('a1', '4 2'), ...on('b1', '3 1')],
    count: 3,
    want: '1 2 3',
  },
  'pending tasks go before unhealthy ones, and those before the others': {
    tasks: [...on('a1', '1 2 3'), ...on('b1', '4', unhealthy), ...on('b2', '5', pending)],
    count: 3,
    want: '5 4 1',
  },
  'tasks without a node go first': {
    tasks: [...on('a1', '1', pending), ...on(undefined, '3 2', pending)],
    count: 2,
    want: '2 3',
  },
  'a task that is gone counts for its zone no more': {
    tasks: [...on('a1', '1 2'), ...on('b1', '3'), ...on('b1', '8 9', pending)],
    count: 3,
    want: '8 9 1',
  },
  'protected tasks stay, and count': {
    tasks: [...on('a1', '1 2', { isProtected: true }), ...on('a2', '3'), ...on('b1', '4 5')],
    count: 5,
    want: '3 4 5',
  },
  'nodes without the attribute have one value together': {
    strategy: [{ type: 'spread', field: 'attribute:rack' }],
    tasks: [...on('a1', '2'), ...on('b1', '1')],
    count: 1,
    want: '1',
  },
  'no more than there are': { tasks: on('a1', '1'), count: 3, want: '1' },
  'none when none are to stop': { tasks: on(undefined, '1 2 3'), count: 0, want: '' },
  'none when some are missing': { tasks: on(undefined, '1 2 3'), count: -1, want: '' },
};

const entry = fc.constantFrom<PlacementStrategy>(byZone, byNode, packed, { type: 'random' });

const task = fc.record({
  node: fc.option(fc.constantFrom('a1', 'a2', 'b1', 'b2', 'c1'), { nil: undefined, freq: 8 }),
  rank: fc.nat(2),
  isProtected: fc.boolean(),
});

const tasks: fc.Arbitrary<readonly ScaleInTask[]> = fc
  .array(task, { maxLength: 25 })
  .map((all) => all.map((each, index) => ({ id: `t${String(index).padStart(2, '0')}`, ...each })));

/** One after the other, looking at all that are left each time. */
function oneByOne(strategy: readonly PlacementStrategy[], all: readonly ScaleInTask[], free: Case['free']): string[] {
  const rules = strategy.length === 0 ? [byZone, byNode] : strategy;
  const packs = rules.some(({ type }) => type === 'binpack');
  const chosen: string[] = [];
  for (;;) {
    const left = all.filter(({ id }) => !chosen.includes(id));
    const alike = (isAlike: (other: ScaleInTask) => boolean): number =>
      left.filter((other) => other.node !== undefined && isAlike(other)).length;
    const ranked = left
      .filter(({ isProtected }) => isProtected !== true)
      .map(({ id, node, rank }) => {
        const here = alike((other) => other.node === node);
        const zone = alike((other) => other.node?.charAt(0) === node?.charAt(0));
        const by = rules.map((rule) => {
          if (rule.type === 'random') return 0;
          if (rule.type === 'binpack') return -(free?.[node ?? ''] ?? 0);
          return rule.field === 'instanceId' ? -here : -zone;
        });
        return {
          id,
          keys: [rank, node === undefined ? 0 : 1, ...(node === undefined ? [] : [...by, packs ? here : 0])],
        };
      })
      .toSorted((a, b) => {
        const at = a.keys.findIndex((key, index) => key !== b.keys[index]);
        return at < 0 ? (a.id < b.id ? -1 : 1) : (a.keys[at] ?? 0) - (b.keys[at] ?? 0);
      });
    const [first] = ranked;
    if (!first) return chosen;
    chosen.push(first.id);
  }
}

describe('scaleInBy', () => {
  for (const [sentence, { strategy = [], free, tasks: given, count, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const chosen = scaleInBy(strategy, zoned(free))(deepFreeze(given), count);
      assert.equal(chosen.join(' '), want);
    });
  }

  it('chooses as one who looks at all tasks each time', () => {
    const free = { a1: 3, a2: 1, b1: 3, b2: 0, c1: 2 };
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 3 }), tasks, fc.nat(25), (strategy, all, count) => {
        const want = oneByOne(strategy, all, free).slice(0, count);
        assert.deepEqual(scaleInBy(strategy, zoned(free))(deepFreeze(all), count), want);
      }),
      { numRuns: 500 },
    );
  });

  it('takes a node that is gone for one without attributes', () => {
    const chosen = scaleInBy([byZone], () => undefined)(on('a1', '2 1'), 1);
    assert.deepEqual(chosen, ['1']);
  });
});
