import type { NodeView, PodView } from '../../../api/meta.ts';
import type { Task } from '../../../api/task.ts';
import type { Instant } from '../../../base/clock.ts';
import type { CapacityResolution } from '../../capacity/resolve.ts';
import type { KnownNodes } from '../../placement/query/node-affinity/literal.ts';
import type { WhyNot } from '../../placement/model-types.ts';
import type { PlacementTerms } from '../../placement/terms.ts';
import type { Resolution } from '../../task-definition/resolve.ts';
import type { KnownEnding } from '../ending.ts';
import type { NewStandaloneTask } from './pod.ts';

/** Which pod of a task was let start, as its ControllerRevision keeps it: made once, before the pod may start. */
export interface LaunchRecord {
  readonly name: string;
  readonly podUid: string;
  readonly taskDefinition: string;
}

/** All that a decision about a standalone task rests on, read at one moment. */
export interface TaskWorld {
  readonly now: Instant;
  readonly task: Task;
  /** metadata.name of the ECSCluster that the spec names; undefined when there is none. */
  readonly cluster: string | undefined;
  /** Of the revision that the status names, once it does. */
  readonly resolution: Resolution;
  /** What it can run on. */
  readonly capacity: CapacityResolution;
  /** How it is placed, if it starts now. */
  readonly placement: PlacementTerms;
  readonly knownNodes: KnownNodes;
  /** Why no node takes it, where somebody has looked at all of them. */
  readonly whyNot?: WhyNot;
  /** Whether the API server takes resources of a pod as a whole. */
  readonly podLevelResources: boolean;
  readonly record: LaunchRecord | undefined;
  /** The pods that the task owns. */
  readonly pods: readonly PodView[];
  /** The node that the task is or was on, or is to be on, by name, if it exists. */
  readonly nodes: ReadonlyMap<string, NodeView>;
  /** How long a node may be silent before it is lost. */
  readonly nodeLossMs: number;
}

export type TaskStep =
  /** Makes the pod, with a gate before it: it cannot start. */
  | { readonly kind: 'createPod'; readonly task: NewStandaloneTask }
  | { readonly kind: 'recordLaunch'; readonly record: LaunchRecord }
  /** Takes the gate away: this starts the task. */
  | { readonly kind: 'releasePod'; readonly pod: PodView }
  /** Stops what is left of a task that is over, or cannot start; its pod stays as evidence. */
  | { readonly kind: 'endPod'; readonly pod: PodView; readonly end: KnownEnding }
  /** With `isUnbound`: only while it is bound to no node: it cannot have started. */
  | { readonly kind: 'deletePod'; readonly pod: PodView; readonly isUnbound?: boolean }
  /** Deletes the ECSTask itself, as it asked for. */
  | { readonly kind: 'deleteTask' };
