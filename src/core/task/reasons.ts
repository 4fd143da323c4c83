import { labels } from '../../api/labels.ts';
import type { PodView } from '../../api/meta.ts';
import { pinOf } from '../placement/operator/pin.ts';
import { isOnItsWay, isToBePlaced, isUnschedulable } from '../placement/operator/pod-placement.ts';
import { whyNotOf } from '../placement/scheduler-words.ts';
import {
  isStartFailure,
  isUnknownExit,
  type ContainerFacts,
  type ContainerStatus,
  type TaskFacts,
  type Terminated,
} from './facts.ts';

/** ECS's error names for the reasons a kubelet gives while a container waits (ecs "Stopped task error codes"). */
const waitingErrors: Readonly<Record<string, string>> = {
  ErrImagePull: 'CannotPullContainerError',
  ImagePullBackOff: 'CannotPullContainerError',
  InvalidImageName: 'CannotPullContainerError',
  ErrImageNeverPull: 'CannotPullContainerError',
  ImageInspectError: 'CannotPullContainerError',
  RegistryUnavailable: 'CannotPullContainerError',
  SignatureValidationFailed: 'CannotPullContainerError',
  CreateContainerConfigError: 'ResourceInitializationError',
  CreateContainerError: 'CannotCreateContainerError',
  PreCreateHookError: 'CannotCreateContainerError',
  RunContainerError: 'CannotStartContainerError',
  PreStartHookError: 'CannotStartContainerError',
};

/** Why a task is not RUNNING yet, in a few words that go after `pending: `. */
export function pendingReason({ pod, containers }: TaskFacts): string {
  const [error] = containers.flatMap(({ name, status, hasRun }) => (hasRun ? [] : (startError(status, name) ?? [])));
  return error ?? placementReason(pod) ?? (pod.spec?.nodeName === undefined ? 'waits for a node' : 'starts');
}

/**
 * Why a kubelet cannot start a container, in the form of ECS's `reason`; undefined when it can, for all that it says.
 * @param name to put between the name of the error and what the kubelet says.
 */
export function startError({ state }: ContainerStatus, name?: string): string | undefined {
  const { reason = '', message = reason } = state?.waiting ?? {};
  const error = waitingErrors[reason];
  if (error === undefined) return undefined;
  return [error, ...(name === undefined ? [] : [name]), withoutBackOff(message)].join(': ');
}

/** A kubelet tells the same failed pull now so, now so, depending on whether it waits for the next. */
function withoutBackOff(message: string): string {
  return message.replace(/^Back-off pulling image "[^"]*": (ErrImagePull: )?/, '');
}

/** Whether the kubelet or the registry has put off the pull: to pull again would make it worse. */
export function isThrottled({ state }: ContainerStatus): boolean {
  return saysThrottled(state?.waiting?.message ?? '');
}

/** Whether that is what an error of a pull says. */
export function saysThrottled(message: string): boolean {
  return /QPS exceeded|too ?many ?requests|rate (limit|exceeded)|throttl|\b429\b/i.test(message);
}

/** A container's `reason` in ECS's form, when it was not its own exit that ended it. */
export function exitError(exit: Terminated): string | undefined {
  const { reason = '', message = reason } = exit;
  if (reason === 'OOMKilled') return outOfMemory;
  if (isUnknownExit(exit)) return `The exit code is unknown: ${message}`;
  return isStartFailure(exit) ? `CannotStartContainerError: ${message}` : undefined;
}

const outOfMemory = 'OutOfMemoryError: Container killed due to memory usage';

/** Why it has no node; of one that waits for us, somebody else says it. */
function placementReason(pod: PodView): string | undefined {
  if (isToBePlaced(pod)) return undefined;
  return isOnItsWay(pod) && isUnschedulable(pod) ? lostRoom(pod) : schedulerReason(pod);
}

/** What the scheduler says of a pod it found no node for. */
function schedulerReason({ spec, status }: PodView): string | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  // The API server says so of a pod made with a gate, and leaves it to the scheduler to say something else later.
  const isStale = scheduled.reason === 'SchedulingGated' && !isGated(spec);
  if (isStale) return undefined;
  return `unable to be placed. Reason: ${whyNotOf(scheduled.message ?? scheduled.reason ?? 'unknown').sentence}`;
}

/** The task of a service is taken back soon; a standalone one, whose launch is recorded, is started nowhere else. */
function lostRoom(pod: PodView): string {
  const waits = `waits for room on ${pinOf(pod) ?? 'its node'}, which was chosen for it, and which another pod has taken`;
  const isStandalone = pod.metadata.labels?.[labels.task] !== undefined;
  return isStandalone ? `${waits}: to have it placed elsewhere, stop it and run another` : waits;
}

/** What the kube-scheduler says of a pod that no node takes, in its own words. */
export function unplacedMessage({ status }: PodView): string | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined;
  return scheduled.message ?? scheduled.reason;
}

function isGated(spec: PodView['spec']): boolean {
  return spec?.schedulingGates !== undefined && spec.schedulingGates.length > 0;
}

/** How the containers of a task ended, each in a few words. */
export function exitsOf({ containers }: TaskFacts): string[] {
  return containers.flatMap(({ name, exit }) => (exit ? [`${name}: ${codeOf(exit)}`] : []));
}

function codeOf(exit: Terminated): string {
  if (isUnknownExit(exit)) return 'exit code unknown';
  return `exit code ${String(exit.exitCode)}${exit.reason === 'OOMKilled' ? `, ${outOfMemory}` : ''}`;
}

/** The code of a container that has ended by itself; a kubelet that has lost one says 137, for want of the code. */
export function exitCodeOf({ exit }: ContainerFacts): number | undefined {
  return exit && !isUnknownExit(exit) ? exit.exitCode : undefined;
}
