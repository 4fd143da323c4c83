import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { PlacementStrategy } from '../../../../src/api/placement.ts';
import type { Toleration } from '../../../../src/core/capacity/tolerations.ts';
import type { LaneLimits } from '../../../../src/core/placement/engine/lanes.ts';
import { PlacementModel } from '../../../../src/core/placement/engine/model.ts';
import type { PlacedPod, PlacementNode, PlacementRequest } from '../../../../src/core/placement/model-types.ts';
import { deepFreeze } from '../../../support/builders.ts';
import { query } from '../../../support/placement.ts';
import { PlacementOracle } from '../../../support/placement-oracle.ts';

type Operation =
  | { readonly kind: 'putNode'; readonly node: PlacementNode }
  | { readonly kind: 'removeNode'; readonly name: string }
  | { readonly kind: 'putPod'; readonly pod: PlacedPod }
  | { readonly kind: 'removePod'; readonly uid: string }
  | { readonly kind: 'place'; readonly request: PlacementRequest }
  | { readonly kind: 'explain'; readonly request: PlacementRequest };

const names = Array.from({ length: 14 }, (_, index) => `node-${String(index)}`);
const groups = ['ns/service:web', 'ns/service:db', 'other/service:web'];
const uids = Array.from({ length: 60 }, (_, index) => `uid-${String(index)}`);
const gpu = 'nvidia.com/gpu';

const name = fc.constantFrom(...names);
const uid = fc.constantFrom(...uids);
const group = fc.constantFrom(...groups);
const hostPorts = fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.subarray(['TCP/80', 'UDP/80', 'TCP/443']));

/** A choice in which the first is common. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, fc.constantFrom(usual, ...others));
}

const taint = fc.record({
  key: fc.constantFrom('dedicated', 'spot'),
  value: fc.constantFrom('db', 'web'),
  effect: fc.constantFrom('NoSchedule', 'NoExecute', 'PreferNoSchedule'),
});

const toleration: fc.Arbitrary<Toleration> = fc.constantFrom(
  { operator: 'Exists' },
  { key: 'dedicated', operator: 'Exists' },
  { key: 'dedicated', operator: 'Equal', value: 'db' },
  { key: 'spot', value: 'web', effect: 'NoSchedule' },
);

const node: fc.Arbitrary<PlacementNode> = fc
  .record({
    name,
    zone: mostly<string | undefined>('a', 'b', 'c', undefined),
    rack: mostly<string | undefined>(undefined, 'r1', 'r2'),
    taints: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(taint, { maxLength: 2 })),
    allocatable: fc.record({
      cpu: fc.constantFrom(2000, 4000),
      memory: fc.constantFrom(2000, 4000, 8000),
      pods: fc.constantFrom(3, 110),
    }),
    gpus: mostly(0, 1, 2),
    standing: mostly<PlacementNode['standing']>('active', 'draining', 'disconnected'),
  })
  .map(({ zone, rack, allocatable, gpus, ...rest }) => ({
    ...rest,
    labels: {
      ...(zone !== undefined && { 'topology.kubernetes.io/zone': zone }),
      ...(rack !== undefined && { rack }),
    },
    allocatable: { ...allocatable, ...(gpus > 0 && { [gpu]: gpus }) },
    ec2InstanceId: undefined,
    registeredAtMs: 0,
  }));

const amounts = fc
  .record({ cpu: mostly(250, 0, 1000, 2000), memory: mostly(500, 0, 1000, 4000), gpus: mostly(0, 1) })
  .map(({ cpu, memory, gpus }) => ({ cpu, memory, pods: 1, ...(gpus > 0 && { [gpu]: gpus }) }));

const pod: fc.Arbitrary<PlacedPod> = fc.record({
  uid,
  node: name,
  group: fc.option(group, { nil: undefined, freq: 4 }),
  isRunning: fc.boolean(),
  amounts,
  hostPorts,
});

const entry: fc.Arbitrary<PlacementStrategy> = fc.constantFrom<PlacementStrategy>(
  { type: 'spread', field: 'attribute:ecs.availability-zone' },
  { type: 'spread', field: 'attribute:rack' },
  { type: 'spread', field: 'instanceId' },
  { type: 'spread', field: 'host' },
  { type: 'binpack', field: 'cpu' },
  { type: 'binpack', field: 'Memory' },
  { type: 'random' },
);

const queries = [
  'attribute:ecs.availability-zone in [a, b]',
  'attribute:rack exists',
  'attribute:rack != r1',
  'task:group == service:web',
  'not(task:group == service:db)',
  'runningTasksCount < 2',
  'attribute:rack !exists or runningTasksCount == 0',
].map(query);

const request: fc.Arbitrary<PlacementRequest> = fc.record({
  uid,
  group,
  amounts,
  hostPorts,
  nodeSelector: mostly<Readonly<Record<string, string>>>({}, { rack: 'r1' }),
  tolerations: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(toleration, { maxLength: 2 })),
  strategy: fc.array(entry, { maxLength: 3 }),
  queries: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.subarray(queries, { maxLength: 2 })),
  isDistinct: mostly(false, true),
});

/** One member of a request, as another has it. */
const variation: fc.Arbitrary<Partial<PlacementRequest>> = fc
  .record({ request, member: fc.constantFrom('group', 'amounts', 'strategy', 'queries', 'isDistinct', 'tolerations') })
  .map(({ request: other, member }) => ({ [member]: other[member as keyof PlacementRequest] }));

/** A few requests that come again and again, with variations, so that lanes live to see changes and are not mixed up. */
const operations = fc.array(request, { minLength: 1, maxLength: 6 }).chain((requests) => {
  const changes = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, variation);
  const again = fc
    .record({ one: fc.constantFrom(...requests), uid, changes })
    .map(({ one, uid: own, changes: other }) => ({ ...one, ...other, uid: own }));
  return fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('putNode'), node }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('removeNode'), name }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('putPod'), pod }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('removePod'), uid }) },
      { weight: 12, arbitrary: fc.record({ kind: fc.constant('place'), request: again }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('explain'), request }) },
    ),
    { minLength: 20, maxLength: 150, size: 'max' },
  );
}) as fc.Arbitrary<readonly Operation[]>;

/** Small enough that blocks split and merge, lanes are forgotten, and groups outgrow the lane they share. */
const limits: fc.Arbitrary<LaneLimits> = fc.record({
  lanes: fc.constantFrom(1, 2, 64),
  touched: fc.constantFrom(0, 1, 3, 128),
  blockSize: fc.constantFrom(2, 3, 4, 64),
});

/** What both say when they are told the same. */
function answers(model: PlacementModel, oracle: PlacementOracle, operation: Operation): readonly [unknown, unknown] {
  switch (operation.kind) {
    case 'putNode':
      oracle.nodes.set(operation.node.name, operation.node);
      return [model.putNode(operation.node), undefined];
    case 'removeNode':
      oracle.nodes.delete(operation.name);
      return [model.removeNode(operation.name), undefined];
    case 'putPod':
      oracle.pods.set(operation.pod.uid, operation.pod);
      return [model.putPod(operation.pod), undefined];
    case 'removePod':
      oracle.pods.delete(operation.uid);
      return [model.removePod(operation.uid), undefined];
    case 'place':
      return [model.place(operation.request), oracle.place(operation.request)];
    case 'explain':
      return [surveyed(model, operation.request), counted(oracle, operation.request)];
  }
}

interface Survey {
  readonly fits: boolean;
  readonly nodes: number;
  readonly takers: number;
}

/** Each node counts once, and fails for something exactly if it does not take the task. */
function surveyed(model: PlacementModel, asked: PlacementRequest): Survey {
  const { counts } = model.explain(asked);
  const sum = (some: typeof counts): number => some.reduce((all, each) => all + each.nodes, 0);
  const takers = sum(counts.filter(({ reason }) => reason === 'NONE'));
  return { fits: model.fits(asked), nodes: sum(counts), takers };
}

function counted(oracle: PlacementOracle, asked: PlacementRequest): Survey {
  const takers = [...oracle.nodes.values()].filter((each) => oracle.canTake(each, asked)).length;
  return { fits: takers > 0, nodes: oracle.nodes.size, takers };
}

describe('PlacementModel', function () {
  this.timeout(60_000);

  it('places, and says what fails, as one who looks at all nodes and all pods each time', () => {
    fc.assert(
      fc.property(operations, limits, (all, given) => {
        const [model, oracle] = [new PlacementModel(given), new PlacementOracle()];
        for (const operation of deepFreeze(all)) {
          const [found, want] = answers(model, oracle, operation);
          assert.deepEqual(found, want);
        }
      }),
      { numRuns: 300 },
    );
  });
});
