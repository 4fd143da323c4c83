import { annotations } from '../../../api/labels.ts';
import type { PodView } from '../../../api/meta.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import type { Task, TaskContainerStatus, TaskStatus } from '../../../api/task.ts';
import type { Instant } from '../../../base/clock.ts';
import { canonicalJson } from '../../../base/hash.ts';
import { standaloneTaskIdOf } from '../identity.ts';
import type { TaskView } from '../view.ts';
import { containersOf, containerTimesOf, taskHealthOf } from './containers.ts';
import { endingOf, type Ending } from './ending.ts';

/** The order in which a task passes through its states; it skips some, and never goes back. */
export const statusOrder = ['PROVISIONING', 'PENDING', 'RUNNING', 'STOPPING', 'STOPPED'] as const;

/** Members that stay once they are set: what is known cannot become unknown, or another. */
const settled = [
  'taskId',
  'taskDefinition',
  'launchType',
  'group',
  'createdAt',
  'startedAt',
  'stoppingAt',
  'executionStoppedAt',
  'stoppedAt',
  'stopCode',
  'stoppedReason',
  'exitCode',
  'node',
  'podName',
  'podUid',
] as const satisfies readonly (keyof TaskStatus)[];

/** What is so of a task whatever its pod does. */
export function identityStatus({ metadata, spec }: Task): TaskStatus {
  return {
    taskId: standaloneTaskIdOf(metadata.uid),
    launchType: spec.launchType,
    createdAt: metadata.creationTimestamp,
    ...(spec.group !== undefined && { group: spec.group }),
  };
}

/** A task that has no pod yet. @param resolved what it will run, once that is certain. */
export function unbegunStatus(
  task: Task,
  resolved: { readonly taskDefinition: string; readonly content: TaskDefinitionSpec } | undefined,
): TaskStatus {
  return {
    ...(resolved && definitionOf(resolved.taskDefinition)),
    ...identityStatus(task),
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    healthStatus: 'UNKNOWN',
    ...(resolved && {
      containers: resolved.content.containerDefinitions.map(({ name, image }): TaskContainerStatus => ({
        name,
        image,
        lastStatus: 'PENDING',
        healthStatus: 'UNKNOWN',
      })),
    }),
  };
}

function definitionOf(taskDefinition: string): TaskStatus {
  return { taskDefinition, group: `family:${taskDefinition.split(':')[0] ?? ''}` };
}

/** A task as its pod shows it. */
export function podStatus(task: Task, { pod, view, now }: PodSight): TaskStatus {
  const { lastStatus, desiredStatus, node } = view;
  const taskDefinition = pod.metadata.annotations?.[annotations.taskDefinition];
  const containers = containersOf(pod, task.status?.containers, now.epochMs);
  return {
    ...(taskDefinition !== undefined && definitionOf(taskDefinition)),
    ...identityStatus(task),
    lastStatus,
    desiredStatus,
    containers,
    healthStatus: taskHealthOf(pod, containers),
    podName: pod.metadata.name,
    ...(node !== undefined && { node }),
    ...timesOf({ pod, view, now }),
    ...(hasReason(lastStatus) && endingOf(pod, task.spec.stop)),
    ...(lastStatus === 'STOPPED' && endOf(pod, containers, now)),
  };
}

function timesOf({ pod, view, now }: PodSight): TaskStatus {
  const { startedAt, executionStoppedAt, stoppingAt = now.iso } = containerTimesOf(pod);
  return {
    ...(startedAt !== undefined && { startedAt }),
    ...(executionStoppedAt !== undefined && { executionStoppedAt }),
    ...(view.desiredStatus === 'STOPPED' && { stoppingAt }),
  };
}

/** A pod, the task it is, and when it was looked at. */
export interface PodSight {
  readonly pod: PodView;
  readonly view: TaskView;
  readonly now: Instant;
}

function hasReason(lastStatus: TaskView['lastStatus']): boolean {
  return lastStatus === 'STOPPING' || lastStatus === 'STOPPED';
}

function endOf(pod: PodView, containers: readonly TaskContainerStatus[], now: Instant): TaskStatus {
  const times = containerTimesOf(pod);
  const exitCode = times.exitCode ?? containers[0]?.exitCode;
  return { stoppedAt: times.stoppedAt ?? now.iso, ...(exitCode !== undefined && { exitCode }) };
}

/** A task that has stopped without a pod to look at. */
export function podlessEnd(task: Task, ending: Ending, now: Instant): TaskStatus {
  const containers = (task.status?.containers ?? []).map((container) => ({
    ...container,
    lastStatus: 'STOPPED' as const,
  }));
  return {
    ...identityStatus(task),
    lastStatus: 'STOPPED',
    desiredStatus: 'STOPPED',
    containers,
    stoppingAt: now.iso,
    stoppedAt: now.iso,
    ...ending,
  };
}

/** The next status of a task that has not stopped: what is seen, as far as it goes forward. */
export function advanced(previous: TaskStatus, seen: TaskStatus): TaskStatus {
  const kept = Object.fromEntries(
    settled.flatMap((name) => (previous[name] === undefined ? [] : [[name, previous[name]]])),
  ) as TaskStatus;
  const next: TaskStatus = {
    ...previous,
    ...seen,
    ...kept,
    lastStatus: later(previous.lastStatus, seen.lastStatus),
    ...(previous.desiredStatus === 'STOPPED' && { desiredStatus: 'STOPPED' }),
    containers: containersAfter(previous.containers ?? [], seen.containers ?? []),
  };
  return canonicalJson(next) === canonicalJson(previous) ? previous : { ...next, version: (previous.version ?? 0) + 1 };
}

function later(a: TaskStatus['lastStatus'] = 'PROVISIONING', b = a): NonNullable<TaskStatus['lastStatus']> {
  return statusOrder.indexOf(a) > statusOrder.indexOf(b) ? a : b;
}

const containerOrder = ['PENDING', 'RUNNING', 'STOPPED'];

/** Containers go forward too, and what is known of one stays known. */
function containersAfter(
  previous: readonly TaskContainerStatus[],
  seen: readonly TaskContainerStatus[],
): TaskContainerStatus[] {
  if (seen.length === 0) return [...previous];
  return seen.map((container) => {
    const before = previous.find(({ name }) => name === container.name);
    if (!before) return container;
    const { imageDigest, exitCode } = before;
    if (before.lastStatus === 'STOPPED') return before;
    const isBehind = containerOrder.indexOf(before.lastStatus) > containerOrder.indexOf(container.lastStatus);
    return {
      ...container,
      ...(isBehind && before),
      ...(imageDigest !== undefined && { imageDigest }),
      ...(exitCode !== undefined && { exitCode }),
    };
  });
}
