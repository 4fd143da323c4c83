import { annotations, placementGate } from '../../../api/labels.ts';
import type { PodView } from '../../../api/meta.ts';
import type { PlacementConstraint, PlacementStrategy } from '../../../api/placement.ts';

/** How the task of a pod is to be placed, as the pod's annotation has it. */
export interface PodPlacement {
  readonly strategy: readonly PlacementStrategy[];
  /** Those of its definition among them. */
  readonly constraints: readonly PlacementConstraint[];
  /** As ECS names it: `service:web`, `family:web`. */
  readonly group: string;
}

/** Undefined where there is none, or somebody has damaged it. */
export function readPodPlacement({ metadata }: PodView): PodPlacement | undefined {
  try {
    return JSON.parse(metadata.annotations?.[annotations.placement] ?? '') as PodPlacement;
  } catch {
    return undefined;
  }
}

/** Whether nothing but our choice of a node holds the pod up. */
export function isToBePlaced({ metadata, spec }: PodView): boolean {
  const gates = spec?.schedulingGates ?? [];
  return metadata.deletionTimestamp === undefined && gates.length > 0 && gates.every(isOurs);
}

/** Whether it waits for us to choose its node, be it not yet. */
export function isUnplaced({ metadata, spec }: PodView): boolean {
  return metadata.deletionTimestamp === undefined && (spec?.schedulingGates?.some(isOurs) ?? false);
}

/** Whether we have chosen its node, and the kube-scheduler has not bound it yet. */
export function isOnItsWay({ metadata, spec, status }: PodView): boolean {
  const isPlaced =
    metadata.annotations?.[annotations.placement] !== undefined && (spec?.schedulingGates ?? []).length === 0;
  const isBound = spec?.nodeName !== undefined || (status?.phase ?? 'Pending') !== 'Pending';
  return isPlaced && !isBound && metadata.deletionTimestamp === undefined;
}

/** Whether the kube-scheduler finds no node for it. */
export function isUnschedulable({ status }: PodView): boolean {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return scheduled?.status === 'False' && scheduled.reason === 'Unschedulable';
}

/** What is left of its gates once ours is taken away. */
export function gatesAfterPlacement({ spec }: PodView): readonly { readonly name: string }[] {
  return (spec?.schedulingGates ?? []).filter((gate) => !isOurs(gate));
}

function isOurs({ name }: { readonly name: string }): boolean {
  return name === placementGate;
}
