import type { PodView } from '../../api/meta.ts';
import type { TaskContainerStatus } from '../../api/task.ts';
import { defined } from '../../base/defined.ts';
import { clip } from '../../base/text.ts';
import { dependencyError, writtenEnding } from './ending.ts';
import { factsOf, hasEnded, type ContainerFacts, type TaskFacts } from './facts.ts';
import { containerHealth, worstHealth, type HealthStatus } from './health.ts';
import { exitCodeOf, exitError, startError } from './reasons.ts';

const longestReason = 1024;

/** The code ECS gives to a container that what it waits for has kept from starting (ECS agent, task manager). */
const unmetExitCode = 143;

/**
 * How the containers of a pod are, in ECS's words.
 * @param previous as they were at the last look.
 * @param nowMs epoch ms, for the health of those that run.
 */
export function containersOf(
  pod: PodView,
  previous: readonly TaskContainerStatus[] = [],
  nowMs = 0,
): TaskContainerStatus[] {
  const facts = factsOf(pod);
  return facts.containers.map((container) => {
    const before = previous.find(({ name }) => name === container.name);
    const { lastStatus, exitCode, reason } = stateOf(container, facts, before);
    return {
      name: container.name,
      image: container.image ?? before?.image ?? 'unknown',
      ...idsOf(container),
      lastStatus,
      ...defined('exitCode', exitCode),
      ...(reason !== undefined && { reason: clip(reason, longestReason) }),
      healthStatus: containerHealth(container, facts, { before: before?.healthStatus ?? 'UNKNOWN', nowMs }),
    };
  });
}

/** A bare `sha256:` is the id of the image's configuration, which no registry knows. */
function idsOf({ status, exit }: ContainerFacts): Pick<TaskContainerStatus, 'imageDigest' | 'runtimeId'> {
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(status.imageID ?? '')?.[1];
  const id = (exit?.containerID ?? status.containerID)?.replace(/^[a-z-]+:\/\//, '');
  return { ...defined('imageDigest', digest), ...(id !== undefined && id !== '' && { runtimeId: id }) };
}

interface State {
  readonly lastStatus: TaskContainerStatus['lastStatus'];
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
}

function stateOf(container: ContainerFacts, facts: TaskFacts, before: TaskContainerStatus | undefined): State {
  const { exit, hasRun, status } = container;
  if (exit) return { lastStatus: 'STOPPED', exitCode: exitCodeOf(container), reason: exitError(exit) };
  if (hasEnded(facts.pod)) return { lastStatus: 'STOPPED', ...neverRun(container, facts, before) };
  return hasRun ? { lastStatus: 'RUNNING' } : { lastStatus: 'PENDING', reason: startError(status) };
}

/** Of one that the end of its task has kept from starting: no exit code, unless it is the one that ECS makes up. */
function neverRun(
  container: ContainerFacts,
  facts: TaskFacts,
  before: TaskContainerStatus | undefined,
): Omit<State, 'lastStatus'> {
  const unmet = dependencyError(container, facts);
  if (unmet !== undefined) return { exitCode: unmetExitCode, reason: unmet };
  return { reason: startError(container.status) ?? before?.reason ?? overwrittenError(container, facts) };
}

/** A kubelet writes over why it could not start a container, once it has ended the pod. */
function overwrittenError({ status }: ContainerFacts, { pod }: TaskFacts): string | undefined {
  const written = writtenEnding(pod);
  return status.state?.terminated && written?.stopCode === 'TaskFailedToStart' ? written.stoppedReason : undefined;
}

/** Of the essential containers that have a check: the worst counts; UNKNOWN when there are none. */
export function taskHealthOf(pod: PodView, containers: readonly TaskContainerStatus[]): HealthStatus {
  return worstHealth(factsOf(pod), (name) => containers.find((each) => each.name === name)?.healthStatus);
}
