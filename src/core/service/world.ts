import type { NodeView } from '../../api/meta.ts';
import type { Service } from '../../api/service.ts';
import type { Instant } from '../../base/clock.ts';
import type { CapacityResolution } from '../capacity/resolve.ts';
import type { Amounts, WhyNot } from '../placement/model-types.ts';
import type { KnownNodes } from '../placement/query/node-affinity/literal.ts';
import type { PlacementTerms } from '../placement/terms.ts';
import type { NewTask } from '../task/pod/new-task.ts';
import type { Fate } from '../task/fate.ts';
import type { KnownEnding } from '../task/ending.ts';
import type { Notes } from '../task/pod/eviction.ts';
import type { TaskView } from '../task/view.ts';
import type { Resolution } from '../task-definition/resolve.ts';
import type { AlarmWatch } from './alarm-watch.ts';
import type { DeploymentOrigin, DeploymentOutcome, DeploymentRecord, NewDeployment } from './deployment.ts';

/** All that a decision about a service rests on, read at one moment. */
export interface ServiceWorld {
  readonly now: Instant;
  readonly service: Service;
  /** metadata.name of the ECSCluster that the spec names; undefined when there is none. */
  readonly cluster: string | undefined;
  readonly resolution: Resolution;
  /** What the spec says that its tasks run on. */
  readonly capacity: CapacityResolution;
  /** What its status says that they run on: what counts while the spec asks for what there is not. */
  readonly lastCapacity: CapacityResolution;
  /** How tasks that start now are placed. */
  readonly placement: PlacementTerms;
  readonly knownNodes: KnownNodes;
  /** Why no node takes a task that waits for one, by the uid of its pod, where somebody knows better than the kube-scheduler. */
  readonly whyNots?: ReadonlyMap<string, WhyNot>;
  /** What is free on a node, where somebody knows. */
  readonly freeOn?: (node: string) => Amounts | undefined;
  /** How many tasks of its cluster wait for us to place them; absent where that limits nothing. */
  readonly provisioning?: number;
  /** Whether the API server takes resources of a pod as a whole. */
  readonly podLevelResources: boolean;
  /** The service's deployments, in any order. */
  readonly deployments: readonly DeploymentRecord[];
  readonly tasks: readonly TaskView[];
  /** The nodes that the tasks are on, by name; those that exist. All of them for a DAEMON. */
  readonly nodes: ReadonlyMap<string, NodeView>;
  /** Of a DAEMON: whether a node has tasks of ours that are of none. */
  readonly hasOthersOn?: (node: string) => boolean;
  /** How long a node may be silent before it is lost. */
  readonly nodeLossMs: number;
  /** What is known of the alarms of a deployment in progress; absent where there are none to look at. */
  readonly alarms?: AlarmWatch;
  /** The launches of tasks whose pods are gone, or that are recorded, as far as anybody knows of them. */
  readonly gone: readonly Launched[];
  /** What stands in the way of its routing; absent where nobody looks. */
  readonly routing?: RoutingSight;
}

/** What the cluster lets a service's routing be. */
export interface RoutingSight {
  /** Names of core Services that it would make, and that somebody else has. */
  readonly taken: readonly string[];
  /** Whether TargetGroupBindings exist in the cluster. */
  readonly servesBindings: boolean;
}

/** A launch that has been, by the digits of its deployment and its number. */
export interface Launched {
  readonly deployment: string;
  readonly launch: number;
  /** What became of its task, as far as anybody knows. */
  readonly fate?: Fate;
}

export type ServiceStep =
  | { readonly kind: 'createDeployment'; readonly deployment: NewDeployment }
  /** An older deployment whose tasks still run becomes the PRIMARY again. */
  | {
      readonly kind: 'promoteDeployment';
      readonly deployment: DeploymentRecord;
      readonly sequence: number;
      readonly origin: DeploymentOrigin;
    }
  /** Writes down how a deployment ended, or that its content is no longer rejected. */
  | { readonly kind: 'recordOutcome'; readonly deployment: DeploymentRecord; readonly outcome: DeploymentOutcome }
  /** Writes down the digests of its images, by ECS names of containers. */
  | {
      readonly kind: 'pinImages';
      readonly deployment: DeploymentRecord;
      readonly images: NonNullable<DeploymentRecord['images']>;
    }
  | { readonly kind: 'forgetDeployment'; readonly deployment: DeploymentRecord }
  | {
      readonly kind: 'startTask';
      readonly task: NewTask;
      /** Whether it replaces a task whose health checks fail. */
      readonly isReplacement?: boolean;
    }
  /** Writes down what a task is protected by, and tells the autoscalers; or that it is no longer. */
  | { readonly kind: 'protectTask'; readonly task: TaskView; readonly notes: Notes }
  /** The reason is for the record of the task. */
  | { readonly kind: 'stopTask'; readonly task: TaskView; readonly reason: string }
  /** Takes a task out of service and has it drain until then, RFC 3339; it is stopped afterwards, for that reason. */
  | {
      readonly kind: 'deactivateTask';
      readonly task: TaskView;
      readonly until: string;
      readonly end: KnownEnding;
    }
  /** Puts a task into service, or takes it out. */
  | { readonly kind: 'routeTask'; readonly task: TaskView; readonly isIn: boolean }
  /** Stops what is left of a task that is over, or cannot start; its pod stays as evidence. */
  | { readonly kind: 'endTask'; readonly task: TaskView; readonly end: KnownEnding };
