import type { PodView } from '../../api/meta.ts';
import { instantOf } from '../../base/clock.ts';
import { defined } from '../../base/defined.ts';
import { factsOf, haveAllStarted, lastStartOf, type ContainerFacts } from './facts.ts';
import { exitCodeOf } from './reasons.ts';

/** When things happened to the containers, RFC 3339. What of a pull a pod tells has no time. */
export interface ContainerTimes {
  /** The last start, once all have started. */
  readonly startedAt?: string;
  /** When it was told to stop, by a delete or by the end of an essential one. */
  readonly stoppingAt?: string;
  /** The first end of an essential one. */
  readonly executionStoppedAt?: string;
  /** The last end so far. */
  readonly stoppedAt?: string;
  /** Exit code of that first one. */
  readonly exitCode?: number;
}

export function containerTimesOf(pod: PodView): ContainerTimes {
  const facts = factsOf(pod);
  const [first] = facts.containers
    .filter(({ essential, exit }) => essential && exit !== undefined)
    .toSorted((a, b) => (exitTime(a) < exitTime(b) ? -1 : 1));
  return {
    ...defined('startedAt', haveAllStarted(facts) ? lastStartOf(facts) : undefined),
    ...defined('stoppingAt', inOrder([toldAt(pod), first?.exitedAt])[0]),
    ...defined('executionStoppedAt', first?.exitedAt),
    ...defined('stoppedAt', inOrder(facts.containers.map(({ finishedAt }) => finishedAt)).at(-1)),
    ...defined('exitCode', first && exitCodeOf(first)),
  };
}

/** One that a kubelet has lost comes last: nobody knows when it ended. */
function exitTime({ exitedAt = '~' }: ContainerFacts): string {
  return exitedAt;
}

/** Those that are known, the earliest first. */
function inOrder(times: readonly (string | undefined)[]): string[] {
  return times.filter((time) => time !== undefined).toSorted((a, b) => (a < b ? -1 : 1));
}

/** Epoch ms at which the pod was told to stop: its deletionTimestamp is the end of its grace period. */
export function toldAtMs({ metadata }: PodView): number | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  return deletionTimestamp === undefined
    ? undefined
    : Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
}

/** The same, RFC 3339. */
export function toldAt(pod: PodView): string | undefined {
  const atMs = toldAtMs(pod);
  return atMs === undefined ? undefined : instantOf(atMs).iso;
}
