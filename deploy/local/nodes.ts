import { createHash } from 'node:crypto';
import { settleAll } from '../../src/base/concurrency.ts';
import type { KubeObject, LocalApi } from './api.ts';
import { LocalApiError } from './api.ts';
import { kubernetesVersion } from './versions.ts';

export const region = 'us-east-1';
export const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'] as const;

/** An EC2 instance type as a kubelet on it would report it. */
export interface InstanceShape {
  readonly instanceType: string;
  readonly capacity: Quantities;
  readonly allocatable: Quantities;
}

type Quantities = Readonly<Record<'cpu' | 'memory' | 'pods' | 'ephemeral-storage', string>>;

/**
 * Pods per node are those of EKS's published `eni-max-pods.txt` (amazon-vpc-cni-k8s). Memory capacity is what the
 * instance's kernel sees of the nominal 8 and 32 GiB. Allocatable follows the EKS AMI's bootstrap rules: reserved are
 * 255 MiB + 11 MiB for each pod plus 100 MiB for hard eviction, and 6 % of the first CPU, 1 % of the second, 0.5 % of the
 * next two, 0.25 % of the rest. Disk: 20 GiB volumes, the node group default.
 */
export const shapes = {
  large: {
    instanceType: 'm6i.large',
    capacity: { cpu: '2', memory: '7934Mi', pods: '29', 'ephemeral-storage': '20959212Ki' },
    allocatable: { cpu: '1930m', memory: '7260Mi', pods: '29', 'ephemeral-storage': '18242267924' },
  },
  extraLarge: {
    instanceType: 'm6i.2xlarge',
    capacity: { cpu: '8', memory: '31734Mi', pods: '58', 'ephemeral-storage': '20959212Ki' },
    allocatable: { cpu: '7910m', memory: '30741Mi', pods: '58', 'ephemeral-storage': '18242267924' },
  },
} as const satisfies Record<string, InstanceShape>;

/** A managed node group, of which we make `share` of all nodes. */
export interface NodeGroup {
  readonly name: string;
  readonly shape: InstanceShape;
  /** ON_DEMAND or SPOT, as EKS labels it. */
  readonly capacityType: 'ON_DEMAND' | 'SPOT';
}

export const nodeGroups: readonly NodeGroup[] = [
  { name: 'general', shape: shapes.large, capacityType: 'ON_DEMAND' },
  { name: 'compute', shape: shapes.extraLarge, capacityType: 'ON_DEMAND' },
];

/** Enough to spread over three zones in both groups. */
export const defaultNodes = 6;

/**
 * Makes nodes until there are `count`, alternating between the groups and going round the zones.
 * @throws the first error of the API server other than "already exists".
 */
export async function createNodes(api: LocalApi, count: number): Promise<void> {
  const wanted = Array.from({ length: count }, (_, index) => ec2Node(index));
  const results = await settleAll(wanted, 50, (node) => createNode(api, node));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/** Registers a node as a kubelet does: with its status, in one request. */
export async function createNode(api: LocalApi, node: KubeObject): Promise<void> {
  try {
    await api.request('/api/v1/nodes', { method: 'POST', body: node });
  } catch (error) {
    if (!(error instanceof LocalApiError && error.status === 409)) throw error;
  }
}

/** The node number `index` of the cluster; the same index always gives the same node. */
export function ec2Node(index: number): KubeObject {
  const group = nodeGroups[index % nodeGroups.length] as NodeGroup;
  const position = Math.floor(index / nodeGroups.length);
  const zone = zones[position % zones.length] as string;
  const ip = nodeIp(index);
  const name = `ip-${ip.replaceAll('.', '-')}.ec2.internal`;
  const instance = `i-0${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
  return nodeObject({
    name,
    ip,
    zone,
    shape: group.shape,
    providerID: `aws:///${zone}/${instance}`,
    labels: {
      'eks.amazonaws.com/nodegroup': group.name,
      'eks.amazonaws.com/capacityType': group.capacityType,
      'node.kubernetes.io/instance-type': group.shape.instanceType,
    },
  });
}

/** 10.0.1.7, 10.0.2.7, … : the third number goes round so that names differ early. */
function nodeIp(index: number): string {
  return `10.${Math.floor(index / 60_000)}.${Math.floor(index / 240) % 250}.${(index % 240) + 10}`;
}

export interface NodeParts {
  readonly name: string;
  readonly ip: string;
  readonly zone: string;
  readonly providerID: string;
  readonly shape: Omit<InstanceShape, 'instanceType'>;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints?: readonly { key: string; value: string; effect: string }[];
}

/**
 * A node object as EKS's kubelets register theirs, with the annotation that makes KWOK play its kubelet. It is not Ready:
 * KWOK says so when it has taken the node over, and would never notice a pod bound before.
 */
export function nodeObject(parts: NodeParts): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: parts.name,
      annotations: { 'kwok.x-k8s.io/node': 'fake', 'node.alpha.kubernetes.io/ttl': '0' },
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'kubernetes.io/hostname': parts.name,
        'topology.kubernetes.io/region': region,
        'topology.kubernetes.io/zone': parts.zone,
        ...parts.labels,
      },
    },
    spec: { providerID: parts.providerID, taints: parts.taints ?? [] },
    status: nodeStatus(parts),
  };
}

function nodeStatus({ name, ip, shape }: NodeParts): object {
  return {
    capacity: shape.capacity,
    allocatable: shape.allocatable,
    addresses: [
      { type: 'InternalIP', address: ip },
      { type: 'InternalDNS', address: name },
      { type: 'Hostname', address: name },
    ],
    nodeInfo: {
      architecture: 'amd64',
      operatingSystem: 'linux',
      osImage: 'Amazon Linux 2023',
      kernelVersion: '6.12.40',
      containerRuntimeVersion: 'containerd://2.1.4',
      kubeletVersion: `${kubernetesVersion()}-eks-local`,
      kubeProxyVersion: '',
      machineID: '',
      systemUUID: '',
      bootID: '',
    },
  };
}
