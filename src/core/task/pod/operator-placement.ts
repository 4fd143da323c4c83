import { annotations, placementGate } from '../../../api/labels.ts';
import type { Pod } from '../../../api/meta.ts';
import { affinityOf } from '../../placement/kube-scheduler/affinity.ts';
import type { PodPlacement } from '../../placement/operator/pod-placement.ts';
import { constraintsOf } from '../../placement/terms.ts';
import type { NewTask } from './new-task.ts';

/** What of a task says where it may run. */
export type PlacedTask = Pick<NewTask, 'placement' | 'asked' | 'group' | 'snapshot' | 'capacity'>;

/** Whether we choose the node of the task; Fargate has none to choose. */
export function isPlacedByUs({ placement, capacity }: PlacedTask): boolean {
  return placement.mode === 'operator' && capacity.launchType !== 'FARGATE';
}

/** Until we have chosen its node it waits; then it is pinned to it. Of what binds it, the nodes of its provider are said. */
export function renderOperatorPlacement({
  asked,
  group,
  capacity,
}: PlacedTask): Pick<NonNullable<Pod['spec']>, 'affinity' | 'schedulingGates'> {
  const nodeLabels = capacity.provider?.nodeLabels ?? {};
  const affinity = affinityOf({ nodeLabels, asked, isDistinct: false, group });
  return { schedulingGates: [{ name: placementGate }], ...(affinity && { affinity }) };
}

/** How it is to be placed, for us to read: as it was when the task began, whatever its service says by then. */
export function operatorPlacementNotes({ placement, group, snapshot }: PlacedTask): Record<string, string> {
  const told: PodPlacement = {
    strategy: placement.strategy,
    constraints: constraintsOf(placement, snapshot.content),
    group: group.name,
  };
  return { [annotations.placement]: JSON.stringify(told) };
}
