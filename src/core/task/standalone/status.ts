import { annotations } from '../../../api/labels.ts';
import { launchTypeOf } from '../../capacity/launch-type.ts';
import type { PodView } from '../../../api/meta.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import type { Task, TaskContainerStatus, TaskStatus } from '../../../api/task.ts';
import type { Instant } from '../../../base/clock.ts';
import { standaloneTaskIdOf } from '../identity.ts';
import type { TaskView } from '../view.ts';
import { containersOf, taskHealthOf } from '../container-statuses.ts';
import { endingOf, type Ending } from '../ending.ts';
import { containerTimesOf } from '../times.ts';

/** What is so of a task whatever its pod does. */
function identityStatus({ metadata, spec }: Task): TaskStatus {
  return {
    taskId: standaloneTaskIdOf(metadata.uid),
    launchType: launchTypeOf(spec),
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
  return { taskDefinition, group: familyGroup(taskDefinition) };
}

/** The group of a task that names none. @param taskDefinition `family:revision`. */
export function familyGroup(taskDefinition: string): string {
  return `family:${taskDefinition.split(':')[0] ?? ''}`;
}

/** A pod, the task it is, and when it was looked at. */
interface PodSight {
  readonly pod: PodView;
  readonly view: TaskView;
  readonly now: Instant;
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
