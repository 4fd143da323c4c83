import type { NodeView } from '../../api/meta.ts';
import { isTolerated, type Taint, type Toleration } from './tolerations.ts';

/**
 * How a node stands with those who have tasks on it. Kubernetes knows no DRAINING: a node is on its way out when somebody
 * keeps new pods off it for that reason, and each who does so has a mark of its own. `why` is for brackets after its name.
 */
export type NodeStanding =
  | ({ readonly kind: 'active' } & Silence)
  | ({ readonly kind: 'draining' } & Drain & Silence)
  | { readonly kind: 'lost'; readonly why: string };

interface Silence {
  /** Epoch ms from which it is lost unless it is heard of: it is not Ready. */
  readonly turnsAtMs?: number;
}

interface Drain {
  readonly why: string;
  /** EC2 takes a Spot Instance back. */
  readonly isSpot: boolean;
  /** What keeps new tasks off it. */
  readonly marks: readonly Taint[];
  /** Epoch ms at which its deletion was asked for. */
  readonly deletedAtMs?: number;
}

/** When a node is looked at, and how long one may be silent. */
export interface NodeClock {
  readonly nowMs: number;
  readonly lossMs: number;
}

const spotInterruption = 'aws-node-termination-handler/spot-itn';

/** Taints by which a node is emptied (test/FACTS.md, "Nodes that leave"), and why. */
const drainTaints: Readonly<Record<string, string>> = {
  [spotInterruption]: 'Spot interruption',
  'aws-node-termination-handler/rebalance-recommendation': 'rebalance recommendation',
  'aws-node-termination-handler/scheduled-maintenance': 'scheduled maintenance',
  'aws-node-termination-handler/asg-lifecycle-termination': 'instance termination',
  'karpenter.sh/disrupted': 'Karpenter',
  'karpenter.sh/disruption': 'Karpenter',
  ToBeDeletedByClusterAutoscaler: 'Cluster Autoscaler',
};

/** `kubectl cordon`, and all who drain by it; the node controller puts this taint to it. */
const cordon: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

const outOfService = 'node.kubernetes.io/out-of-service';

/**
 * How a node stands: lost once it has not been Ready for a while, or is said to be out of service; else draining while
 * it is marked so. What is lost comes back with Ready alone: Kubernetes restarts the time when the kubelet of a node
 * that was not Ready falls silent, so that such a node is taken for a silent one for a while again.
 */
export function nodeStandingAt(node: NodeView, clock: NodeClock): NodeStanding {
  if (taintsOf(node).some(({ key }) => key === outOfService)) return { kind: 'lost', why: 'out of service' };
  const silentSince = silentSinceOf(node);
  const silence = silentSince === undefined ? {} : silenceOf(silentSince, clock);
  if (silence.turnsAtMs !== undefined && silence.turnsAtMs <= clock.nowMs) {
    return { kind: 'lost', why: `not Ready since ${silentSince ?? ''}` };
  }
  const drain = drainOf(node);
  return drain ? { kind: 'draining', ...drain, ...silence } : { kind: 'active', ...silence };
}

/**
 * How a node stands that does not exist, to a pod that is bound to it since then: lost, but nodes and pods are watched
 * apart, and the pod may have been heard of first. So it has the time that a silent one has; by then Kubernetes has
 * mostly deleted the pod.
 */
export function goneStandingAt(boundAtMs: number, { nowMs, lossMs }: NodeClock): NodeStanding {
  const turnsAtMs = boundAtMs + lossMs;
  return turnsAtMs <= nowMs ? { kind: 'lost', why: 'gone' } : { kind: 'active', turnsAtMs };
}

/**
 * Whether a task is to leave a draining node. One that tolerates the marks would be put there again, for ever; and so
 * would one whose node is only deleted, which keeps no pod off: only those that were there before have to go.
 */
export function hasToLeave(
  { marks, deletedAtMs }: Drain,
  task: { readonly tolerations: readonly Toleration[]; readonly createdAtMs: number },
): boolean {
  const isDeleted = deletedAtMs !== undefined && task.createdAtMs < deletedAtMs;
  return isDeleted || marks.some((mark) => !isTolerated(mark, task.tolerations));
}

/** Whether somebody wants the node empty. */
export function isDrained(node: NodeView | undefined): boolean {
  return node !== undefined && drainOf(node) !== undefined;
}

/** Whether EC2 takes the instance of the node back. */
export function isSpotInterrupted(node: NodeView): boolean {
  return taintsOf(node).some(({ key }) => key === spotInterruption);
}

/** Whether a change of a node is one for its tasks: no heartbeat is, and no label. */
export function standsOtherwise(before: NodeView, after: NodeView): boolean {
  return marksOfStanding(before) !== marksOfStanding(after);
}

function marksOfStanding(node: NodeView): string {
  const isOut = taintsOf(node).some(({ key }) => key === outOfService);
  return JSON.stringify([isOut, silentSinceOf(node), drainOf(node)]);
}

/** RFC 3339 time since which the node is not Ready; undefined while it is. */
function silentSinceOf({ metadata, status }: NodeView): string | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return undefined;
  return ready?.lastTransitionTime ?? metadata.creationTimestamp;
}

function silenceOf(since: string, { lossMs }: NodeClock): Silence {
  return { turnsAtMs: Date.parse(since) + lossMs };
}

function drainOf(node: NodeView): Drain | undefined {
  const { deletionTimestamp } = node.metadata;
  const tainted = taintsOf(node).filter(({ key, effect }) => key in drainTaints && effect !== 'PreferNoSchedule');
  const marks = [...(node.spec?.unschedulable === true ? [cordon] : []), ...tainted];
  if (marks.length === 0 && deletionTimestamp === undefined) return undefined;
  const [why = marks.length > 0 ? 'cordoned' : 'deleted'] = tainted.map(({ key }) => drainTaints[key] ?? '');
  return {
    why,
    isSpot: isSpotInterrupted(node),
    marks,
    ...(deletionTimestamp !== undefined && { deletedAtMs: Date.parse(deletionTimestamp) }),
  };
}

function taintsOf({ spec }: NodeView): readonly Taint[] {
  return spec?.taints ?? [];
}

/** A task keeps its node for a while when that falls silent; a new one is not sent there at all. */
const atOnce = { nowMs: 0, lossMs: Infinity };

/** How a node stands for tasks that have none yet. */
export function standingForNew(node: NodeView): 'active' | 'draining' | 'disconnected' {
  const standing = nodeStandingAt(node, atOnce);
  return standing.kind === 'lost' || standing.turnsAtMs !== undefined ? 'disconnected' : standing.kind;
}
