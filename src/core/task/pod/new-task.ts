import type { Capacity } from '../../capacity/capacity.ts';
import type { Asked } from '../../placement/kube-scheduler/asked.ts';
import type { TaskGroup } from '../../placement/task-group.ts';
import type { PlacementTerms } from '../../placement/terms.ts';
import type { TaskRouting } from '../routing.ts';
import type { Snapshot } from '../snapshot.ts';

/** Everything a new task's pod is made from. */
export interface NewTask {
  readonly id: string;
  readonly podName: string;
  readonly deployment: string;
  readonly launch: number;
  readonly service: { readonly name: string; readonly cluster: string };
  readonly snapshot: Snapshot;
  /** What it runs on: one part of what its service may run on. */
  readonly capacity: Capacity;
  readonly placement: PlacementTerms;
  /** What its pod asks of its node for the constraints among them, and for those of its definition. */
  readonly asked: Asked;
  /** The tasks that placement counts it with. */
  readonly group: TaskGroup;
  /** Whether the API server takes resources of a pod as a whole. */
  readonly podLevelResources: boolean;
  /** How it is reached; absent when it is not. */
  readonly routing?: TaskRouting;
}
