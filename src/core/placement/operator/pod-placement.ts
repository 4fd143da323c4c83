import { annotations, placementGate } from '../../../api/labels.ts';
import type { PodView } from '../../../api/meta.ts';
import {
  placementConstraints,
  placementStrategy,
  type PlacementConstraint,
  type PlacementStrategy,
} from '../../../api/placement.ts';
import { memo } from '../../../base/memo.ts';

/** How the task of a pod is to be placed, as the pod's annotation has it. */
export interface PodPlacement {
  readonly strategy: readonly PlacementStrategy[];
  /** Those of its definition among them. */
  readonly constraints: readonly PlacementConstraint[];
  /** As ECS names it: `service:web`, `family:web`. */
  readonly group: string;
}

/** Those of a service and of its definition: more than either may have. */
const allConstraints = placementConstraints.element.array();

/**
 * Undefined where there is none, or somebody has damaged it: whoever may write pods may write anything into it, and one
 * pod must not keep those of others from being placed. Read once for each state of a pod.
 */
export const readPodPlacement = memo(({ metadata }: PodView): PodPlacement | undefined => {
  const read = jsonOf(metadata.annotations?.[annotations.placement]);
  if (read === null || typeof read !== 'object') return undefined;
  const { strategy, constraints, group } = read as Partial<Record<keyof PodPlacement, unknown>>;
  const [ranked, asked] = [placementStrategy.safeParse(strategy), allConstraints.safeParse(constraints)];
  if (!ranked.success || !asked.success || typeof group !== 'string') return undefined;
  return { strategy: ranked.data, constraints: asked.data, group };
});

function jsonOf(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether nothing but our choice of a node holds the pod up. */
export function isToBePlaced(pod: PodView): boolean {
  const { metadata } = pod;
  const gates = gatesOf(pod);
  return metadata.deletionTimestamp === undefined && gates.length > 0 && gates.every(isOurs);
}

/** Whether it waits for us to choose its node, be it not yet. */
export function isUnplaced(pod: PodView): boolean {
  return pod.metadata.deletionTimestamp === undefined && gatesOf(pod).some(isOurs);
}

/** Whether we have chosen its node, and the kube-scheduler has not bound it yet. */
export function isOnItsWay(pod: PodView): boolean {
  const { metadata, spec } = pod;
  const isOver = metadata.deletionTimestamp !== undefined || !isPending(pod);
  const isPlaced = metadata.annotations?.[annotations.placement] !== undefined && gatesOf(pod).length === 0;
  return isPlaced && !isOver && spec?.nodeName === undefined;
}

function isPending({ status }: PodView): boolean {
  return status?.phase === undefined || status.phase === 'Pending';
}

function gatesOf({ spec }: PodView): readonly { readonly name: string }[] {
  return spec?.schedulingGates ?? [];
}

/** Whether the kube-scheduler finds no node for it. */
export function isUnschedulable({ status }: PodView): boolean {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return scheduled?.status === 'False' && scheduled.reason === 'Unschedulable';
}

/** What is left of its gates once ours is taken away. */
export function gatesAfterPlacement(pod: PodView): readonly { readonly name: string }[] {
  return gatesOf(pod).filter((gate) => !isOurs(gate));
}

function isOurs({ name }: { readonly name: string }): boolean {
  return name === placementGate;
}
