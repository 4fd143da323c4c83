import type { PodView } from '../../../api/meta.ts';
import { isSpotInterrupted } from '../../capacity/node-state.ts';
import { endingOf, essentialEnding, vanishedEndingOf, type Ending } from '../../task/ending.ts';
import { factsOf, hasEnded } from '../../task/facts.ts';
import { toldAtMs } from '../../task/times.ts';
import { primaryOf } from '../deployment.ts';
import { scalingReason, spotReason } from '../reasons.ts';
import type { StoppedTask } from './task.ts';
import type { StoppedWorld } from './world.ts';

/**
 * Why the task of a service stopped: as its pod tells. Of a pod that was told to stop and does not say why, we know
 * whether we did it, as long as we remember; else it was somebody else, unless it was told before we began to watch.
 */
export function causeOf({ pod, reason, view }: StoppedTask, world: StoppedWorld): Ending {
  const told = endingOfSight(pod);
  if (told !== undefined && told.stopCode !== 'UserInitiated') return isInterrupted(pod, world) ? spotEnding : told;
  if (reason !== undefined) return scheduled(reason);
  if (told === undefined) return vanishedEndingOf({}, undefined, goneNodeOf(view, world));
  if (wasToldWhileWatched(pod, world)) return told;
  const primary = primaryOf(world.deployments);
  // Nobody else has a reason to stop a task of an older deployment.
  if (primary && primary.digits !== view.deployment) return scheduled(scalingReason(primary.digits));
  return { stoppedReason: 'The task was told to stop while nobody watched: who did it is unknown.' };
}

const spotEnding = scheduled(spotReason);

/** Whether Kubernetes took it away because EC2 takes its Spot Instance back. */
function isInterrupted(pod: PodView, { nodes }: StoppedWorld): boolean {
  const node = nodes.get(pod.spec?.nodeName ?? '');
  return node !== undefined && isSpotInterrupted(node) && isDisrupted(pod);
}

function goneNodeOf({ node }: StoppedTask['view'], { nodes }: StoppedWorld): string | undefined {
  return node === undefined || nodes.has(node) ? undefined : node;
}

function scheduled(stoppedReason: string): Ending {
  return { stopCode: stoppedReason === spotReason ? 'SpotInterruption' : 'ServiceSchedulerInitiated', stoppedReason };
}

/** Undefined when the pod was seen neither to end nor to be told to. */
function endingOfSight(pod: PodView): Ending | undefined {
  const exited = essentialEnding(factsOf(pod)) !== undefined;
  const isTold = pod.metadata.deletionTimestamp !== undefined || isDisrupted(pod);
  const isSeen = exited || hasEnded(pod) || isTold;
  return isSeen ? endingOf(pod, undefined) : undefined;
}

/** Kubernetes says so before it takes a pod away itself. */
function isDisrupted({ status }: PodView): boolean {
  return status?.conditions?.some((each) => each.type === 'DisruptionTarget' && each.status === 'True') ?? false;
}

function wasToldWhileWatched(pod: PodView, { watchedSinceMs }: StoppedWorld): boolean {
  const atMs = toldAtMs(pod);
  return atMs === undefined || atMs >= watchedSinceMs;
}
