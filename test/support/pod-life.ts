import { annotations } from '../../src/api/labels.ts';
import type { Pod } from '../../src/api/meta.ts';
import type { TaskContainer } from '../../src/core/task/containers.ts';

/**
 * What a kubelet makes of a pod, one stage at a time, written down apart from the code that reads it: no stage is
 * skipped, none comes back, and how long each takes is up to the test.
 */

type Statuses = NonNullable<NonNullable<Pod['status']>['containerStatuses']>;
type ContainerStatus = Statuses[number];

/** The pod one stage further; the same pod when it has reached its last, undefined once it is gone. */
export function progressed(pod: Pod, node: string, now: string): Pod | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return undefined;
  if (hasEnded(pod)) return pod;
  if (pod.spec?.activeDeadlineSeconds !== undefined) return ended(pod, 137, now);
  if (pod.spec?.nodeName === undefined) return { ...pod, spec: { containers: [], ...pod.spec, nodeName: node } };
  const statuses = pod.status?.containerStatuses;
  if (!statuses) return started(pod, now);
  const isReady = statuses.every(({ ready: isPassing, state }) => isPassing || state?.terminated !== undefined);
  return isReady ? pod : withStatuses(pod, statuses.map(ready));
}

/** The pod after that container has exited; the pod ends with its last container. */
export function exited(pod: Pod, container: number, exit: { readonly code: number; readonly at: string }): Pod {
  const statuses = pod.status?.containerStatuses;
  if (!statuses || hasEnded(pod)) return pod;
  const victim = container % statuses.length;
  const next = statuses.map((status, index) => (index === victim ? terminated(status, exit) : status));
  return next.every((status) => status.state?.terminated)
    ? ended(withStatuses(pod, next), exit.code, exit.at)
    : withStatuses(pod, next);
}

/** The pod with its health checks failing. */
export function sickened(pod: Pod): Pod {
  const statuses = pod.status?.containerStatuses;
  if (!statuses || hasEnded(pod)) return pod;
  return withStatuses(
    pod,
    statuses.map((status) => (hasProbe(pod, status) ? { ...status, ready: false } : status)),
  );
}

/** The pod after a delete was asked for; undefined when nothing has to be waited for. */
export function deleted(pod: Pod, now: string): Pod | undefined {
  if (hasEnded(pod) || pod.spec?.nodeName === undefined) return undefined;
  return { ...pod, metadata: { ...pod.metadata, deletionTimestamp: pod.metadata.deletionTimestamp ?? now } };
}

/** Whether no container of the pod will ever run again. */
export function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Whether the task is meant to go on: nobody stops it, and no essential container has exited. */
export function isMeantToRun(pod: Pod): boolean {
  const isStopping =
    pod.metadata.deletionTimestamp !== undefined || pod.metadata.annotations?.[annotations.stopCode] !== undefined;
  return !isStopping && !hasEnded(pod) && !essentials(pod).some((status) => status.state?.terminated);
}

/** Whether the task counts as healthy: its checks pass, or it has none and has run for 40 seconds. */
export function isInService(pod: Pod, nowMs: number): boolean {
  const statuses = pod.status?.containerStatuses;
  if (!statuses || !isMeantToRun(pod)) return false;
  const checked = essentials(pod).filter((status) => hasProbe(pod, status));
  if (checked.length > 0) return checked.every((status) => status.ready);
  return statuses.every((status) => nowMs - Date.parse(startOf(status) ?? '') >= 40_000);
}

function startOf({ state }: ContainerStatus): string | undefined {
  return state?.running?.startedAt ?? state?.terminated?.startedAt;
}

function essentials(pod: Pod): Statuses {
  const tasks = JSON.parse(pod.metadata.annotations?.[annotations.containers] ?? '[]') as TaskContainer[];
  const names = tasks.filter((task) => task.essential).map((task) => task.container);
  return (pod.status?.containerStatuses ?? []).filter((status) => names.includes(status.name));
}

function hasProbe(pod: Pod, status: ContainerStatus): boolean {
  const container = pod.spec?.containers.find((each) => each.name === status.name);
  return container?.readinessProbe !== undefined;
}

function started(pod: Pod, now: string): Pod {
  const statuses = (pod.spec?.containers ?? []).map(({ name, image = '', readinessProbe }) => ({
    name,
    image,
    imageID: '',
    restartCount: 0,
    ready: readinessProbe === undefined,
    state: { running: { startedAt: now } },
  }));
  return { ...pod, status: { ...pod.status, phase: 'Running', containerStatuses: statuses } };
}

function ready(status: ContainerStatus): ContainerStatus {
  return status.state?.running ? { ...status, ready: true } : status;
}

function terminated(status: ContainerStatus, exit: { readonly code: number; readonly at: string }): ContainerStatus {
  if (status.state?.terminated) return status;
  const startedAt = startOf(status) ?? exit.at;
  return { ...status, ready: false, state: { terminated: { exitCode: exit.code, startedAt, finishedAt: exit.at } } };
}

function ended(pod: Pod, code: number, now: string): Pod {
  const statuses = (pod.status?.containerStatuses ?? []).map((status) => terminated(status, { code, at: now }));
  const failed = statuses.some((status) => status.state?.terminated?.exitCode !== 0);
  return {
    ...pod,
    status: { ...pod.status, phase: failed ? 'Failed' : 'Succeeded', containerStatuses: statuses },
  };
}

function withStatuses(pod: Pod, containerStatuses: Statuses): Pod {
  return { ...pod, status: { ...pod.status, containerStatuses } };
}
