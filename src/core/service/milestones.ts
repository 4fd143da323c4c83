import { isTrue } from '../../base/conditions.ts';
import type { EventRecord } from '../../base/events.ts';
import * as say from './events.ts';
import { repeatAfterMs, saidRecently } from './history.ts';
import { isCompleted, isSteady, wasCompleted, type Rollout } from './progress.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceWorld } from './world.ts';

/** Events about the state reached; those about steps come from `concludeService`, once the steps are done. */
export function milestones(world: ServiceWorld, rollout: Rollout): EventRecord[] {
  const completed = isCompleted(world, rollout) && !wasCompleted(world, rollout);
  return [
    ...lossNews(world),
    ...(completed ? [say.deploymentCompleted(world.service, rollout.primary.digits)] : []),
    ...(isSteady(world, rollout) ? steadyNews(world, completed) : []),
    ...(rollout.rolling.isStuck ? unlessSaid(world, say.deploymentStuck(world.service)) : []),
  ];
}

/** Lost tasks are told when there are more than at the last look: those that end meanwhile are no news. */
function lossNews(world: ServiceWorld): EventRecord[] {
  const { lost, lostNodes } = whereaboutsOf(world);
  if (lost.length <= (world.service.status?.lostCount ?? 0)) return [];
  return [
    say.lostTasks(
      world.service,
      lost.map(({ id }) => id),
      lostNodes,
    ),
  ];
}

/** The steady state is told when it is reached, and again every six hours. */
function steadyNews(world: ServiceWorld, completed: boolean): EventRecord[] {
  const steady = say.steadyState(world.service);
  const isReached = completed || !isTrue(world.service.status?.conditions, 'Ready');
  return isReached ? [steady] : unlessSaid(world, steady);
}

function unlessSaid({ service, now }: ServiceWorld, event: EventRecord): EventRecord[] {
  return saidRecently(service.status?.events ?? [], event.message, now) ? [] : [event];
}

/** When the steady state is to be said again. */
export function nextRepeat(world: ServiceWorld, rollout: Rollout): number | undefined {
  if (!isSteady(world, rollout)) return undefined;
  const message = say.steadyState(world.service).message;
  const last = world.service.status?.events?.find((event) => event.message === message);
  const next = (last ? Date.parse(last.createdAt) : world.now.epochMs) + repeatAfterMs;
  // It is being said right now when it is due.
  return next > world.now.epochMs ? next : world.now.epochMs + repeatAfterMs;
}
