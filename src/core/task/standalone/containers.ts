import type { PodView } from '../../../api/meta.ts';
import type { TaskContainerStatus, TaskStatus } from '../../../api/task.ts';
import { clip } from '../../../base/text.ts';
import { readTaskContainers, type TaskContainer } from '../containers.ts';
import type { ContainerStatus } from '../health.ts';
import { exitError, waitingError } from '../reasons.ts';
import { hasEnded } from '../view.ts';

const longestReason = 1024;

/** How the containers of a pod are, in ECS's words. */
export function containersOf(pod: PodView, previous: readonly TaskContainerStatus[] = []): TaskContainerStatus[] {
  return readTaskContainers(pod).map((container) => {
    const status = pod.status?.containerStatuses?.find(({ name }) => name === container.container);
    const before = previous.find(({ name }) => name === container.name);
    const image = pod.spec?.containers.find(({ name }) => name === container.container)?.image;
    return {
      name: container.name,
      image: image ?? before?.image ?? 'unknown',
      ...digestOf(status),
      ...stateOf(pod, status),
      healthStatus: healthOf(container, status, before?.healthStatus ?? 'UNKNOWN'),
    };
  });
}

function digestOf(status: ContainerStatus | undefined): { imageDigest?: string } {
  const digest = /sha256:[0-9a-f]{64}/.exec(status?.imageID ?? '')?.[0];
  return digest === undefined ? {} : { imageDigest: digest };
}

function stateOf(
  pod: PodView,
  status: ContainerStatus | undefined,
): Pick<TaskContainerStatus, 'lastStatus' | 'exitCode' | 'reason'> {
  const { running, terminated } = status?.state ?? {};
  if (terminated) return { lastStatus: 'STOPPED', ...exitCodeOf(status), ...reasonOf(exitError(terminated)) };
  if (hasEnded(pod)) return { lastStatus: 'STOPPED', ...reasonOf(status && waitingError(status)) };
  return running ? { lastStatus: 'RUNNING' } : { lastStatus: 'PENDING', ...reasonOf(status && waitingError(status)) };
}

function reasonOf(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason: clip(reason, longestReason) };
}

/** A kubelet that has lost a container says 137, for want of a code that it knows. */
function exitCodeOf(status: ContainerStatus | undefined): { exitCode?: number } {
  const terminated = status?.state?.terminated;
  if (!terminated || terminated.reason === 'ContainerStatusUnknown') return {};
  return { exitCode: terminated.exitCode };
}

/** A check that has never passed says nothing yet; once it has, a failing one says UNHEALTHY. */
function healthOf(
  { essential, healthCheck }: TaskContainer,
  status: ContainerStatus | undefined,
  before: TaskContainerStatus['healthStatus'],
): TaskContainerStatus['healthStatus'] {
  if (!essential || !healthCheck) return 'UNKNOWN';
  if (status?.state?.running === undefined) return before;
  if (status.ready) return 'HEALTHY';
  return before === 'UNKNOWN' ? 'UNKNOWN' : 'UNHEALTHY';
}

/** Of the essential containers that have a check: the worst counts; UNKNOWN when there are none. */
export function taskHealthOf(
  pod: PodView,
  containers: readonly TaskContainerStatus[],
): NonNullable<TaskStatus['healthStatus']> {
  const checked = new Set(
    readTaskContainers(pod)
      .filter(({ essential, healthCheck }) => essential && healthCheck)
      .map(({ name }) => name),
  );
  const said = containers.filter(({ name }) => checked.has(name)).map(({ healthStatus }) => healthStatus);
  if (said.includes('UNHEALTHY')) return 'UNHEALTHY';
  return said.length === 0 || said.includes('UNKNOWN') ? 'UNKNOWN' : 'HEALTHY';
}

/** When things happened to the containers, RFC 3339. */
export interface ContainerTimes {
  /** The last start, once all have started. */
  readonly startedAt?: string;
  /** The first end of an essential one. */
  readonly executionStoppedAt?: string;
  /** The last end. */
  readonly stoppedAt?: string;
  /** Exit code of that first one. */
  readonly exitCode?: number;
}

export function containerTimesOf(pod: PodView): ContainerTimes {
  const containers = readTaskContainers(pod).map((container) => ({
    ...container,
    status: pod.status?.containerStatuses?.find(({ name }) => name === container.container),
  }));
  const starts = containers.map(
    ({ status }) => status?.state?.running?.startedAt ?? status?.state?.terminated?.startedAt ?? undefined,
  );
  const [first] = containers
    .filter(({ essential, status }) => essential && status?.state?.terminated !== undefined)
    .toSorted((a, b) => (finishOf(a.status) < finishOf(b.status) ? -1 : 1));
  const started = starts.every((start) => start !== undefined) ? starts.toSorted().at(-1) : undefined;
  const stoppedAt = containers
    .map(({ status }) => finishOf(status))
    .filter(Boolean)
    .toSorted()
    .at(-1);
  return {
    ...(started !== undefined && { startedAt: started }),
    ...(finishOf(first?.status) !== '' && { executionStoppedAt: finishOf(first?.status) }),
    ...(stoppedAt !== undefined && { stoppedAt }),
    ...exitCodeOf(first?.status),
  };
}

function finishOf(status: ContainerStatus | undefined): string {
  return status?.state?.terminated?.finishedAt ?? '';
}
