import { labels, managedBy } from '../api/labels.ts';
import type {
  ContainerStatusView,
  KubeObject,
  NodeConditionView,
  PodConditionView,
  PodContainerView,
  PodDemand,
  PodView,
} from '../api/meta.ts';
import { pick } from '../base/pick.ts';
import { demandOf, type DemandingPod } from '../core/placement/demand.ts';

type SpecView = NonNullable<PodView['spec']>;

/** Whether we have made it. */
export function isOurs({ metadata }: KubeObject): boolean {
  return metadata.labels?.[labels.managedBy] === managedBy;
}

/** A pod without what nobody reads, which is most of it: volumes, environments, probes, addresses. */
export function keptOfPod(pod: PodView): PodView {
  if (!isOurs(pod)) return keptOfOthersPod(pod);
  const { apiVersion, kind, metadata, status } = pod;
  const spec = pod.spec && keptOfSpec(pod.spec, pod);
  return {
    apiVersion,
    kind,
    metadata,
    ...(spec && { spec }),
    ...(status && { status: keptOfStatus(status) }),
  };
}

/** Somebody else's pod: what it takes of which node. Without labels and owners nothing takes it for one of ours. */
function keptOfOthersPod(pod: PodView): PodView {
  const { apiVersion, kind, spec, status } = pod;
  const metadata = pick(pod.metadata, 'name', 'namespace', 'uid', 'resourceVersion', 'creationTimestamp');
  return {
    apiVersion,
    kind,
    metadata,
    ...(spec && { spec: { ...placeOf(spec), containers: [], demand: demandIn(pod) } }),
    ...(status && { status: pick(status, 'phase') }),
  };
}

/** Its node; what its node has to be, while it has none. */
function placeOf(spec: SpecView): Pick<SpecView, 'nodeName' | 'affinity'> {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (spec.nodeName !== undefined || !required) return pick(spec, 'nodeName');
  return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } };
}

/** Computed once for each version of a pod: when it is taken in. */
function demandIn(pod: PodView): PodDemand {
  return pod.spec?.demand ?? demandOf(pod as DemandingPod);
}

function keptOfSpec(spec: SpecView, pod: PodView): SpecView {
  const { containers, initContainers, nodeName } = spec;
  return {
    ...placeOf(spec),
    ...pick(spec, 'schedulingGates'),
    ...(nodeName === undefined && pick(spec, 'nodeSelector', 'tolerations')),
    demand: demandIn(pod),
    containers: containers.map(keptOfContainer),
    ...(initContainers && { initContainers: initContainers.map(keptOfContainer) }),
  };
}

function keptOfStatus(status: NonNullable<PodView['status']>): NonNullable<PodView['status']> {
  const { conditions, containerStatuses, initContainerStatuses } = status;
  return {
    ...pick(status, 'phase', 'reason', 'message'),
    ...(conditions && { conditions: conditions.map(keptOfCondition) }),
    ...(containerStatuses && { containerStatuses: containerStatuses.map(keptOfContainerStatus) }),
    ...(initContainerStatuses && { initContainerStatuses: initContainerStatuses.map(keptOfContainerStatus) }),
  };
}

export function keptOfCondition(condition: PodConditionView & NodeConditionView): PodConditionView & NodeConditionView {
  return pick(condition, 'type', 'status', 'reason', 'message', 'lastTransitionTime');
}

function keptOfContainer(container: PodContainerView): PodContainerView {
  return pick(container, 'name', 'image');
}

function keptOfContainerStatus(status: ContainerStatusView): ContainerStatusView {
  return pick(status, 'name', 'ready', 'state', 'lastState', 'imageID', 'containerID');
}
