import type { KubeObject, Pod } from '../../../api/meta.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import type { Toleration } from '../../capacity/tolerations.ts';
import { pinnedTo } from '../../placement/operator/pin.ts';
import { given } from './overlay.ts';
import type { PlacedTask } from './operator-placement.ts';

type PodSpec = NonNullable<Pod['spec']>;

/** What the Cluster Autoscaler takes for a pod of a DaemonSet: it is no reason to keep a node, nor to make one. */
export const daemonsetPod = 'cluster-autoscaler.kubernetes.io/daemonset-pod';

/** Whether it is the pod of a DAEMON's task. */
export function isOfDaemon({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[daemonsetPod] === 'true';
}

/** What each pod of a DaemonSet tolerates (Kubernetes, "DaemonSet", taints and tolerations). */
const ofDaemonSets: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];

/** The same of those that use the network of their node. */
const ofHostNetwork: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** What the pods of a DAEMON tolerate: what their definition says, and what all pods of a DaemonSet do. */
export function daemonTolerations({ networkMode, kubernetes }: TaskDefinitionSpec): readonly Toleration[] {
  return [...(kubernetes?.tolerations ?? []), ...ofDaemonSets, ...(networkMode === 'host' ? [ofHostNetwork] : [])];
}

/** Pins the task to its node as the DaemonSet controller does, so that the kube-scheduler checks whether it fits. */
export function renderDaemonPlacement({ capacity, snapshot }: PlacedTask): Pick<PodSpec, 'affinity' | 'tolerations'> {
  return {
    affinity: pinnedTo(capacity.node ?? '', undefined),
    tolerations: daemonTolerations(snapshot.content).map(given),
  };
}
