import { annotations, labels } from '../../src/api/labels.ts';
import type { Pod } from '../../src/api/meta.ts';
import type { TaskContainer } from '../../src/core/task/containers.ts';
import { earlyExit, earlyProgress, hasFailedEarly, isPodInitialized } from './pod-life/early.ts';
import {
  failedPull,
  neverCreated,
  terminated,
  type ContainerStatus,
  type Exit,
  type Statuses,
} from './pod-life/statuses.ts';

/**
 * What a kubelet makes of a pod, one stage at a time, written down apart from the code that reads it: no stage is
 * skipped, none comes back, and how long each takes is up to the test.
 */

/** The pod one stage further; the same pod when it has reached its last, undefined once it is gone. */
export function progressed(pod: Pod, node: string, now: string): Pod | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return undefined;
  if (hasEnded(pod)) return pod;
  if (pod.spec?.nodeName === undefined) return placed(pod, node, now);
  if (pod.spec.activeDeadlineSeconds !== undefined) return ended(pod, 137, now);
  return isPodInitialized(pod) ? lateProgress(pod, now) : earlyProgress(pod, now);
}

/** The pod after a patch of its annotations; null takes one away. */
export function annotated(pod: Pod, notes: Readonly<Record<string, string | null>>): Pod {
  const all = Object.entries({ ...pod.metadata.annotations, ...notes });
  const kept = Object.fromEntries(all.flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
  return { ...pod, metadata: { ...pod.metadata, annotations: kept } };
}

/** The pod once it is ended for that reason: its kubelet does the rest. */
export function toldToEnd(
  pod: Pod,
  { stopCode, stoppedReason }: { readonly stopCode: string; readonly stoppedReason: string },
): Pod {
  const written = { [annotations.stopCode]: stopCode, [annotations.stoppedReason]: stoppedReason };
  const metadata = { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...written } };
  return { ...pod, metadata, spec: { containers: [], ...pod.spec, activeDeadlineSeconds: 1 } };
}

/** The pod whose task is protected from scale-in and deployments for so long. */
export function protectedFor(pod: Pod, forMs: number, nowMs: number): Pod {
  const until = { [annotations.protectedUntil]: new Date(nowMs + forMs).toISOString() };
  return { ...pod, metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, ...until } } };
}

function lateProgress(pod: Pod, now: string): Pod {
  const statuses = pod.status?.containerStatuses;
  if (!statuses || statuses.some(({ state }) => state?.waiting)) return started(pod, now);
  const isReady = statuses.every(({ ready: isPassing, state }) => isPassing || state?.terminated !== undefined);
  return isReady ? pod : withStatuses(pod, statuses.map(ready));
}

/** The pod after its first container could not be pulled; the same once that has started. */
export function stuck(pod: Pod): Pod {
  const isUnder = statusesOf(pod).some(({ state }) => !state?.waiting);
  if (hasEnded(pod) || pod.spec?.nodeName === undefined || isUnder) return pod;
  const [early] = pod.spec.initContainers ?? [];
  const [late] = pod.spec.containers;
  if (early) return { ...pod, status: { ...pod.status, initContainerStatuses: [failedPull(early)] } };
  return late ? withStatuses(pod, [failedPull(late)]) : pod;
}

/** The pod after one of its containers that run has exited; it ends with its last ordinary one. */
export function exited(pod: Pod, container: number, exit: Exit): Pod {
  const { initContainerStatuses: early = [], containerStatuses: late = [] } = pod.status ?? {};
  const running = [...late, ...early].filter(({ state }) => state?.running);
  const victim = running[container % Math.max(1, running.length)];
  if (!victim || hasEnded(pod)) return pod;
  if (early.includes(victim)) {
    const next = earlyExit(pod, victim, exit);
    return hasFailedEarly(next) ? ended(next, exit.code, exit.at) : next;
  }
  const statuses = late.map((status) => (status === victim ? terminated(status, exit) : status));
  const next = withStatuses(pod, statuses);
  return statuses.every(({ state }) => state?.terminated) ? ended(next, exit.code, exit.at) : next;
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
  return (
    !isStopping && !hasEnded(pod) && !essentials(pod).some(({ state, lastState }) => (lastState ?? state)?.terminated)
  );
}

/** Whether the task counts as healthy: its checks pass, or it has none and has run for 40 seconds. */
export function isInService(pod: Pod, nowMs: number): boolean {
  const statuses = statusesOf(pod);
  if (!pod.status?.containerStatuses || !isMeantToRun(pod)) return false;
  if (pod.metadata.labels?.[labels.inService] === 'false') return false;
  if (statuses.some((status) => startOf(status) === undefined)) return false;
  const checked = essentials(pod).filter((status) => hasProbe(pod, status));
  if (checked.length > 0) return checked.every((status) => status.ready);
  return statuses.every((status) => nowMs - Date.parse(startOf(status) ?? '') >= 40_000);
}

function startOf({ state, lastState }: ContainerStatus): string | undefined {
  return lastState?.terminated?.startedAt ?? state?.running?.startedAt ?? state?.terminated?.startedAt;
}

function statusesOf({ status }: Pod): Statuses {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

function essentials(pod: Pod): Statuses {
  const tasks = JSON.parse(pod.metadata.annotations?.[annotations.containers] ?? '[]') as TaskContainer[];
  const names = tasks.filter((task) => task.essential).map((task) => task.container);
  return statusesOf(pod).filter((status) => names.includes(status.name));
}

function hasProbe({ spec }: Pod, status: ContainerStatus): boolean {
  const all = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return all.find((each) => each.name === status.name)?.readinessProbe !== undefined;
}

function placed(pod: Pod, nodeName: string, now: string): Pod {
  const conditions = [{ type: 'PodScheduled', status: 'True', lastTransitionTime: now }];
  return { ...pod, spec: { containers: [], ...pod.spec, nodeName }, status: { ...pod.status, conditions } };
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

/** All that runs ends with that code; what was not even created is lost, once the init containers are past. */
function ended(pod: Pod, code: number, now: string): Pod {
  const exit = { code, at: now };
  const isLost = isPodInitialized(pod);
  const end = (status: ContainerStatus): ContainerStatus => (status.state?.waiting ? status : terminated(status, exit));
  const early = (pod.status?.initContainerStatuses ?? []).map(end);
  const late = (pod.status?.containerStatuses ?? []).map((status) =>
    status.state?.waiting && isLost ? neverCreated(status) : end(status),
  );
  const isGood = late.length > 0 && late.every(({ state }) => state?.terminated?.exitCode === 0);
  const statuses = { ...(early.length > 0 && { initContainerStatuses: early }), containerStatuses: late };
  return { ...pod, status: { ...pod.status, phase: isGood ? 'Succeeded' : 'Failed', ...statuses } };
}

function withStatuses(pod: Pod, containerStatuses: Statuses): Pod {
  return { ...pod, status: { ...pod.status, containerStatuses } };
}
