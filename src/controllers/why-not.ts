import type { PodView } from '../api/meta.ts';
import type { Instant } from '../base/clock.ts';
import type { WhyNot } from '../core/placement/model-types.ts';
import {
  isOnItsWay,
  isToBePlaced,
  isUnschedulable,
  type PodPlacement,
} from '../core/placement/operator/pod-placement.ts';
import { askedBy, askedOfScheduler } from '../core/placement/operator/request.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { liveModelOf } from './placement-model.ts';

/**
 * Why no node takes those of the pods that wait for one, be it for us or for the kube-scheduler; undefined when one may, or
 * nobody knows yet. They are of one service or task, and mostly of one kind: the oldest speaks for all.
 * @param placement how they are placed, where their annotations do not say it.
 */
export function whyNotOf(
  owned: readonly PodView[],
  placement: PodPlacement,
  { stores, now }: { readonly stores: Stores; readonly now: Instant },
): WhyNot | undefined {
  const waiting = owned.filter((pod) => isToBePlaced(pod) || isRefused(pod));
  if (waiting.length === 0) return undefined;
  const live = liveModelOf(stores);
  const [pod] = waiting.filter((each) => !live.isReserved(each)).toSorted(byAge);
  const asked = pod && (askedBy(pod) ?? askedOfScheduler(pod, placement));
  return asked && live.catchUp() ? live.whyNot(asked, now) : undefined;
}

/** The kube-scheduler finds no node for it, and may choose any: one that we have pinned waits for its own. */
function isRefused(pod: PodView): boolean {
  const isBound = pod.spec?.nodeName !== undefined || pod.metadata.deletionTimestamp !== undefined;
  return !isBound && isUnschedulable(pod) && !isOnItsWay(pod);
}

function byAge({ metadata: a }: PodView, { metadata: b }: PodView): number {
  return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
}
