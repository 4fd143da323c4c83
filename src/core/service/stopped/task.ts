import type { PodView } from '../../../api/meta.ts';
import { instantOf } from '../../../base/clock.ts';
import { describeTask, type TaskView } from '../../task/view.ts';
import type { EndedPod, StoppedWorld } from './world.ts';

/** A task of a service that has stopped. */
export interface StoppedTask {
  readonly pod: PodView;
  readonly view: TaskView;
  readonly isGone: boolean;
  /** RFC 3339: when its last container ended; absent when none is known to have run. */
  readonly endedAt: string | undefined;
  /** RFC 3339: when it ended, else when that was noticed. */
  readonly stoppedAt: string;
  /** Why we deleted its pod. */
  readonly reason: string | undefined;
}

/** All of them, the newest first. */
export function stoppedTasks({ pods, departed, now }: StoppedWorld): StoppedTask[] {
  const ended = pods.map((pod) => stoppedTask(pod, now.epochMs));
  const gone = departed.map((pod) => ({ ...stoppedTask(pod, pod.atMs), isGone: true }));
  return [...ended, ...gone].toSorted(newestFirst);
}

function newestFirst(a: StoppedTask, b: StoppedTask): number {
  if (a.stoppedAt !== b.stoppedAt) return a.stoppedAt > b.stoppedAt ? -1 : 1;
  return a.view.id < b.view.id ? -1 : 1;
}

function stoppedTask({ pod, reason }: EndedPod, noticedAtMs: number): StoppedTask {
  const endedAt = endedAtOf(pod);
  const stoppedAt = endedAt ?? instantOf(noticedAtMs).iso;
  return { pod, view: describeTask(pod), isGone: false, endedAt, stoppedAt, reason };
}

function endedAtOf({ status }: PodView): string | undefined {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const ends = statuses.flatMap(({ state }) => state?.terminated?.finishedAt ?? []);
  return ends.toSorted().at(-1);
}
