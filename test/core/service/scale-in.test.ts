import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { PlacementStrategy } from '../../../src/api/placement.ts';
import { defined } from '../../../src/base/defined.ts';
import { countByProvider, providerToLeave, type StrategyItem } from '../../../src/core/capacity/strategy.ts';
import { planService } from '../../../src/core/service/plan.ts';
import { scaleInKeeping, scaleInOf, type ProvidedTask } from '../../../src/core/service/scale-in.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import { deepFreeze, node, nodesNamed, noTerms, service, taskView } from '../../support/builders.ts';
import { byStrategy, strategy } from '../../support/capacity.ts';
import { rolling, first, serviceWorld } from '../../support/world.ts';

/** In zone `a` are a1 and a2, in `b` are b1 and b2, in `c` is c1. */
const nodes = nodesNamed(
  ...['a1', 'a2', 'b1', 'b2', 'c1'].map((name) =>
    node(name, { metadata: { labels: { 'topology.kubernetes.io/zone': name.charAt(0), rack: name.charAt(1) } } }),
  ),
);

const byNode: PlacementStrategy = { type: 'spread', field: 'instanceId' };
const byRack: PlacementStrategy = { type: 'spread', field: 'attribute:rack' };
const packed: PlacementStrategy = { type: 'binpack', field: 'memory' };

/** A world of tasks, each by its id and its node: `1@a1 2@b1`, and behind that its provider: `3@b1/compute`. */
function worldOf(told: string, overrides: Partial<ServiceWorld> = {}): ServiceWorld {
  const tasks = told.split(' ').map((each, index) => {
    const [, id = '', on = '', provider] = /^(\w+)@(\w+)(?:\/(\w+))?$/.exec(each) ?? [];
    return taskView({ id, launch: index + 1, node: on, ...defined('provider', provider) });
  });
  return serviceWorld({ service: service({ desiredCount: 0 }), nodes, tasks, ...overrides });
}

function placedBy(...entries: readonly PlacementStrategy[]): Pick<ServiceWorld, 'placement'> {
  return { placement: { ...noTerms, strategy: entries } };
}

function stopped(world: ServiceWorld): string {
  return planService(world)
    .steps.flatMap((step) => (step.kind === 'stopTask' ? [step.task.id] : []))
    .join(' ');
}

describe('A service that scales in', () => {
  const cases: Record<string, { readonly world: ServiceWorld; readonly want: string }> = {
    'takes from the zone, then from the node with most tasks': {
      world: worldOf('1@a2 2@a1 3@a1 4@b1 5@b1'),
      want: '2 4 1 3 5',
    },
    'takes from the node with most tasks where it is spread over nodes alone': {
      world: worldOf('1@a2 2@a1 3@b1 4@b1', placedBy(byNode)),
      want: '3 1 2 4',
    },
    'keeps an attribute of its nodes even': {
      world: worldOf('1@a1 2@a2 3@b2 4@b2', placedBy(byRack)),
      want: '2 3 1 4',
    },
    'empties first the node with the fewest tasks where it packs': {
      world: worldOf('1@a1 2@a1 3@b1 4@c1 5@c1', placedBy(packed)),
      want: '3 1 2 4 5',
    },
    'empties first the node with most free where that is known': {
      world: worldOf('1@a1 2@a1 3@b1 4@c1 5@c1', {
        ...placedBy(packed),
        freeOn: (name) => ({ memory: ['b1', 'a1', 'c1'].indexOf(name) }),
      }),
      want: '4 5 1 2 3',
    },
    'takes from nodes that are silent before all others': {
      world: worldOf('1@a1 2@a1 3@gone', { nodeLossMs: 1_000_000 }),
      want: '3 1 2',
    },
    'takes from the provider that gives one up, and there from the zone with most': {
      world: worldOf('1@b1/general 2@a1/general 3@a2/general 4@b2/compute', {
        capacity: byStrategy('general:1', 'compute:1'),
      }),
      want: '2 1 4 3',
    },
    'keeps the zones of each provider even by themselves': {
      world: worldOf('1@a1/general 2@b1/general 3@b2/general 4@a1/compute 5@a2/compute 6@a2/compute', {
        capacity: byStrategy('general:1', 'compute:1'),
      }),
      want: '5 2 4 1 6 3',
    },
    'stops old tasks in the same order': {
      world: worldOf('1@b1 2@a1 3@a2', {
        ...rolling,
        tasks: worldOf('1@b1 2@a1 3@a2').tasks.map((task) => ({ ...task, deployment: first.digits })),
      }),
      want: '2 1 3',
    },
  };
  for (const [sentence, { world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(stopped(world), want);
    });
  }
});

const strategies = fc.constantFrom<readonly StrategyItem[]>(
  [],
  strategy('x:1'),
  strategy('x:1:2', 'y:4'),
  strategy('x:0:1', 'y:1', 'z:3'),
);

const entries = fc.uniqueArray(fc.constantFrom(byNode, byRack, packed), { maxLength: 3 });

const task = fc.record({
  node: fc.option(fc.constantFrom('a1', 'a2', 'b1', 'b2', 'c1', 'gone'), { nil: undefined, freq: 8 }),
  rank: fc.oneof({ weight: 4, arbitrary: fc.constant(4) }, fc.nat(4)),
  provider: fc.constantFrom('x', 'y', 'z', 'strange', undefined),
});

const tasks: fc.Arbitrary<readonly ProvidedTask[]> = fc
  .array(task, { maxLength: 30, size: 'max' })
  .map((all) => all.map((each, index) => ({ id: `t${String(index).padStart(2, '0')}`, ...each })));

function numberOf(all: readonly ProvidedTask[], of: (each: ProvidedTask) => string): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(all, of)].map(([name, same]) => [name, same.length]));
}

/** How far apart the most and the fewest are, over what `all` had. */
function gap(left: readonly ProvidedTask[], all: readonly ProvidedTask[], of: (each: ProvidedTask) => string): number {
  const counts = numberOf(left, of);
  const each = [...numberOf(all, of).keys()].map((name) => counts.get(name) ?? 0);
  return Math.max(0, ...each) - Math.min(...each);
}

describe('Scale-in', () => {
  const scaleIn = (
    shares: readonly StrategyItem[],
    ...by: readonly PlacementStrategy[]
  ): ReturnType<typeof scaleInOf> => scaleInOf(worldOf('1@a1', placedBy(...by)), shares);

  it('takes ranks in order, as many tasks as are asked for, each once, in whatever order they are', () => {
    fc.assert(
      fc.property(tasks, fc.nat(32), fc.tuple(strategies, entries), (all, count, [shares, by]) => {
        const stop = scaleIn(shares, ...by)(deepFreeze(all), count);
        assert.equal(new Set(stop).size, Math.min(count, all.length));
        const ranks = stop.map((id) => all.find((each) => each.id === id)?.rank ?? -1);
        const inOrder = all.map(({ rank }) => rank).toSorted((a, b) => a - b);
        assert.deepEqual(ranks, inOrder.slice(0, count));
        assert.deepEqual(scaleIn(shares, ...by)(all.toReversed(), count), stop);
      }),
      { numRuns: 500 },
    );
  });

  it('takes from the providers as they give tasks up, one after the other', () => {
    fc.assert(
      fc.property(tasks, fc.nat(32), strategies, (some, count, shares) => {
        if (shares.length === 0) return;
        const all = some.map((each) => ({ ...each, rank: 0, provider: each.provider ?? 'x' }));
        const counts = new Map([...countByProvider(all)].toSorted(([a], [b]) => (a < b ? -1 : 1)));
        for (const id of scaleIn(shares)(all, count)) {
          const provider = all.find((each) => each.id === id)?.provider ?? '';
          assert.equal(provider, providerToLeave(shares, counts));
          counts.set(provider, (counts.get(provider) ?? 0) - 1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes from the providers of the lowest rank alone, and counts the tasks of all ranks', () => {
    const held = ['x', 'x', 'x', 'y'].map((provider, index) => ({ id: String(index), node: 'a1', rank: 4, provider }));
    const pending = ['y', 'x'].map((provider) => ({ id: `slow-${provider}`, node: undefined, rank: 0, provider }));
    const stop = scaleIn(strategy('x:1', 'y:1'))([...held, ...pending], 4);
    assert.deepEqual(stop, ['slow-x', 'slow-y', '0', '1']);
  });

  it('keeps a provider whose tasks are all protected out of it', () => {
    const protectedOne = { id: '1', node: 'a1', rank: 4, provider: 'x', isProtected: true };
    const stop = scaleIn(strategy('x:1', 'y:1'))([protectedOne, { id: '2', node: 'a1', rank: 4, provider: 'y' }], 2);
    assert.deepEqual(stop, ['2']);
  });

  it('never leaves zones, or nodes, further apart than they were, or than one', () => {
    const zoneOf = ({ node: on = '' }: ProvidedTask): string => on.charAt(0);
    const nodeOf = ({ node: on = '' }: ProvidedTask): string => on;
    fc.assert(
      fc.property(tasks, fc.nat(32), (some, count) => {
        const all = some.filter((each) => each.node !== undefined).map((each) => ({ ...each, rank: 4 }));
        for (const [of, by] of [
          [zoneOf, []],
          [nodeOf, [byNode]],
        ] as const) {
          const stop = new Set(scaleIn([], ...by)(all, count));
          const left = all.filter(({ id }) => !stop.has(id));
          assert(gap(left, all, of) <= Math.max(1, gap(all, all, of)));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes nodes that are gone for one zone', () => {
    const all = ['a1', 'gone', 'lost'].map((on, index) => ({ id: String(index), node: on, rank: 4 }));
    assert.deepEqual(scaleIn([])(all, 2), ['1', '0']);
  });

  it('without providers is the strategy alone', () => {
    const byId = scaleInKeeping([], (all, count) => all.map(({ id }) => id).slice(0, count));
    const given = [
      { id: '2', node: 'a1', rank: 1, provider: 'x' },
      { id: '1', node: 'a1', rank: 1 },
    ];
    assert.deepEqual(byId(given, 2), ['2', '1']);
  });
});
