import { annotations, labels, managedBy } from '../../../api/labels.ts';
import type { LaunchType } from '../../../api/placement.ts';
import type { TaskContainerStatus, TaskRecord, TaskSpec } from '../../../api/task.ts';
import { dnsName } from '../../../base/dns-name.ts';
import { defined } from '../../../base/defined.ts';
import { containersOf, taskHealthOf } from '../../task/container-statuses.ts';
import { containerTimesOf, toldAt } from '../../task/times.ts';
import { deploymentId } from '../deployment.ts';
import { displayName } from '../events.ts';
import { causeOf } from './cause.ts';
import type { StoppedTask } from './task.ts';
import type { StoppedWorld } from './world.ts';

/** The ECSTask that records a stopped task of a service. */
export interface NewRecord {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: Pick<TaskSpec, 'taskDefinition' | 'cluster' | 'launchType' | 'group' | 'startedBy'> & {
    readonly stop: NonNullable<TaskSpec['stop']>;
    readonly kubernetes: { readonly ttlSecondsAfterStopped: number; readonly record: TaskRecord };
  };
}

/** What a record is made of. */
interface Recorded {
  readonly facts: TaskRecord;
  /** `family:revision`. */
  readonly taskDefinition: string;
  readonly launchType: LaunchType;
  /** Digits of its deployment. */
  readonly deployment: string;
  /** metadata.name of its cluster, where that is known. */
  readonly cluster?: string | undefined;
}

/** The record of a task whose pod was seen. */
export function renderRecord(task: StoppedTask, world: StoppedWorld): NewRecord {
  const { pod, view } = task;
  const taskDefinition = pod.metadata.annotations?.[annotations.taskDefinition] ?? world.service.spec.taskDefinition;
  const cluster = pod.metadata.labels?.[labels.cluster];
  const { deployment, launchType } = view;
  return recordOf({ facts: factsOf(task, world), taskDefinition, launchType, deployment, cluster }, world);
}

/**
 * A record has the name of the task's pod, so that a repeated create meets the first one's. Its spec holds all there is
 * to say, which never changes; `stop` is for an operator that knows of no records and would take it for a task to run.
 */
export function recordOf(recorded: Recorded, { service, keptSeconds }: StoppedWorld): NewRecord {
  const { facts, deployment, taskDefinition, launchType, cluster } = recorded;
  return {
    metadata: {
      name: facts.podName,
      labels: {
        [labels.managedBy]: managedBy,
        [labels.cluster]: cluster ?? dnsName(service.spec.cluster),
        [labels.service]: service.metadata.name,
        [labels.deployment]: deployment,
        [labels.taskId]: facts.taskId,
        [labels.launchType]: launchType,
      },
    },
    spec: {
      taskDefinition,
      cluster: service.spec.cluster,
      launchType,
      group: `service:${displayName(service)}`,
      startedBy: deploymentId(deployment),
      stop: { reason: facts.stoppedReason },
      kubernetes: { ttlSecondsAfterStopped: keptSeconds, record: facts },
    },
  };
}

function factsOf(task: StoppedTask, world: StoppedWorld): TaskRecord {
  const { pod, view, stoppedAt } = task;
  const times = containerTimesOf(pod);
  const containers = containersOf(pod).map(stopped);
  return {
    taskId: view.id,
    ...defined('capacityProviderName', view.provider),
    launch: view.launch,
    containers,
    healthStatus: taskHealthOf(pod, containers),
    createdAt: pod.metadata.creationTimestamp,
    ...defined('startedAt', times.startedAt),
    stoppingAt: toldAt(pod) ?? times.executionStoppedAt ?? stoppedAt,
    ...defined('executionStoppedAt', times.executionStoppedAt),
    stoppedAt,
    ...causeOf(task, world),
    ...defined('exitCode', times.exitCode ?? containers[0]?.exitCode),
    ...defined('node', view.node),
    podName: view.podName,
    podUid: view.podUid,
  };
}

/** A container that was last seen running has stopped with its pod; how is unknown. */
function stopped(container: TaskContainerStatus): TaskContainerStatus {
  return { ...container, lastStatus: 'STOPPED' };
}
