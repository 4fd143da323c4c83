import { annotations, labels } from '../../api/labels.ts';
import type { PodView } from '../../api/meta.ts';
import type { LaunchType } from '../../api/placement.ts';
import type { StopCode } from '../../api/task.ts';
import { defined } from '../../base/defined.ts';
import { memo } from '../../base/memo.ts';
import { pinOf } from '../placement/operator/pin.ts';
import { essentialEnding, stoppedReasonOf, type KnownEnding } from './ending.ts';
import { factsOf, hasEnded, haveAllStarted, lastStartOf, type TaskFacts } from './facts.ts';
import { fateOf, type Fate } from './fate.ts';
import { giveUpOf, type GiveUp } from './give-up.ts';
import { healthyAtMs, routeOf, unhealthyAtMs, unreadySinceMs } from './health.ts';
import { protectionOf, type Protection } from './protection.ts';
import { pulledImages, type PulledImage } from './pulled.ts';
import { pendingReason, unplacedMessage } from './reasons.ts';
import { isInService, type TaskRoute } from './routing.ts';

/**
 * ECS's words for where a task is (Developer Guide, "Task lifecycle"). DEACTIVATING is one that is drained; one that is
 * not in service yet is RUNNING, for ECS skips ACTIVATING as it likes.
 */
export type LastStatus = 'PROVISIONING' | 'PENDING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPING' | 'STOPPED';

/** A task as the planners see it: a pod without its soup. */
export interface TaskView {
  readonly id: string;
  readonly podName: string;
  readonly podUid: string;
  readonly resourceVersion: string;
  /** Digits of its deployment. */
  readonly deployment: string;
  readonly launch: number;
  readonly launchType: LaunchType;
  /** Its capacity provider, as ECS would show it; absent where it was started by its launch type. */
  readonly provider?: string;
  /** The provider without room that its own stands in for: it counts as one of that. */
  readonly standsFor?: string;
  /** What binds it to nodes, in short; absent where its pod does not tell. */
  readonly binding?: string;
  readonly node: string | undefined;
  /** The one node that it waits for; absent where that is not decided, and once it has it. */
  readonly pinnedTo?: string;
  readonly lastStatus: LastStatus;
  /** STOPPED once somebody wants it gone, or an essential container has exited. */
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  /** Epoch ms from which it counts as healthy in a deployment; absent while it does not. */
  readonly healthyAtMs?: number;
  /** Epoch ms from which it is UNHEALTHY unless its checks pass; absent while none of them is awaited. */
  readonly unhealthyAtMs?: number;
  /** How it is reached; absent when it is not, or does not run. */
  readonly route?: TaskRoute;
  /** Epoch ms at which it has drained, which it has at once when there is nothing left to drain; and why it is stopped. */
  readonly drainsUntilMs?: number;
  readonly drainReason?: string;
  /** Epoch ms from which its containers are not all ready, as far as its pod tells. */
  readonly unreadySinceMs?: number;
  /** Epoch ms until which scale-in and deployments leave it alone. */
  readonly protectedUntilMs?: number;
  /** What its pod says of protection, where it says anything. */
  readonly protection?: Protection;
  readonly createdAtMs: number;
  /** Epoch ms at which it was bound to its node, as far as its pod tells. */
  readonly boundAtMs?: number;
  /** Epoch ms since when it is RUNNING; absent while it is not, or is over. */
  readonly startedAtMs?: number;
  readonly stoppedAtMs?: number;
  /** What became of it, once it is over, also while its last containers still end; not of one that is drained. */
  readonly fate?: Fate;
  /** An essential container has exited while the pod still runs: the task has to be ended, for this reason. */
  readonly endBecause?: string;
  /** ECS's code for that end. */
  readonly endCode?: StopCode;
  /** Containers of it cannot be started: when and why it has to be ended. */
  readonly giveUp?: GiveUp;
  /** Why it is not RUNNING yet. */
  readonly pendingReason?: string;
  /** What the kube-scheduler says of it when it finds no node. */
  readonly unplaced?: string;
  /** Why it stopped by itself. */
  readonly stoppedReason?: string;
  /** What was pulled for its containers; absent where nothing was, or their images have digests. */
  readonly pulled?: readonly PulledImage[];
}

/** Whether the task is meant to go on running: what ECS counts against the bounds of a deployment. */
export function isLive(task: TaskView): boolean {
  return task.desiredStatus === 'RUNNING';
}

/** Whether the task is on its way to RUNNING. */
export function isPending({ lastStatus }: TaskView): boolean {
  return lastStatus === 'PROVISIONING' || lastStatus === 'PENDING';
}

/** Whether the task is to run, and has no node yet. */
export function waitsForNode(task: TaskView): boolean {
  return isLive(task) && task.lastStatus === 'PROVISIONING';
}

/** Whether the task counts as healthy in a deployment at that time. */
export function isHealthyAt(task: TaskView, epochMs: number): boolean {
  return task.healthyAtMs !== undefined && task.healthyAtMs <= epochMs;
}

/** Whether and why the task has to be ended at that time. */
export function endOf({ endBecause, endCode, giveUp }: TaskView, epochMs: number): KnownEnding | undefined {
  if (endBecause !== undefined) return { stopCode: endCode ?? 'EssentialContainerExited', stoppedReason: endBecause };
  return giveUp && giveUp.atMs <= epochMs ? { stopCode: 'TaskFailedToStart', stoppedReason: giveUp.reason } : undefined;
}

/** The times after `epochMs` at which the task counts otherwise though its pod does not change, in epoch ms. */
export function turnsAfter({ healthyAtMs: healthy, unhealthyAtMs: late, giveUp }: TaskView, epochMs: number): number[] {
  return [healthy, late, giveUp?.atMs].filter((at) => at !== undefined).filter((at) => at > epochMs);
}

/** The task that `pod` is; told once for each state of a pod. */
export const describeTask = memo((pod: PodView): TaskView => {
  const facts = factsOf(pod);
  const lastStatus = lastStatusOf(facts);
  const desire = desireOf(facts, lastStatus);
  const hasFate = lastStatus === 'STOPPING' || lastStatus === 'STOPPED' || desire.endBecause !== undefined;
  return {
    ...identityOf(pod),
    lastStatus,
    ...desire,
    ...(hasFate && { fate: fateOf(pod) }),
    ...detailOf(facts, lastStatus),
    ...defined('pulled', pulledImages(facts)),
  };
});

/** An essential exit is the end of the task, whatever else still runs; ending it may still need an act of ours. */
function desireOf(
  facts: TaskFacts,
  lastStatus: LastStatus,
): Pick<TaskView, 'desiredStatus' | 'endBecause' | 'endCode' | 'giveUp'> {
  if (isOver(lastStatus)) return { desiredStatus: 'STOPPED' };
  const ending = essentialEnding(facts);
  if (!ending) return { desiredStatus: 'RUNNING', ...defined('giveUp', giveUpOf(facts)) };
  return { desiredStatus: 'STOPPED', endBecause: ending.stoppedReason, endCode: ending.stopCode };
}

function isOver(lastStatus: LastStatus): boolean {
  return lastStatus === 'DEACTIVATING' || lastStatus === 'STOPPING' || lastStatus === 'STOPPED';
}

function detailOf(
  facts: TaskFacts,
  lastStatus: LastStatus,
): Omit<TaskView, keyof ReturnType<typeof identityOf> | 'lastStatus' | 'desiredStatus'> {
  switch (lastStatus) {
    case 'PROVISIONING':
    case 'PENDING':
      return {
        pendingReason: pendingReason(facts),
        ...defined('unplaced', unplacedMessage(facts.pod)),
        ...defined('unhealthyAtMs', unhealthyAtMs(facts)),
      };
    case 'RUNNING':
      return {
        startedAtMs: Date.parse(lastStartOf(facts) ?? facts.pod.metadata.creationTimestamp),
        ...defined('healthyAtMs', healthyAtMs(facts)),
        ...defined('unhealthyAtMs', unhealthyAtMs(facts)),
        ...defined('unreadySinceMs', unreadySinceMs(facts)),
        ...defined('route', routeOf(facts)),
      };
    case 'DEACTIVATING':
      return drainOf(facts);
    case 'STOPPING':
      return {};
    case 'STOPPED':
      return { stoppedReason: stoppedReasonOf(facts), stoppedAtMs: stoppedAt(facts) };
  }
}

/** A damaged time has passed, and a task whose end has come by itself serves nobody. */
function drainOf(facts: TaskFacts): Pick<TaskView, 'drainsUntilMs' | 'drainReason'> {
  const until = Date.parse(facts.pod.metadata.annotations?.[annotations.drainsUntil] ?? '');
  const isDone = Number.isNaN(until) || essentialEnding(facts) !== undefined;
  return {
    drainsUntilMs: isDone ? 0 : until,
    ...defined('drainReason', facts.pod.metadata.annotations?.[annotations.stoppedReason]),
  };
}

function identityOf(
  pod: PodView,
): Pick<
  TaskView,
  | 'id'
  | 'podName'
  | 'podUid'
  | 'resourceVersion'
  | 'deployment'
  | 'launch'
  | 'launchType'
  | 'provider'
  | 'standsFor'
  | 'binding'
  | 'node'
  | 'pinnedTo'
  | 'createdAtMs'
  | 'boundAtMs'
  | 'protectedUntilMs'
  | 'protection'
> {
  const { metadata } = pod;
  return {
    id: metadata.labels?.[labels.taskId] ?? metadata.uid,
    podName: metadata.name,
    podUid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    deployment: metadata.labels?.[labels.deployment] ?? '',
    launch: launchOf(metadata.annotations?.[annotations.launch]),
    launchType: metadata.labels?.[labels.launchType] === 'FARGATE' ? 'FARGATE' : 'EC2',
    ...providerOf(pod),
    ...defined('binding', metadata.annotations?.[annotations.binding]),
    ...placeOf(pod),
    createdAtMs: Date.parse(metadata.creationTimestamp),
    ...defined('boundAtMs', boundAtMsOf(pod)),
    ...protectionOf(pod),
  };
}

function placeOf(pod: PodView): Pick<TaskView, 'node' | 'pinnedTo'> {
  const node = pod.spec?.nodeName;
  return { node, ...(node === undefined && defined('pinnedTo', pinOf(pod))) };
}

function providerOf({ metadata: { annotations: own = {} } }: PodView): Pick<TaskView, 'provider' | 'standsFor'> {
  return {
    ...defined('provider', own[annotations.capacityProvider]),
    ...defined('standsFor', own[annotations.standsFor]),
  };
}

function boundAtMsOf({ status }: PodView): number | undefined {
  const scheduled = status?.conditions?.find(({ type, status: holds }) => type === 'PodScheduled' && holds === 'True');
  return scheduled?.lastTransitionTime === undefined ? undefined : Date.parse(scheduled.lastTransitionTime);
}

/** 0 when somebody has damaged the annotation: the status remembers the number too. */
function launchOf(text = ''): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** ECS agent, task known status. */
function lastStatusOf(facts: TaskFacts): LastStatus {
  const { pod } = facts;
  if (hasEnded(pod)) return 'STOPPED';
  if (isDraining(pod)) return 'DEACTIVATING';
  if (isToldToStop(pod)) return 'STOPPING';
  if (haveAllStarted(facts)) return 'RUNNING';
  return pod.spec?.nodeName === undefined ? 'PROVISIONING' : 'PENDING';
}

/** Routed, out of service for good, and not yet told to stop. */
function isDraining(pod: PodView): boolean {
  const { deletionTimestamp, annotations: own } = pod.metadata;
  const isMarked = isInService(pod) === false && own?.[annotations.drainsUntil] !== undefined;
  return isMarked && deletionTimestamp === undefined;
}

/** By a delete, or by the stop code that comes with a deadline. */
function isToldToStop({ metadata }: PodView): boolean {
  return metadata.deletionTimestamp !== undefined || metadata.annotations?.[annotations.stopCode] !== undefined;
}

function stoppedAt({ pod, containers }: TaskFacts): number {
  const ends = containers.map(({ finishedAt = '' }) => Date.parse(finishedAt));
  return Math.max(Date.parse(pod.metadata.creationTimestamp), ...ends.filter((end) => !Number.isNaN(end)));
}
