import type { KubeObject } from '../api.ts';
import { type NodeParts, nodeObject, zones } from '../nodes.ts';
import { type FargateSize, type SizedContainer, formatFargateSize, planFargateSize, sumRequests } from './size.ts';

/** A pod, as far as Fargate looks at it. */
export interface FargatePod extends KubeObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly schedulerName?: string;
    readonly schedulingGates?: readonly unknown[];
    readonly hostNetwork?: boolean;
    readonly hostPID?: boolean;
    readonly hostIPC?: boolean;
    readonly containers: readonly FargateContainer[];
    readonly initContainers?: readonly FargateContainer[];
    readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  };
}

interface FargateContainer extends SizedContainer {
  readonly ports?: readonly { readonly hostPort?: number }[];
  readonly securityContext?: { readonly privileged?: boolean };
}

/** What becomes of a pod: a node of its own, or a refusal that tells why. */
export type FargatePlan =
  { readonly kind: 'provision'; readonly size: FargateSize } | { readonly kind: 'refuse'; readonly message: string };

/** Decides by EKS's rules for Fargate pods; a refused pod stays Pending for good. */
export function planFargatePod(pod: FargatePod): FargatePlan {
  const refused = unsupportedFields(pod);
  if (refused.length > 0) {
    return { kind: 'refuse', message: `Pod not supported on Fargate: fields not supported: ${refused.join(', ')}` };
  }
  const requests = sumRequests(pod.spec);
  const size = planFargateSize(requests);
  if (size !== undefined) return { kind: 'provision', size };
  const wanted = `${requests.cpuMillis}m CPU and ${requests.memoryMiB} MiB`;
  return { kind: 'refuse', message: `Pod not supported on Fargate: no configuration holds its requests of ${wanted}` };
}

function unsupportedFields({ metadata, spec }: FargatePod & OwnedObject): string[] {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const checks: Record<string, boolean> = {
    HostNetwork: spec.hostNetwork === true,
    HostPID: spec.hostPID === true,
    HostIPC: spec.hostIPC === true,
    HostPort: containers.some(({ ports }) => ports?.some(({ hostPort }) => hostPort !== undefined) ?? false),
    Privileged: containers.some(({ securityContext }) => securityContext?.privileged === true),
    HostPath: spec.volumes?.some((volume) => volume['hostPath'] !== undefined) ?? false,
    DaemonSet: metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet') ?? false,
  };
  return Object.keys(checks).filter((field) => checks[field] === true);
}

interface OwnedObject {
  readonly metadata: { readonly ownerReferences?: readonly { readonly kind: string }[] };
}

/** The node of one pod. It shows more than the pod pays for, as Fargate's micro machines do. */
export function renderFargateNode(pod: FargatePod, size: FargateSize, ip: string): KubeObject {
  const name = `fargate-ip-${ip.replaceAll('.', '-')}.ec2.internal`;
  const uid = pod.metadata.uid ?? '';
  const zone = zones[Number.parseInt(uid.slice(0, 4), 16) % zones.length] ?? zones[0];
  const node = nodeObject({
    name,
    ip,
    zone,
    providerID: `aws:///${zone}/${uid.replaceAll('-', '').slice(0, 10)}-${uid.replaceAll('-', '')}/${name}`,
    shape: nodeShape(size),
    labels: { [computeTypeLabel]: 'fargate' },
    taints: [{ key: computeTypeLabel, value: 'fargate', effect: 'NoSchedule' }],
  });
  return { ...node, metadata: { ...node.metadata, annotations: { ...node.metadata.annotations, [ownerKey]: uid } } };
}

export const computeTypeLabel = 'eks.amazonaws.com/compute-type';

/** On a node: the uid of the pod it was made for, so that a stand-in started anew knows which nodes are left over. */
export const ownerKey = 'local.ecs-operator.dev/fargate-pod';

/** The annotation EKS puts on a pod when its capacity is known. */
export function renderCapacity(size: FargateSize): object {
  return { metadata: { annotations: { CapacityProvisioned: formatFargateSize(size) } } };
}

function nodeShape({ cpuMillis, memoryMiB }: FargateSize): NodeParts['shape'] {
  const cpu = String(Math.max(2, Math.ceil(cpuMillis / 1000)));
  const capacity = { cpu, memory: `${memoryMiB + 3_000}Mi`, pods: '1', 'ephemeral-storage': '30787492Ki' };
  return { capacity, allocatable: { ...capacity, memory: `${memoryMiB + 2_900}Mi` } };
}
