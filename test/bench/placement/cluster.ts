import type { PlacementStrategy } from '../../../src/api/placement.ts';
import type { PlacedPod, PlacementNode, PlacementRequest } from '../../../src/core/placement/model-types.ts';

const zones = ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'];
const mebi = 1024 * 1024;

/** As node groups of two sizes have them: 4 and 8 vCPU, 16 and 32 GiB. */
export function nodes(count: number): PlacementNode[] {
  return Array.from({ length: count }, (_, index) => {
    const size = 1 + (index % 2);
    return {
      name: `ip-10-${String(index >> 8)}-${String(index & 255)}`,
      labels: {
        'topology.kubernetes.io/zone': zones[index % zones.length] ?? '',
        'node.kubernetes.io/instance-type': `m6i.${size === 1 ? '' : '2'}xlarge`,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
      },
      taints: [],
      allocatable: { cpu: size * 4000, memory: size * 16 * 1024 * mebi, pods: 58 },
      standing: 'active',
      ec2InstanceId: undefined,
      registeredAtMs: 0,
    };
  });
}

/** CPU and MiB of tasks, as people size them. */
const sizes = [
  [250, 512],
  [500, 1024],
  [250, 2048],
  [1000, 2048],
  [125, 256],
  [500, 4096],
] as const;

/** Of services in turn, which differ in size. */
export function requests(count: number, services: number, strategy: readonly PlacementStrategy[]): PlacementRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const service = index % services;
    const [cpu, memory] = sizes[service % sizes.length] ?? sizes[0];
    return {
      uid: `task-${String(index)}`,
      group: `default/service:s${String(service)}`,
      amounts: { cpu, memory: memory * mebi, pods: 1 },
      hostPorts: [],
      nodeSelector: {},
      tolerations: [],
      strategy,
      queries: [],
      isDistinct: false,
    };
  });
}

/** One for each node, which takes all but a little of it. */
export function fillers(all: readonly PlacementNode[]): PlacedPod[] {
  return all.map(({ name, allocatable }, index) => ({
    uid: `filler-${String(index)}`,
    node: name,
    group: `default/service:f${String(index % 100)}`,
    isRunning: true,
    amounts: { cpu: (allocatable['cpu'] ?? 0) - (index % 100), memory: 512 * mebi, pods: 1 },
    hostPorts: [],
  }));
}

/** What is measured, by its name. */
export const strategies: Readonly<Record<string, readonly PlacementStrategy[]>> = {
  'default (spread)': [],
  binpack: [{ type: 'binpack', field: 'memory' }],
  'spread, then binpack': [
    { type: 'spread', field: 'attribute:ecs.availability-zone' },
    { type: 'binpack', field: 'memory' },
  ],
};
