import type {
  V1ControllerRevision,
  V1Node,
  V1ObjectMeta,
  V1Pod,
  V1PodDisruptionBudget,
  V1Service,
  V1ServicePort,
} from '@kubernetes/client-node';

/** A client-node type as it is on the wire: dates are RFC 3339 strings, and nothing is ours to change. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Wire<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: Wire<T[K]> }
      : T;

/** Metadata of an object that the API server has accepted. */
export type ObjectMeta = Wire<V1ObjectMeta> & {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
};

/** Any object read from the API server. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** An object with spec and status, as custom resources are. */
export interface CustomResource<Spec, Status> extends KubeObject {
  readonly spec: Spec;
  readonly status?: Status;
}

export type Pod = KubeObject & Omit<Wire<V1Pod>, 'metadata'>;

type PodSpec = NonNullable<Pod['spec']>;
type PodStatus = NonNullable<Pod['status']>;

/** What the operator keeps of a pod (`keptOfPod` in `controllers/caches.ts`): to read more of one does not compile. */
export interface PodView extends KubeObject {
  readonly spec?: Pick<PodSpec, 'nodeName' | 'schedulingGates' | 'nodeSelector' | 'tolerations'> & {
    /** While it has no node: what its node must be. */
    readonly affinity?: AffinityView;
    /** What it takes of its node. */
    readonly demand?: PodDemand;
    readonly containers: readonly PodContainerView[];
    readonly initContainers?: readonly PodContainerView[];
  };
  readonly status?: Pick<PodStatus, 'phase' | 'reason' | 'message'> & {
    readonly conditions?: readonly PodConditionView[];
    readonly containerStatuses?: readonly ContainerStatusView[];
    readonly initContainerStatuses?: readonly ContainerStatusView[];
  };
}

export interface AffinityView {
  readonly nodeAffinity?: Pick<
    NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>,
    'requiredDuringSchedulingIgnoredDuringExecution'
  >;
}

export type NodeTerm = NonNullable<
  NonNullable<AffinityView['nodeAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>['nodeSelectorTerms'][number];

export interface PodDemand {
  /** By the Kubernetes name of the resource: cpu in millicores, memory and disk in bytes, others counted. */
  readonly amounts: Readonly<Record<string, number>>;
  /** `TCP/8080`, of what is bound to the node itself. */
  readonly hostPorts: readonly string[];
}

export interface PodContainerView {
  readonly name: string;
  readonly image?: string;
}
export type PodConditionView = Pick<
  NonNullable<PodStatus['conditions']>[number],
  'type' | 'status' | 'reason' | 'message' | 'lastTransitionTime'
>;
export type ContainerStatusView = Pick<
  NonNullable<PodStatus['containerStatuses']>[number],
  'name' | 'ready' | 'state' | 'lastState' | 'containerID'
> & { readonly imageID?: string };

export type Node = KubeObject & Omit<Wire<V1Node>, 'metadata'>;

type NodeSpec = NonNullable<Node['spec']>;
type NodeStatus = NonNullable<Node['status']>;

/** What the operator keeps of a node (`keptOfNode` in `controllers/caches.ts`). */
export interface NodeView extends KubeObject {
  readonly spec?: Pick<NodeSpec, 'unschedulable' | 'taints' | 'providerID'>;
  readonly status?: Pick<NodeStatus, 'allocatable'> & {
    /** Ready alone. */
    readonly conditions?: readonly NodeConditionView[];
  };
}

export type NodeConditionView = Pick<
  NonNullable<NodeStatus['conditions']>[number],
  'type' | 'status' | 'reason' | 'message' | 'lastTransitionTime'
>;

/** What the operator keeps of a PodDisruptionBudget (`keptOfBudget` in `controllers/caches.ts`): not its status. */
export interface DisruptionBudget extends KubeObject {
  readonly spec?: Pick<
    NonNullable<Wire<V1PodDisruptionBudget>['spec']>,
    'maxUnavailable' | 'minAvailable' | 'selector' | 'unhealthyPodEvictionPolicy'
  >;
}

/** What the operator keeps of a core Service (`keptOfCoreService` in `controllers/caches.ts`). */
export interface CoreService extends KubeObject {
  readonly spec?: Pick<NonNullable<Wire<V1Service>['spec']>, 'clusterIP' | 'selector' | 'publishNotReadyAddresses'> & {
    readonly ports?: readonly CoreServicePort[];
  };
}

export type CoreServicePort = Pick<Wire<V1ServicePort>, 'name' | 'port' | 'protocol'> & {
  readonly targetPort?: string | number;
};

/** A TargetGroupBinding of the AWS Load Balancer Controller. */
export interface TargetGroupBinding extends KubeObject {
  readonly spec?: {
    readonly targetGroupARN?: string;
    readonly targetType?: string;
    readonly serviceRef?: { readonly name: string; readonly port: string | number };
  };
}

export type ControllerRevision = KubeObject & Omit<Wire<V1ControllerRevision>, 'metadata'>;

export const group = 'ecs-operator.dev';
export const version = 'v1alpha1';
export const apiVersion = `${group}/${version}`;

/** `namespace/name`, the key of an object in stores and queues. */
export function keyOf(object: { readonly metadata: { readonly namespace?: string; readonly name?: string } }): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
}
