import type { PodView } from '../api/meta.ts';
import type { Instant } from '../base/clock.ts';
import type { WhyNot } from '../core/placement/model-types.ts';
import { pinOf } from '../core/placement/operator/pin.ts';
import {
  isOnItsWay,
  isToBePlaced,
  isUnschedulable,
  type PodPlacement,
} from '../core/placement/operator/pod-placement.ts';
import { askedBy, askedOfScheduler } from '../core/placement/operator/request.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { liveModelOf } from './placement-model.ts';

/** Different kinds of tasks of one service that are explained in one look: to explain one is to ask each node. */
const mostKinds = 10;

/**
 * Why no node takes those of the pods that wait for one, be it for us or for the kube-scheduler, by the uid of the pod; those
 * are left out that one takes, or of which nobody knows yet. They are of one service or task, but not of one kind: of other
 * revisions, and on other capacity providers.
 * @param placement how they are placed, where their annotations do not say it.
 */
export function whyNotsOf(
  owned: readonly PodView[],
  placement: PodPlacement,
  { stores, now }: { readonly stores: Stores; readonly now: Instant },
): ReadonlyMap<string, WhyNot> {
  const waiting = owned.filter((pod) => isToBePlaced(pod) || isRefused(pod));
  if (waiting.length === 0) return new Map();
  const live = liveModelOf(stores);
  const unpromised = waiting.filter((each) => !live.isReserved(each)).toSorted(byAge);
  if (unpromised.length === 0 || !live.catchUp()) return new Map();
  const kinds = Map.groupBy(
    unpromised.map((pod) => ({ pod, asked: askedBy(pod) ?? askedOfScheduler(pod, placement) })),
    ({ asked }) => asked.shape,
  );
  const told = [...kinds.values()].slice(0, mostKinds).flatMap((same) => {
    const whyNot = same[0] && live.whyNot(same[0].asked, now);
    return whyNot ? same.map(({ pod }) => [pod.metadata.uid, whyNot] as const) : [];
  });
  return new Map(told);
}

/** The kube-scheduler finds no node for it, and may choose any: one that is pinned waits for its own. */
function isRefused(pod: PodView): boolean {
  const isBound = pod.spec?.nodeName !== undefined || pod.metadata.deletionTimestamp !== undefined;
  return !isBound && isUnschedulable(pod) && !isOnItsWay(pod) && pinOf(pod) === undefined;
}

function byAge({ metadata: a }: PodView, { metadata: b }: PodView): number {
  return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
}
