import type { KubeObject, Resource } from '../../../src/kube/resource.ts';

/** What the operator reads of a pod besides its metadata. */
export interface Pod extends KubeObject {
  readonly spec: { readonly nodeName?: string | undefined; readonly containers: readonly { readonly name: string }[] };
  readonly status: {
    readonly phase?: string | undefined;
    readonly reason?: string | undefined;
    readonly message?: string | undefined;
    readonly conditions?: readonly object[] | undefined;
    readonly containerStatuses?: readonly ContainerStatus[] | undefined;
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: object;
  readonly lastState: object;
}

export const pods: Resource<Pod> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

/** A pod without what nobody reads. */
export function projectPod({ apiVersion, kind, metadata, spec, status }: Pod): Pod {
  const { phase, reason, message, conditions } = status;
  const containerStatuses = status.containerStatuses?.map(projectStatus);
  return {
    apiVersion,
    kind,
    metadata,
    spec: { nodeName: spec.nodeName, containers: spec.containers.map(({ name }) => ({ name })) },
    status: { phase, reason, message, conditions, containerStatuses },
  };
}

function projectStatus({ name, ready, restartCount, state, lastState }: ContainerStatus): ContainerStatus {
  return { name, ready, restartCount, state, lastState };
}
