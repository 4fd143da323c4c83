import { annotations } from '../../../api/labels.ts';
import type { PodView } from '../../../api/meta.ts';
import { pinOf } from '../../placement/operator/pin.ts';
import { isOnItsWay, isToBePlaced, isUnschedulable, readPodPlacement } from '../../placement/operator/pod-placement.ts';
import type { KnownEnding } from '../ending.ts';
import type { TaskWorld } from './world.ts';

/**
 * Why a task without a node never gets one: it is started once, so that it is not placed again, and ends. That the node
 * does not exist has to be the view of the kube-scheduler too, which may have heard of it before we do.
 */
export function strandedEnding({ nodes }: TaskWorld, pod: PodView): KnownEnding | undefined {
  const node = isOnItsWay(pod) && isUnschedulable(pod) ? pinOf(pod) : undefined;
  if (node !== undefined && !nodes.has(node)) {
    return failed(`The node ${node}, which was chosen for the task, went before the task was started.`);
  }
  if (!isToBePlaced(pod) || readPodPlacement(pod)) return undefined;
  return failed(`The annotation ${annotations.placement} of the pod is damaged: nobody knows how to place the task.`);
}

function failed(stoppedReason: string): KnownEnding {
  return { stopCode: 'TaskFailedToStart', stoppedReason };
}

/**
 * Whether a pod is told to end that no kubelet has, and why is written: then it is deleted, provided that it is still
 * bound to no node, and the task has not run.
 */
export function isToBeDeleted({ task }: TaskWorld, { metadata, spec }: PodView): boolean {
  const isTold = metadata.annotations?.[annotations.stopCode] !== undefined;
  return isTold && spec?.nodeName === undefined && task.status?.stoppedReason !== undefined;
}
