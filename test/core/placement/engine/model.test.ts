import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { PlacementStrategy } from '../../../../src/api/placement.ts';
import { PlacementModel } from '../../../../src/core/placement/engine/model.ts';
import type { PlacedPod, PlacementNode, PlacementRequest } from '../../../../src/core/placement/model-types.ts';
import { deepFreeze } from '../../../support/builders.ts';
import { mebi, placedPod, placementNode, placementRequest, query } from '../../../support/placement.ts';

const byZone: PlacementStrategy = { type: 'spread', field: 'attribute:ecs.availability-zone' };

/** Nodes by name, whose zone is their first letter. */
function named(names: string, overrides: Partial<PlacementNode> = {}): PlacementNode[] {
  return names.split(' ').map((name) => placementNode({ name, zone: name.charAt(0), ...overrides }));
}

/** Tasks of service web on nodes. */
function tasks(nodes: string, overrides: Partial<PlacedPod> = {}): PlacedPod[] {
  return nodes.split(' ').map((node, index) => placedPod({ uid: `${node}-${String(index)}`, node, ...overrides }));
}

function modelOf(nodes: readonly PlacementNode[], pods: readonly PlacedPod[] = []): PlacementModel {
  const model = new PlacementModel();
  for (const node of deepFreeze(nodes)) model.putNode(node);
  for (const pod of deepFreeze(pods)) model.putPod(pod);
  return model;
}

interface Case {
  readonly nodes: readonly PlacementNode[];
  readonly pods?: readonly PlacedPod[];
  readonly request?: Partial<PlacementRequest>;
  /** Undefined where no node takes it. */
  readonly want: string | undefined;
}

const db = { group: 'default/service:db' };
const nothing = { amounts: { pods: 1 } };

const cases: Record<string, Case> = {
  'by default spreads over zones, other services left out': {
    nodes: named('a1 b1 c1'),
    pods: [...tasks('a1 b1'), ...tasks('c1 c1 c1', { ...db, ...nothing })],
    want: 'c1',
  },
  'by default spreads over nodes within a zone': { nodes: named('a1 a2'), pods: tasks('a1'), want: 'a2' },
  'takes the node that is taken least where the strategy leaves it open': {
    nodes: named('a1 a2 a3'),
    pods: [...tasks('a1', db), ...tasks('a3', { ...db, amounts: { cpu: 1000, pods: 1 } })],
    request: { strategy: [byZone] },
    want: 'a2',
  },
  'tasks on a draining node do not count for its zone: they go': {
    nodes: [...named('a1', { standing: 'draining' }), ...named('a2 b1')],
    pods: tasks('a1 a1 b1'),
    want: 'a2',
  },
  'nodes without a zone have one together': {
    nodes: [{ ...placementNode({ name: 'x1' }), labels: {} }, ...named('a1')],
    pods: tasks('a1'),
    want: 'x1',
  },
  'binpack takes the node with the least memory left that still fits': {
    nodes: named('a1 a2 a3'),
    pods: [
      ...tasks('a1', { ...db, amounts: { memory: 7700 * mebi, pods: 1 } }),
      ...tasks('a2', { ...db, amounts: { memory: 7680 * mebi, pods: 1 } }),
    ],
    request: { strategy: [{ type: 'binpack', field: 'memory' }] },
    want: 'a2',
  },
  'binpack by CPU': {
    nodes: named('a1 a2 a3'),
    pods: [
      ...tasks('a1', { ...db, amounts: { memory: 4096 * mebi, pods: 1 } }),
      ...tasks('a2', { ...db, amounts: { cpu: 500, pods: 1 } }),
    ],
    request: { strategy: [{ type: 'binpack', field: 'CPU' }] },
    want: 'a2',
  },
  'binpack opens no second node for tasks that take nothing of what is packed': {
    nodes: named('a1 a2 a3'),
    pods: tasks('a2', nothing),
    request: { ...nothing, strategy: [{ type: 'binpack', field: 'cpu' }] },
    want: 'a2',
  },
  'the second entry decides between what is equal by the first': {
    nodes: named('a1 a2 b1'),
    pods: [...tasks('a1', db), ...tasks('b1')],
    request: { strategy: [byZone, { type: 'binpack', field: 'memory' }] },
    want: 'a1',
  },
  'distinctInstance keeps off nodes with a task of the service': {
    nodes: named('a1 a2'),
    pods: [...tasks('a1'), ...tasks('a2 a2', { ...db, amounts: { cpu: 1500, pods: 1 } })],
    request: { isDistinct: true, strategy: [byZone] },
    want: 'a2',
  },
  'distinctInstance waits where each node has one': {
    nodes: named('a1 a2'),
    pods: tasks('a1 a2'),
    request: { isDistinct: true },
    want: undefined,
  },
  'distinctInstance counts tasks that do not run yet': {
    nodes: named('a1'),
    pods: tasks('a1', { isRunning: false }),
    request: { isDistinct: true },
    want: undefined,
  },
  'memberOf by an attribute, however crowded its nodes are': {
    nodes: named('a1 b1'),
    pods: tasks('b1 b1 b1'),
    request: { queries: [query('attribute:ecs.availability-zone == b')] },
    want: 'b1',
  },
  'attribute:x != v excludes nodes without x': {
    nodes: named('a1'),
    request: { queries: [query('attribute:rack != r1')] },
    want: undefined,
  },
  'not(attribute:x == v) includes them': {
    nodes: named('a1'),
    request: { queries: [query('not(attribute:rack == r1)')] },
    want: 'a1',
  },
  'task:group is meant in the namespace of the task': {
    nodes: named('a1 b1'),
    pods: [...tasks('a1', { group: 'other/service:db', ...nothing }), ...tasks('b1 b1', db)],
    request: { queries: [query('task:group == service:db')] },
    want: 'b1',
  },
  'runningTasksCount counts tasks that run, and no pods of others': {
    nodes: named('a1 b1'),
    pods: [
      ...tasks('a1', { ...db, isRunning: false }),
      ...tasks('a1 a1', { group: undefined, uid: 'other' }),
      ...tasks('b1', db),
    ],
    request: { queries: [query('runningTasksCount < 1')] },
    want: 'a1',
  },
  'pods of others take room': {
    nodes: named('a1'),
    pods: tasks('a1', { group: undefined, amounts: { cpu: 3800, pods: 1 } }),
    want: undefined,
  },
  'a node that is overdrawn takes what needs nothing of it': {
    nodes: named('a1'),
    pods: tasks('a1', { amounts: { cpu: 5000, pods: 1 } }),
    request: nothing,
    want: 'a1',
  },
  'a port of the node is used once': {
    nodes: named('a1 b1'),
    pods: [...tasks('a1', { ...db, hostPorts: ['TCP/80'] }), ...tasks('b1 b1')],
    request: { hostPorts: ['TCP/80'] },
    want: 'b1',
  },
  'ports of another protocol do not matter': {
    nodes: named('a1'),
    pods: tasks('a1', { hostPorts: ['UDP/80'] }),
    request: { hostPorts: ['TCP/80'] },
    want: 'a1',
  },
  'NoSchedule and NoExecute keep tasks off': {
    nodes: [
      ...named('a1', { taints: [{ key: 'x', effect: 'NoSchedule' }] }),
      ...named('a2', { taints: [{ key: 'x', effect: 'NoExecute' }] }),
    ],
    want: undefined,
  },
  'PreferNoSchedule does not': {
    nodes: named('a1', { taints: [{ key: 'x', effect: 'PreferNoSchedule' }] }),
    want: 'a1',
  },
  'a taint is tolerated by key and value': {
    nodes: named('a1', { taints: [{ key: 'x', value: 'v', effect: 'NoSchedule' }] }),
    request: { tolerations: [{ key: 'x', operator: 'Equal', value: 'v', effect: 'NoSchedule' }] },
    want: 'a1',
  },
  'not by another value': {
    nodes: named('a1', { taints: [{ key: 'x', value: 'v', effect: 'NoSchedule' }] }),
    request: { tolerations: [{ key: 'x', value: 'w' }] },
    want: undefined,
  },
  'not for another effect': {
    nodes: named('a1', { taints: [{ key: 'x', effect: 'NoExecute' }] }),
    request: { tolerations: [{ key: 'x', operator: 'Exists', effect: 'NoSchedule' }] },
    want: undefined,
  },
  'not by an operator that is not known': {
    nodes: named('a1', { taints: [{ key: 'x', value: '3', effect: 'NoSchedule' }] }),
    request: { tolerations: [{ key: 'x', operator: 'Gt', value: '3' }] },
    want: undefined,
  },
  'no key needs Exists': {
    nodes: named('a1', { taints: [{ key: 'x', effect: 'NoSchedule' }] }),
    request: { tolerations: [{ value: '' }] },
    want: undefined,
  },
  'GPUs where there are some': {
    nodes: [...named('a1 a2'), placementNode({ name: 'g1', allocatable: { pods: 9, 'nvidia.com/gpu': 1 } })],
    request: { amounts: { 'nvidia.com/gpu': 1, pods: 1 } },
    want: 'g1',
  },
};

describe('place', () => {
  for (const [sentence, { nodes, pods = [], request = {}, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(modelOf(nodes, pods).place(deepFreeze(placementRequest(request))), want);
    });
  }

  it('counts what it has placed, and no more once that is released', () => {
    const model = modelOf(named('a1', { allocatable: { cpu: 250, memory: 512 * mebi, pods: 9 } }));
    assert.equal(model.place(placementRequest({ uid: 'one' })), 'a1');
    assert.equal(model.place(placementRequest({ uid: 'two' })), undefined);
    model.release('one');
    assert.equal(model.place(placementRequest({ uid: 'two' })), 'a1');
  });

  it('places a task anew that had a place already', () => {
    const model = modelOf(named('a1', { allocatable: { cpu: 250, memory: 512 * mebi, pods: 9 } }));
    assert.equal(model.place(placementRequest()), 'a1');
    assert.equal(model.place(placementRequest()), 'a1');
  });

  it('takes the pod of a task for the task that it placed', () => {
    const model = modelOf(named('a1', { allocatable: { cpu: 500, memory: 1024 * mebi, pods: 9 } }));
    model.place(placementRequest({ uid: 'one' }));
    model.putPod(placedPod({ uid: 'one', node: 'a1' }));
    assert.equal(model.fits(placementRequest({ uid: 'two' })), true);
  });

  it('knows of pods whose node comes after them, and comes back', () => {
    const nodes = named('a1', { allocatable: { cpu: 250, memory: 512 * mebi, pods: 9 } });
    const model = modelOf([], tasks('a1'));
    for (const node of nodes) model.putNode(node);
    assert.equal(model.fits(placementRequest()), false);
    model.removeNode('a1');
    for (const node of nodes) model.putNode(node);
    assert.equal(model.fits(placementRequest()), false);
  });

  it('spreads at random, but the same task always goes to the same node', () => {
    const nodes = named('a1 a2 a3 a4 a5');
    const places = Array.from({ length: 100 }, (_, index) =>
      modelOf(nodes).place(placementRequest({ uid: String(index), strategy: [{ type: 'random' }] })),
    );
    const again = Array.from({ length: 100 }, (_, index) =>
      modelOf(nodes.toReversed()).place(placementRequest({ uid: String(index), strategy: [{ type: 'random' }] })),
    );
    assert.deepEqual(again, places);
    for (const { name } of nodes) assert.ok(places.filter((place) => place === name).length > 8);
  });

  it('tells scale-in what it asks of a node', () => {
    const model = modelOf(named('a1'), [...tasks('a1'), ...tasks('a2')]);
    const labels = { 'topology.kubernetes.io/zone': 'a' };
    assert.deepEqual(model.findNode('a1'), { labels, free: { cpu: 3750, memory: 7680 * mebi } });
    assert.deepEqual([model.findNode('a2'), model.findNode('a3')], [undefined, undefined]);
  });

  it('does not depend on the order in which it was told', () => {
    const nodes = named('a1 a2 b1 b2 c1');
    const requests = Array.from({ length: 12 }, (_, index) => placementRequest({ uid: String(index) }));
    const placesOf = (all: readonly PlacementNode[]): unknown[] => {
      const model = modelOf(all);
      return requests.map((request) => model.place(request));
    };
    const want = placesOf(nodes);
    const orders = fc.shuffledSubarray(nodes, { minLength: nodes.length });
    fc.assert(fc.property(orders, (order) => assert.deepEqual(placesOf(order), want)));
  });

  it('spreads over zones so that they differ by one at most, wherever there is room', () => {
    const sizes = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 60 }), fc.constantFrom([], [byZone]), (zones, count, strategy) => {
        const model = modelOf(zones.map((zone, index) => placementNode({ name: `${zone}${String(index)}`, zone })));
        const perZone = new Map<string, number>(zones.map((zone) => [zone, 0]));
        for (let index = 0; index < count; index++) {
          const request = placementRequest({ uid: String(index), strategy, ...nothing });
          const zone = model.place(request)?.charAt(0) ?? '';
          perZone.set(zone, (perZone.get(zone) ?? 0) + 1);
        }
        const counts = [...perZone.values()];
        assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
      }),
    );
  });

  it('packs so that no node is opened while one that is in use has room', () => {
    const sizes = fc.array(fc.record({ cpu: fc.constantFrom(0, 500, 1500, 4000), memory: fc.nat(8) }), {
      maxLength: 40,
    });
    const fields = fc.constantFrom('cpu', 'memory');
    fc.assert(
      fc.property(sizes, fields, (amounts, field) => {
        const model = modelOf(named('a1 a2 a3 a4 a5 a6'));
        const used = new Map<string, { cpu: number; memory: number }>();
        for (const [index, { cpu, memory }] of amounts.entries()) {
          const asked = { cpu, memory: memory * 1024 * mebi, pods: 1 };
          const strategy = [{ type: 'binpack', field } as const];
          const name = model.place(placementRequest({ uid: String(index), amounts: asked, strategy }));
          if (name === undefined) continue;
          const room = [...used.values()].some((taken) => taken.cpu + cpu <= 4000 && taken.memory + memory <= 8);
          assert.ok(used.has(name) || !room);
          const taken = used.get(name) ?? { cpu: 0, memory: 0 };
          used.set(name, { cpu: taken.cpu + cpu, memory: taken.memory + memory });
        }
      }),
    );
  });
});
