import { annotations } from '../../api/labels.ts';
import type { PodView } from '../../api/meta.ts';
import { stopCodes, type StopCode, type TaskStatus } from '../../api/task-status.ts';
import type { TaskSpec } from '../../api/task.ts';
import { clip } from '../../base/text.ts';
import { unmetDependency } from './dependencies.ts';
import { factsOf, isStartFailure, type ContainerFacts, type TaskFacts } from './facts.ts';
import { exitError, exitsOf, startError } from './reasons.ts';

/** Why a task stops. */
export interface Ending {
  /** Absent when nobody saw. */
  readonly stopCode?: StopCode;
  readonly stoppedReason: string;
}

/** Why we end a task. */
export type KnownEnding = Required<Ending>;

const longestReason = 1024;

/** Why a pod stops that is told to, or has ended: what was written first, then who wanted it, then how it ended. */
export function endingOf(pod: PodView, stop: TaskSpec['stop']): Ending {
  const { stopCode, stoppedReason } = causeOf(pod, stop);
  return { ...(stopCode && { stopCode }), stoppedReason: clip(stoppedReason, longestReason) };
}

function causeOf(pod: PodView, stop: TaskSpec['stop']): Ending {
  const told = writtenEnding(pod) ?? disruptionOf(pod);
  return told ?? (pod.metadata.deletionTimestamp === undefined ? ownEnding(factsOf(pod)) : stopped(stop));
}

/** By a delete, whoever asked for it. */
export function stopped(stop: TaskSpec['stop']): Ending {
  return { stopCode: 'UserInitiated', stoppedReason: stop?.reason ?? 'Task stopped by user' };
}

/**
 * Of a task whose pod is gone: what was known of its end before, else that nobody knows.
 * @param goneNode the node that it was on, when that is gone too.
 */
export function vanishedEndingOf(previous: TaskStatus, stop: TaskSpec['stop'], goneNode?: string): Ending {
  const { stopCode, stoppedReason } = previous;
  if (stoppedReason !== undefined) return { ...(stopCode && { stopCode }), stoppedReason };
  if (stop) return stopped(stop);
  if (goneNode !== undefined) return hostTerminated(goneNode);
  return { stoppedReason: 'The pod of the task is gone, and nobody saw it end: its exit code is unknown.' };
}

/** Why we told the task to stop: it is written before that is done. */
export function writtenEnding({ metadata }: PodView): Ending | undefined {
  const { [annotations.stopCode]: written, [annotations.stoppedReason]: stoppedReason } = metadata.annotations ?? {};
  if (written === undefined || stoppedReason === undefined) return undefined;
  const stopCode = stopCodes.find((code) => code === written);
  return { ...(stopCode && { stopCode }), stoppedReason };
}

/** What Kubernetes says of a pod that it takes away itself: a drain, a preemption, a node that is lost. */
function disruptionOf({ spec, status }: PodView): Ending | undefined {
  const target = status?.conditions?.find(({ type, status: holds }) => type === 'DisruptionTarget' && holds === 'True');
  if (!target) return undefined;
  const { reason = '', message = reason } = target;
  if (reason !== 'DeletionByPodGC') return { stopCode: 'InfrastructureHealth', stoppedReason: message };
  return hostTerminated(spec?.nodeName ?? '?');
}

function hostTerminated(node: string): Ending {
  return { stopCode: 'TerminationNotice', stoppedReason: `Host EC2 (instance ${node}) terminated.` };
}

/** Why a task stopped that nobody told to: what its node did to it, or how its containers ended. */
function ownEnding(facts: TaskFacts): Ending {
  const { pod, containers } = facts;
  // A pod-level reason (an eviction, a node's refusal) is why the containers ended, not the other way round.
  const { reason, message = reason } = pod.status ?? {};
  if (message !== undefined && reason !== undefined) {
    const hasRun = containers.some((each) => each.hasRun);
    return { stopCode: hasRun ? 'InfrastructureHealth' : 'TaskFailedToStart', stoppedReason: message };
  }
  const [error] = containers.flatMap(({ status }) => startError(status) ?? []);
  const unseen = { stopCode: 'TaskFailedToStart', stoppedReason: message ?? error ?? 'Task failed to start' } as const;
  return essentialEnding(facts) ?? unseen;
}

/** The end of the task that the end of an essential container is, whatever its exit code; undefined while none has ended. */
export function essentialEnding(facts: TaskFacts): KnownEnding | undefined {
  const exits = facts.containers.flatMap(({ essential, exit }) => (essential && exit ? [exit] : []));
  if (exits.length === 0) return undefined;
  const failure = exits.find(isStartFailure);
  const stoppedReason = failure ? exitError(failure) : timeOut(facts);
  if (stoppedReason !== undefined) return { stopCode: 'TaskFailedToStart', stoppedReason };
  return { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' };
}

/** That those who wait for the health of an essential container have given up, which has ended it. */
function timeOut(facts: TaskFacts): string | undefined {
  const [unmet] = facts.containers.flatMap((each) => unmetDependency(each, facts, () => false) ?? []);
  return unmet === undefined ? undefined : `Task failed to start: ${unmet}`;
}

/** What a container that has not run was kept from it by what it waits for, as its `reason`, once its task has ended. */
export function dependencyError(container: ContainerFacts, facts: TaskFacts): string | undefined {
  // What a task that is stopped by somebody has not started, it may have started yet.
  const isGivenUp = writtenEnding(facts.pod)?.stopCode === 'TaskFailedToStart';
  const unmet = unmetDependency(container, facts, ({ status }) => isGivenUp && startError(status) !== undefined);
  return unmet === undefined ? undefined : `CannotStartContainerError: dependency graph: ${unmet}`;
}

/** `stoppedReason` of a task that stopped by itself or was ended by us, with what its containers say. */
export function stoppedReasonOf(facts: TaskFacts): string {
  const written = facts.pod.metadata.annotations?.[annotations.stoppedReason];
  const exits = exitsOf(facts);
  const reason = written ?? ownEnding(facts).stoppedReason;
  return exits.length === 0 ? reason : `${reason} (${exits.join('; ')})`;
}
