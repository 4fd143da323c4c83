import type { PlacedPod, PlacementNode, PlacementRequest } from '../../src/core/placement/model-types.ts';
import { parseQuery } from '../../src/core/placement/query/parse.ts';
import type { Query } from '../../src/core/placement/query/query.ts';

export const mebi = 1024 * 1024;

/** A node of 4 vCPU and 8 GiB in zone a. */
export function placementNode(overrides: Partial<PlacementNode> & { readonly zone?: string } = {}): PlacementNode {
  const { zone = 'a', labels, ...rest } = overrides;
  return {
    name: 'node-1',
    labels: { 'topology.kubernetes.io/zone': zone, ...labels },
    taints: [],
    allocatable: { cpu: 4000, memory: 8192 * mebi, pods: 110 },
    standing: 'active',
    ec2InstanceId: undefined,
    registeredAtMs: 0,
    ...rest,
  };
}

/** Of a task of service web that runs on node-1, with a quarter of a vCPU and 512 MiB. */
export function placedPod(overrides: Partial<PlacedPod> = {}): PlacedPod {
  return {
    uid: 'pod-1',
    node: 'node-1',
    group: 'default/service:web',
    isRunning: true,
    amounts: { cpu: 250, memory: 512 * mebi, pods: 1 },
    hostPorts: [],
    ...overrides,
  };
}

/** For a task of service web, with a quarter of a vCPU and 512 MiB. */
export function placementRequest(overrides: Partial<PlacementRequest> = {}): PlacementRequest {
  return {
    uid: 'task-1',
    group: 'default/service:web',
    amounts: { cpu: 250, memory: 512 * mebi, pods: 1 },
    hostPorts: [],
    nodeSelector: {},
    tolerations: [],
    strategy: [],
    queries: [],
    isDistinct: false,
    ...overrides,
  };
}

/** An expression that is known to parse. */
export function query(expression: string): Query {
  const parsed = parseQuery(expression);
  if (parsed.kind === 'invalid') throw new Error(parsed.message);
  return parsed.query;
}
