import type { PlacementStrategy } from '../../api/placement.ts';
import type { NodeView } from '../../api/meta.ts';
import type { Toleration } from '../capacity/tolerations.ts';
import type { Query } from './query/query.ts';

/** What there is of each resource, by its Kubernetes name: cpu in millicores, memory and disk in bytes, others counted. */
export type Amounts = Readonly<Record<string, number>>;

/** A node as placement sees it. */
export interface PlacementNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: NonNullable<NonNullable<NodeView['spec']>['taints']>;
  readonly allocatable: Amounts;
  /** Only an active one takes tasks. */
  readonly standing: 'active' | 'draining' | 'disconnected';
  readonly ec2InstanceId: string | undefined;
  readonly registeredAtMs: number;
}

/** A pod that takes its part of a node, whoever's it is: bound to it, or pinned to it and on its way. */
export interface PlacedPod {
  readonly uid: string;
  readonly node: string;
  /** Of a task: `namespace/service:web` or the like; undefined for other people's pods. */
  readonly group: string | undefined;
  readonly isRunning: boolean;
  readonly amounts: Amounts;
  /** `TCP/8080`, of what is bound to the node itself. */
  readonly hostPorts: readonly string[];
}

/** A task that waits for a node. */
export interface PlacementRequest {
  /** Of its pod. */
  readonly uid: string;
  readonly group: string;
  readonly amounts: Amounts;
  readonly hostPorts: readonly string[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Its capacity provider, and what of the selector tells the nodes of it; absent where it may run on any. */
  readonly provider?: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly tolerations: readonly Toleration[];
  /** In the order in which they count. */
  readonly strategy: readonly PlacementStrategy[];
  /** Of its memberOf constraints. */
  readonly queries: readonly Query[];
  /** Whether no other task of its group may be on the node. */
  readonly isDistinct: boolean;
}

/** Why no node takes a task. */
export interface WhyNot {
  /**
   * In ECS's words, of the nearest miss: RESOURCE:CPU, RESOURCE:MEMORY, RESOURCE:PORTS, AGENT, ATTRIBUTE, MemberOf …
   * NO ACTIVE INSTANCES where no node takes tasks, and there are no counts where there are no nodes.
   */
  readonly reason: string;
  /** How many nodes fail for what, the commonest first; together all nodes. */
  readonly counts: readonly { readonly reason: string; readonly words: string; readonly nodes: number }[];
  /** All of it in one sentence: `12 nodes: 7 lack 512 MiB, 1 draining; closest ip-10-0-1-7 lacks 88 MiB`. */
  readonly sentence: string;
  /** The nearest miss, and what it lacks as the end of a sentence: `lacks 88 MiB`, `is draining`. None without nodes. */
  readonly closest?: { readonly node: string; readonly lacks: string };
}
