import { isTrue } from '../../base/conditions.ts';
import { earliest } from '../../base/earliest.ts';
import type { EventRecord } from '../../base/events.ts';
import { alarmNews } from './alarm-news.ts';
import * as say from './events.ts';
import { repeatAfterMs, saidRecently } from './history.ts';
import { isImpaired } from './failures/pace.ts';
import { protectionNews } from './protection.ts';
import { sickNews } from './sickness.ts';
import { isCompleted, isSteady, wasCompleted, type Rollout } from './progress.ts';
import { whereaboutsOf } from './whereabouts.ts';
import { startable } from './provisioning.ts';
import { rejectedOf } from './rejection.ts';
import { unplacedOf } from './unplaced.ts';
import type { ServiceWorld } from './world.ts';

/** Events about the state reached; those about steps come from `concludeService`, once the steps are done. */
export function milestones(world: ServiceWorld, rollout: Rollout): EventRecord[] {
  const completed = isCompleted(world, rollout) && !wasCompleted(world, rollout);
  const { start: own, startOld } = rollout.rolling;
  const start = own + startOld;
  const isLimited = startable(world, start) < start;
  return [
    ...lossNews(world),
    ...(completed ? [say.deploymentCompleted(world.service, rollout.primary.digits)] : []),
    ...(isSteady(world, rollout) ? steadyNews(world, completed) : []),
    ...unplacedNews(world),
    ...(isImpaired(world) ? unlessSaid(world, say.unableToStart(world.service)) : []),
    ...alarmNews(world, { isOver: wasCompleted(world, rollout) }).flatMap((event) => unlessSaid(world, event)),
    ...(isLimited ? unlessSaid(world, say.provisioningLimitExceeded(world.service)) : []),
    ...protectionNews(world, rollout.rolling).flatMap((news) => unlessSaid(world, news)),
    ...sickNews(world).flatMap((news) => unlessSaid(world, news)),
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
  const isReady = isTrue(world.service.status?.conditions, 'Ready') || rejectedOf(world) !== undefined;
  const isReached = completed || !isReady;
  return isReached ? [steady] : unlessSaid(world, steady);
}

function unlessSaid({ service, now }: ServiceWorld, event: EventRecord): EventRecord[] {
  return saidRecently(service.status?.events ?? [], event.message, now) ? [] : [event];
}

/** Why tasks are not placed: once for each reason, and again every six hours while it holds. */
function unplacedNews(world: ServiceWorld): EventRecord[] {
  const { service, now } = world;
  return unplacedOf(world)
    .filter(({ whyNot }) => !saidRecently(service.status?.events ?? [], say.isSameFailure(whyNot), now))
    .map(({ whyNot }) => say.noInstanceMet(service, whyNot));
}

/** When something that holds on is to be said again: the steady state, or why tasks are not placed. */
export function nextRepeat(world: ServiceWorld, rollout: Rollout): number | undefined {
  const { service, now } = world;
  const steady = say.steadyState(service).message;
  const likes = isSteady(world, rollout)
    ? [(message: string) => message === steady]
    : unplacedOf(world).map(({ whyNot }) => say.isSameFailure(whyNot));
  const times = likes.map((isLike) => {
    const last = service.status?.events?.find(({ message }) => isLike(message));
    const next = (last ? Date.parse(last.createdAt) : now.epochMs) + repeatAfterMs;
    // It is being said right now when it is due.
    return next > now.epochMs ? next : now.epochMs + repeatAfterMs;
  });
  return earliest(times);
}
