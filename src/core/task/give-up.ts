import { haveAllStarted, type ContainerFacts, type TaskFacts } from './facts.ts';
import { isThrottled, startError } from './reasons.ts';

/**
 * ECS stops a task whose container cannot be started, after the few attempts of its agent; a kubelet goes on for ever.
 * Its status tells neither how often it has tried nor since when it fails, but since when it could: it pulls at once,
 * and again after 10, 20 and 40 seconds, each put off to its next look at the pod. So this is time for three pulls, of
 * which each may take some seconds. It is also the pace at which a service replaces such tasks.
 */
const patienceMs = 90_000;

/** A pull that is put off is not failed, and the new task would pull at once: the longer wait of the kubelet is kept. */
const throttledPatienceMs = 600_000;

/** The end of a task that cannot start. */
export interface GiveUp {
  /** Epoch ms from which it is to be ended, unless it starts. */
  readonly atMs: number;
  /** ECS's stoppedReason. */
  readonly reason: string;
}

/**
 * When and why to give up a task that is not RUNNING; undefined while nothing fails. A container that is not essential,
 * and for which nobody waits, ends no task: ECS would go on without it, a kubelet goes on trying.
 */
export function giveUpOf(facts: TaskFacts): GiveUp | undefined {
  if (haveAllStarted(facts)) return undefined;
  const [first] = facts.containers
    .flatMap((each) => giveUpBecause(each, facts) ?? [])
    .toSorted((a, b) => a.atMs - b.atMs);
  return first;
}

function giveUpBecause({ status, hasRun, essential, isEarly }: ContainerFacts, facts: TaskFacts): GiveUp | undefined {
  const reason = startError(status);
  if (reason === undefined || hasRun || !(essential || isEarly)) return undefined;
  const patience = isThrottled(status) ? throttledPatienceMs : patienceMs;
  return { atMs: couldStartAtMs(facts) + patience, reason };
}

/** What has to be so before a kubelet starts a container: the pod is placed, has its network, is past its init containers. */
const before = ['PodScheduled', 'PodReadyToStartContainers', 'Initialized'];

/** Epoch ms since which the next container could have been started, as far as the pod tells. */
function couldStartAtMs({ pod, containers }: TaskFacts): number {
  const passed = (pod.status?.conditions ?? []).filter(
    ({ type, status }) => before.includes(type) && status === 'True',
  );
  // A sidecar that is started again and again does not count: it would put the end off each time.
  const ends = containers.filter(({ isEarly, status }) => isEarly && status.lastState?.terminated === undefined);
  const texts = [
    ...passed.map(({ lastTransitionTime }) => lastTransitionTime),
    ...ends.map(({ exitedAt }) => exitedAt),
  ];
  const times = texts.map((text = '') => Date.parse(text)).filter((time) => !Number.isNaN(time));
  return times.length === 0 ? Date.parse(pod.metadata.creationTimestamp) : Math.max(...times);
}
