import { annotations, placementGate } from '../../src/api/labels.ts';
import type { AffinityView, NodeTerm, PodView } from '../../src/api/meta.ts';
import type { PodPlacement } from '../../src/core/placement/operator/pod-placement.ts';
import { deepFreeze, iso, pod } from './builders.ts';

/** Pods in the states that placement tells apart, as the operator keeps them. */

interface Parts {
  readonly name?: string;
  /** Seconds after the beginning. */
  readonly createdAt?: number;
  readonly placement?: Partial<PodPlacement>;
  readonly metadata?: Partial<PodView['metadata']>;
  readonly spec?: Partial<NonNullable<PodView['spec']>>;
  readonly status?: PodView['status'];
}

const demand = { amounts: { cpu: 100, memory: 64, pods: 1 }, hostPorts: [] };

/** A task of the service `web` that waits for us to choose its node. */
export function gatedPod({ name = 'a', createdAt = 0, placement, metadata, spec, status }: Parts = {}): PodView {
  const told = { strategy: [], constraints: [], group: 'service:web', ...placement };
  const own = pod({ metadata: { name, uid: `uid-${name}`, creationTimestamp: iso(createdAt) } });
  return deepFreeze({
    ...own,
    metadata: {
      ...own.metadata,
      annotations: { ...own.metadata.annotations, [annotations.placement]: JSON.stringify(told) },
      ...metadata,
    },
    spec: { containers: [], demand, schedulingGates: [{ name: placementGate }], ...spec },
    status: status ?? { phase: 'Pending' },
  });
}

/** One that we have pinned to a node. */
export function pinnedPod(node: string, parts: Parts = {}): PodView {
  return gatedPod({ ...parts, spec: { schedulingGates: [], affinity: affinityTo(pinTerm(node)), ...parts.spec } });
}

export function pinTerm(...nodes: readonly string[]): NodeTerm {
  return { matchFields: [{ key: 'metadata.name', operator: 'In', values: [...nodes] }] };
}

export function affinityTo(...nodeSelectorTerms: readonly NodeTerm[]): AffinityView {
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

/** What the kube-scheduler says of a pod that its node has no room for. */
export const unschedulable: NonNullable<PodView['status']> = {
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' }],
};
