import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PlacementModel } from '../../../../src/core/placement/engine/model.ts';
import type { PlacedPod, PlacementNode, PlacementRequest, WhyNot } from '../../../../src/core/placement/model-types.ts';
import { deepFreeze } from '../../../support/builders.ts';
import { mebi, placedPod, placementNode, placementRequest, query } from '../../../support/placement.ts';

interface Case {
  readonly nodes: readonly PlacementNode[];
  readonly pods?: readonly PlacedPod[];
  readonly request?: Partial<PlacementRequest>;
  readonly want: Pick<WhyNot, 'reason' | 'sentence'>;
}

/** Nodes 1, 2 … with so much free that is asked for. */
function nodes(count: number, overrides: Parameters<typeof placementNode>[0] = {}, first = 1): PlacementNode[] {
  return Array.from({ length: count }, (_, index) =>
    placementNode({ ...overrides, name: `ip-10-0-1-${String(first + index)}` }),
  );
}

function room(
  cpu: number,
  memoryMiB: number,
  more: Readonly<Record<string, number>> = {},
): PlacementNode['allocatable'] {
  return { cpu, memory: memoryMiB * mebi, pods: 110, ...more };
}

const spot = { nodeSelector: { group: 'spot' }, provider: { name: 'spot', labels: { group: 'spot' } } };
const zoneA = query('attribute:ecs.availability-zone == a');

const cases: Record<string, Case> = {
  'the commonest first, each node once, and the nearest miss': {
    nodes: [
      ...nodes(6, { allocatable: room(4000, 100) }),
      ...nodes(1, { allocatable: room(4000, 424) }, 7),
      ...nodes(4, { zone: 'b' }, 8),
      ...nodes(1, { standing: 'draining' }, 12),
    ],
    request: { queries: [zoneA] },
    want: {
      reason: 'RESOURCE:MEMORY',
      sentence:
        '12 nodes: 7 lack 512 MiB, 4 fail memberOf attribute:ecs.availability-zone == a, 1 draining; closest ip-10-0-1-7 lacks 88 MiB',
    },
  },
  'nodes of another capacity provider first, which are no near misses': {
    nodes: [
      ...nodes(3, { labels: { group: 'other' } }),
      ...nodes(1, { labels: { group: 'spot' }, allocatable: room(100, 424) }, 4),
      ...nodes(1, { labels: { group: 'spot' }, standing: 'draining' }, 5),
    ],
    request: spot,
    want: {
      reason: 'RESOURCE:CPU',
      sentence:
        '5 nodes: 3 not of capacity provider spot, 1 draining, 1 lacks 256 CPU units; closest ip-10-0-1-4 lacks 154 CPU units and 88 MiB',
    },
  },
  'a capacity provider without nodes, as ECS calls it': {
    nodes: nodes(2, { labels: { group: 'other' } }),
    request: spot,
    want: {
      reason: 'EMPTY CAPACITY PROVIDER',
      sentence: '2 nodes: 2 not of capacity provider spot; closest ip-10-0-1-1 is not of capacity provider spot',
    },
  },
  'CPU in the units of ECS': {
    nodes: [placementNode({ allocatable: room(1000, 8192) })],
    request: { amounts: { cpu: 2000, memory: 512 * mebi, pods: 1 } },
    want: { reason: 'RESOURCE:CPU', sentence: '1 node: 1 lacks 2048 CPU units; closest node-1 lacks 1024 CPU units' },
  },
  'what is there already takes room': {
    nodes: [placementNode({ allocatable: room(500, 1024) })],
    pods: [placedPod({ uid: 'a' }), placedPod({ uid: 'b', amounts: { cpu: 100, memory: 256 * mebi, pods: 1 } })],
    want: {
      reason: 'RESOURCE:CPU',
      sentence: '1 node: 1 lacks 256 CPU units; closest node-1 lacks 102 CPU units and 256 MiB',
    },
  },
  'a node that fails for one thing is nearer than one that fails for two': {
    nodes: [
      placementNode({ name: 'a-two', allocatable: room(4000, 500), zone: 'b' }),
      placementNode({ name: 'b-one', allocatable: room(4000, 0) }),
    ],
    request: { queries: [zoneA] },
    want: { reason: 'RESOURCE:MEMORY', sentence: '2 nodes: 2 lack 512 MiB; closest b-one lacks 512 MiB' },
  },
  'a lack counts by how much of the amount it is, not by its size': {
    nodes: [
      placementNode({ name: 'cpu', allocatable: room(200, 8192) }),
      placementNode({ name: 'memory', allocatable: room(4000, 300) }),
    ],
    want: {
      reason: 'RESOURCE:CPU',
      sentence: '2 nodes: 1 lacks 256 CPU units, 1 lacks 512 MiB; closest cpu lacks 51 CPU units',
    },
  },
  'GPUs, which few nodes have': {
    nodes: [placementNode(), placementNode({ name: 'g', allocatable: room(4000, 8192, { 'nvidia.com/gpu': 1 }) })],
    request: { amounts: { cpu: 250, 'nvidia.com/gpu': 2, pods: 1 } },
    want: { reason: 'RESOURCE:GPU', sentence: '2 nodes: 2 lack 2 GPUs; closest g lacks 1 GPU' },
  },
  'any other resource by its name': {
    nodes: [placementNode()],
    request: { amounts: { 'example.com/fpga': 1 } },
    want: {
      reason: 'RESOURCE:FPGA',
      sentence: '1 node: 1 lacks 1 example.com/fpga; closest node-1 lacks 1 example.com/fpga',
    },
  },
  'parts of a MiB as a whole one': {
    nodes: [placementNode({ allocatable: { cpu: 4000, memory: 511.5 * mebi, pods: 110 } })],
    want: { reason: 'RESOURCE:MEMORY', sentence: '1 node: 1 lacks 512 MiB; closest node-1 lacks 1 MiB' },
  },
  'disk space': {
    nodes: [placementNode({ allocatable: room(4000, 8192, { 'ephemeral-storage': 1024 * mebi }) })],
    request: { amounts: { 'ephemeral-storage': 20 * 1024 * mebi } },
    want: {
      reason: 'RESOURCE:DISK',
      sentence: '1 node: 1 lacks 20480 MiB of disk; closest node-1 lacks 19456 MiB of disk',
    },
  },
  'a node that has as many pods as it can have': {
    nodes: [placementNode({ allocatable: { ...room(4000, 8192), pods: 1 } })],
    pods: [placedPod()],
    want: {
      reason: 'RESOURCE:ENI',
      sentence: '1 node: 1 lacks room for another pod; closest node-1 lacks room for another pod',
    },
  },
  'a port that is in use': {
    nodes: nodes(2),
    pods: [
      placedPod({ uid: 'a', node: 'ip-10-0-1-1', hostPorts: ['TCP/8080'] }),
      placedPod({ uid: 'b', node: 'ip-10-0-1-2', hostPorts: ['TCP/8080'] }),
    ],
    request: { hostPorts: ['TCP/8080'] },
    want: {
      reason: 'RESOURCE:PORTS',
      sentence: '2 nodes: 2 have TCP/8080 in use; closest ip-10-0-1-1 has TCP/8080 in use',
    },
  },
  'a label that is missing': {
    nodes: nodes(2),
    request: { nodeSelector: { 'kubernetes.io/arch': 'arm64' } },
    want: {
      reason: 'ATTRIBUTE',
      sentence:
        '2 nodes: 2 lack the label kubernetes.io/arch=arm64; closest ip-10-0-1-1 lacks the label kubernetes.io/arch=arm64',
    },
  },
  'taints that are not tolerated, by taint': {
    nodes: [
      ...nodes(2, { taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] }),
      ...nodes(1, { taints: [{ key: 'spot', effect: 'NoExecute' }] }, 3),
    ],
    want: {
      reason: 'TAINT',
      sentence:
        '3 nodes: 2 have the taint dedicated=db:NoSchedule, 1 has the taint spot:NoExecute; closest ip-10-0-1-1 has the taint dedicated=db:NoSchedule',
    },
  },
  'another task of the service, where each is to have a node of its own': {
    nodes: nodes(1),
    pods: [placedPod({ node: 'ip-10-0-1-1' })],
    request: { isDistinct: true },
    want: {
      reason: 'distinctInstance',
      sentence: '1 node: 1 runs a task of service:web already; closest ip-10-0-1-1 runs a task of service:web already',
    },
  },
  'tasks that a query counts': {
    nodes: nodes(1),
    pods: [placedPod({ node: 'ip-10-0-1-1' })],
    request: { queries: [query('runningTasksCount == 0')] },
    want: {
      reason: 'MemberOf',
      sentence:
        '1 node: 1 fails memberOf runningTasksCount == 0; closest ip-10-0-1-1 fails memberOf runningTasksCount == 0',
    },
  },
  'a node that takes tasks is nearer than one that does not': {
    nodes: [...nodes(2, { standing: 'disconnected' }), ...nodes(1, { zone: 'b', allocatable: room(10, 10) }, 3)],
    request: { queries: [zoneA] },
    want: {
      reason: 'RESOURCE:CPU',
      sentence:
        '3 nodes: 2 disconnected, 1 lacks 256 CPU units; closest ip-10-0-1-3 lacks 246 CPU units and 502 MiB and fails memberOf attribute:ecs.availability-zone == a',
    },
  },
  'only nodes that drain, the first by name': {
    nodes: nodes(2, { standing: 'draining' }).toReversed(),
    want: { reason: 'NO ACTIVE INSTANCES', sentence: '2 nodes: 2 draining; closest ip-10-0-1-1 is draining' },
  },
  'no node that takes tasks, and agents that are lost': {
    nodes: [...nodes(2, { standing: 'draining' }), ...nodes(1, { standing: 'disconnected' }, 3)],
    want: { reason: 'AGENT', sentence: '3 nodes: 2 draining, 1 disconnected; closest ip-10-0-1-1 is draining' },
  },
  'no node at all': {
    nodes: [],
    want: { reason: 'NO ACTIVE INSTANCES', sentence: 'No Container Instances were found in your cluster' },
  },
  'a node that has found room since': {
    nodes: nodes(1),
    want: { reason: 'NONE', sentence: '1 node: 1 takes it' },
  },
  'more kinds of failure than a sentence should have': {
    nodes: Array.from({ length: 7 }, (_, index) =>
      placementNode({ name: `n${String(index)}`, taints: [{ key: `t${String(index)}`, effect: 'NoSchedule' }] }),
    ),
    want: {
      reason: 'TAINT',
      sentence:
        '7 nodes: 1 has the taint t0:NoSchedule, 1 has the taint t1:NoSchedule, 1 has the taint t2:NoSchedule, 1 has the taint t3:NoSchedule, 1 has the taint t4:NoSchedule, 2 for other reasons; closest n0 has the taint t0:NoSchedule',
    },
  },
};

describe('explain tells of', () => {
  for (const [sentence, { nodes: given, pods = [], request = {}, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const model = new PlacementModel();
      for (const node of deepFreeze(given)) model.putNode(node);
      for (const pod of deepFreeze(pods)) model.putPod(pod);
      const { reason, sentence: told } = model.explain(deepFreeze(placementRequest(request)));
      assert.deepEqual({ reason, sentence: told }, want);
    });
  }
});
