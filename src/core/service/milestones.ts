import { isTrue } from '../../base/conditions.ts';
import type { EventRecord } from '../../base/events.ts';
import * as say from './events.ts';
import { repeatAfterMs, saidRecently } from './history.ts';
import { isCompleted, isSteady, wasCompleted, type Rollout } from './progress.ts';
import type { ServiceWorld } from './world.ts';

/** Events about the state reached; those about steps come from `concludeService`, once the steps are done. */
export function milestones(world: ServiceWorld, rollout: Rollout): EventRecord[] {
  const { service, now } = world;
  const history = service.status?.events ?? [];
  const events: EventRecord[] = [];
  if (isCompleted(world, rollout) && !wasCompleted(world, rollout)) {
    events.push(say.deploymentCompleted(service, rollout.primary.digits));
  }
  const steady = say.steadyState(service);
  const wasReady = isTrue(service.status?.conditions, 'Ready');
  const isNews = events.length > 0 || !wasReady || !saidRecently(history, steady.message, now);
  if (isSteady(world, rollout) && isNews) events.push(steady);
  const stuck = say.deploymentStuck(service);
  if (rollout.rolling.isStuck && !saidRecently(history, stuck.message, now)) events.push(stuck);
  return events;
}

/** When the steady state is to be said again. */
export function nextRepeat(world: ServiceWorld, rollout: Rollout): number | undefined {
  if (!isSteady(world, rollout)) return undefined;
  const message = say.steadyState(world.service).message;
  const last = world.service.status?.events?.find((event) => event.message === message);
  return (last ? Date.parse(last.createdAt) : world.now.epochMs) + repeatAfterMs;
}
