import { annotations, labels } from '../../api/labels.ts';
import type { PodView } from '../../api/meta.ts';
import { readTaskContainers, type TaskContainer } from './containers.ts';
import { exitOf, hasStarted, healthyAtMs, type ContainerStatus } from './health.ts';
import { pendingReason, stoppedReason } from './reasons.ts';

/** ECS's words for where a task is (Developer Guide, "Task lifecycle"); ACTIVATING and its like come with routing. */
export type LastStatus = 'PROVISIONING' | 'PENDING' | 'RUNNING' | 'STOPPING' | 'STOPPED';

/** A task as the planners see it: a pod without its soup. */
export interface TaskView {
  readonly id: string;
  readonly podName: string;
  readonly podUid: string;
  readonly resourceVersion: string;
  /** Digits of its deployment. */
  readonly deployment: string;
  readonly launch: number;
  readonly launchType: string;
  readonly node: string | undefined;
  readonly lastStatus: LastStatus;
  /** STOPPED once somebody wants it gone, or an essential container has exited. */
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  /** Epoch ms from which it counts as healthy in a deployment; absent while it does not. */
  readonly healthyAtMs?: number;
  readonly createdAtMs: number;
  readonly stoppedAtMs?: number;
  /** An essential container has exited while the pod still runs: the task has to be ended, for this reason. */
  readonly endBecause?: string;
  /** Why it is not RUNNING yet. */
  readonly pendingReason?: string;
  /** Why it stopped by itself. */
  readonly stoppedReason?: string;
}

/** Whether the task is meant to go on running: what ECS counts against the bounds of a deployment. */
export function isLive(task: TaskView): boolean {
  return task.desiredStatus === 'RUNNING';
}

/** Whether the task counts as healthy in a deployment at that time. */
export function isHealthyAt(task: TaskView, epochMs: number): boolean {
  return task.healthyAtMs !== undefined && task.healthyAtMs <= epochMs;
}

/** What the containers of a pod say, in one place. */
interface Facts {
  readonly pod: PodView;
  readonly containers: readonly TaskContainer[];
  readonly statuses: readonly ContainerStatus[];
}

/** The task that `pod` is. */
export function describeTask(pod: PodView): TaskView {
  const containers = readTaskContainers(pod);
  const names = new Set(containers.map((container) => container.container));
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const statuses = [...initContainerStatuses, ...containerStatuses].filter((status) => names.has(status.name));
  const facts = { pod, containers, statuses };
  const lastStatus = lastStatusOf(facts);
  return { ...identityOf(pod), lastStatus, ...desireOf(facts, lastStatus), ...detailOf(facts, lastStatus) };
}

/** An essential exit is the end of the task, whatever else still runs; ending it may still need an act of ours. */
function desireOf(facts: Facts, lastStatus: LastStatus): Pick<TaskView, 'desiredStatus' | 'endBecause'> {
  if (lastStatus === 'STOPPING' || lastStatus === 'STOPPED') return { desiredStatus: 'STOPPED' };
  const endBecause = exitOf(facts.containers, facts.statuses);
  return endBecause === undefined ? { desiredStatus: 'RUNNING' } : { desiredStatus: 'STOPPED', endBecause };
}

function detailOf(
  facts: Facts,
  lastStatus: LastStatus,
): Pick<TaskView, 'pendingReason' | 'healthyAtMs' | 'stoppedReason' | 'stoppedAtMs'> {
  switch (lastStatus) {
    case 'PROVISIONING':
    case 'PENDING':
      return { pendingReason: pendingReason(facts) };
    case 'RUNNING': {
      const at = healthyAtMs(facts.containers, facts.statuses);
      return at === undefined ? {} : { healthyAtMs: at };
    }
    case 'STOPPING':
      return {};
    case 'STOPPED':
      return { stoppedReason: stoppedReason(facts), stoppedAtMs: stoppedAt(facts) };
  }
}

function identityOf(
  pod: PodView,
): Pick<
  TaskView,
  'id' | 'podName' | 'podUid' | 'resourceVersion' | 'deployment' | 'launch' | 'launchType' | 'node' | 'createdAtMs'
> {
  const { metadata } = pod;
  return {
    id: metadata.labels?.[labels.taskId] ?? metadata.uid,
    podName: metadata.name,
    podUid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    deployment: metadata.labels?.[labels.deployment] ?? '',
    launch: launchOf(metadata.annotations?.[annotations.launch]),
    launchType: metadata.labels?.[labels.launchType] ?? 'EC2',
    node: pod.spec?.nodeName,
    createdAtMs: Date.parse(metadata.creationTimestamp),
  };
}

/** 0 when somebody has damaged the annotation: the status remembers the number too. */
function launchOf(text = ''): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** RUNNING needs every container to have started, also the non-essential ones and those that have ended since (ECS agent, task known status). */
function lastStatusOf({ pod, containers, statuses }: Facts): LastStatus {
  if (hasEnded(pod)) return 'STOPPED';
  if (isToldToStop(pod)) return 'STOPPING';
  const started = statuses.filter(hasStarted);
  if (containers.length > 0 && started.length === containers.length) return 'RUNNING';
  return pod.spec?.nodeName === undefined ? 'PROVISIONING' : 'PENDING';
}

/** Whether all that the pod ran is over. */
export function hasEnded({ status }: PodView): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** By a delete, or by the stop code that comes with a deadline. */
function isToldToStop({ metadata }: PodView): boolean {
  return metadata.deletionTimestamp !== undefined || metadata.annotations?.[annotations.stopCode] !== undefined;
}

function stoppedAt({ pod, statuses }: Facts): number {
  const ends = statuses.map((status) => Date.parse(status.state?.terminated?.finishedAt ?? ''));
  return Math.max(Date.parse(pod.metadata.creationTimestamp), ...ends.filter((end) => !Number.isNaN(end)));
}
