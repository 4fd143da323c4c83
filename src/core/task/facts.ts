import type { ContainerStatusView, PodView } from '../../api/meta.ts';
import { readTaskContainers, type TaskContainer } from './containers.ts';

export type ContainerStatus = Omit<ContainerStatusView, 'name'>;
export type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

/** One of the task's own containers, and what a kubelet has told of it. */
export interface ContainerFacts extends TaskContainer {
  readonly image: string | undefined;
  /** Others wait for it: it is an init container or a sidecar. */
  readonly isEarly: boolean;
  /** Empty while there is none. */
  readonly status: ContainerStatus;
  /** How it ended, in ECS's sense; also of one that could not be started. */
  readonly exit: Terminated | undefined;
  /** It runs, or has run. */
  readonly hasRun: boolean;
  /** RFC 3339 time of its first start. */
  readonly startedAt: string | undefined;
  /** RFC 3339 time of its end, in ECS's sense. */
  readonly exitedAt: string | undefined;
  /** RFC 3339 time from which it runs no more, for those that are started again. */
  readonly finishedAt: string | undefined;
}

/** What a pod says of the task that it is: the one reading, which everything else is told from. */
export interface TaskFacts {
  readonly pod: PodView;
  /** The task's own containers, as they were defined; not those that others injected. */
  readonly containers: readonly ContainerFacts[];
}

/** Reads a pod. Same pod, same facts. */
export function factsOf(pod: PodView): TaskFacts {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const statuses = new Map([...initContainerStatuses, ...containerStatuses].map((status) => [status.name, status]));
  const { initContainers = [], containers = [] } = pod.spec ?? {};
  const images = new Map([...initContainers, ...containers].map(({ name, image }) => [name, image]));
  const early = new Set([...initContainers, ...initContainerStatuses].map(({ name }) => name));
  return {
    pod,
    containers: readTaskContainers(pod).map((own) => ({
      ...own,
      image: images.get(own.container),
      isEarly: early.has(own.container),
      ...lifeOf(statuses.get(own.container)),
    })),
  };
}

type Life = Omit<ContainerFacts, keyof TaskContainer | 'image' | 'isEarly'>;

function lifeOf(status: ContainerStatus = { ready: false }): Life {
  const { running, terminated } = status.state ?? {};
  const exit = exitOf(status);
  const hasRun = exit === undefined ? running !== undefined : !isStartFailure(exit);
  return {
    status,
    exit,
    hasRun,
    // A runtime that could not start a container tells the epoch.
    startedAt: hasRun ? timeOf((exit ?? running)?.startedAt) : undefined,
    exitedAt: timeOf(exit?.finishedAt),
    finishedAt: timeOf(terminated?.finishedAt),
  };
}

/** What a kubelet does not know, it writes as null. */
function timeOf(time: string | null | undefined): string | undefined {
  return time ?? undefined;
}

/**
 * How the container ended, in ECS's sense: the kubelet starts a sidecar again, but its first exit was its end. Of one
 * that exits several times before anybody looks, the last but one is all that is left.
 */
function exitOf(status: ContainerStatus): Terminated | undefined {
  const end = status.lastState?.terminated ?? status.state?.terminated;
  return end && isNeverCreated(end, status) ? undefined : end;
}

/**
 * Of a container that it has not even created, a kubelet says at the end of the pod that it cannot find it, with 137; of
 * one that has run and is lost, it knows the id or says that it used to run (kubelet, `TerminatePod`).
 */
function isNeverCreated(end: Terminated, { containerID = '' }: ContainerStatus): boolean {
  const isTraced = containerID !== '' || end.message?.includes('used to be Running') === true;
  return isUnknownExit(end) && timeOf(end.startedAt) === undefined && !isTraced;
}

/** What runtimes say of a container that has "run" only to tell that it could not. */
export function isStartFailure({ reason }: Terminated): boolean {
  return reason === 'StartError' || reason === 'ContainerCannotRun';
}

/** Whether the code is a kubelet's stand-in for one that it does not know. */
export function isUnknownExit({ reason }: Terminated): boolean {
  return reason === 'ContainerStatusUnknown';
}

/**
 * Whether every container has started, also the non-essential ones and those that have ended since; one that is not
 * essential and could not be started holds up nothing (ECS agent, task known status).
 */
export function haveAllStarted({ containers }: TaskFacts): boolean {
  return (
    containers.length > 0 &&
    containers.every(({ hasRun, essential, exit }) => hasRun || (!essential && exit !== undefined))
  );
}

/** RFC 3339 time of the last start so far. */
export function lastStartOf({ containers }: TaskFacts): string | undefined {
  return containers
    .flatMap(({ startedAt }) => startedAt ?? [])
    .toSorted()
    .at(-1);
}

/** Whether all that the pod ran is over. */
export function hasEnded({ status }: PodView): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
