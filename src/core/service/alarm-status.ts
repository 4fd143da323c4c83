import type { DeploymentStatus } from '../../api/service-status.ts';
import { earliest } from '../../base/earliest.ts';
import { alarmsOf, rememberedOf } from './alarms.ts';
import { bakeMs, bakesUntil } from './bake.ts';
import { findDeployment, type DeploymentRecord } from './deployment.ts';
import { outcomeOf } from './outcome.ts';
import { isCompleted, isRolledOut, type Rollout } from './progress.ts';
import type { ServiceWorld } from './world.ts';

type Shown = Pick<DeploymentStatus, 'alarms' | 'bakeStartedAt'>;

/** What the status of a deployment says of its alarms and its bake time; of older ones it stays. */
export function shownAlarms(world: ServiceWorld, rollout: Rollout, record: DeploymentRecord): Shown {
  if (record.digits !== rollout.primary.digits) {
    const last = findDeployment(world.service.status, record);
    return { ...(last?.alarms && { alarms: last.alarms }), ...begun(last?.bakeStartedAt) };
  }
  const now = bakeMs(world) > 0 && isRolledOut(world, rollout) ? world.now.iso : undefined;
  const alarms = watchedAlarms(world, rollout);
  return { ...(alarms && { alarms }), ...begun(rememberedOf(world.service, record)?.bakeStartedAt ?? now) };
}

function begun(bakeStartedAt: string | undefined): Pick<Shown, 'bakeStartedAt'> {
  return bakeStartedAt === undefined ? {} : { bakeStartedAt };
}

/** In the words of ECS's service deployments (API reference, ServiceDeploymentAlarms). */
function watchedAlarms(world: ServiceWorld, rollout: Rollout): Shown['alarms'] {
  const alarms = alarmsOf(world);
  if (!alarms) return undefined;
  const { seen, triggered, ignored } = alarms;
  const hasEnded = outcomeOf(rollout.primary) !== undefined || isCompleted(world, rollout);
  return {
    status: triggered.length > 0 ? 'TRIGGERED' : hasEnded ? 'MONITORING_COMPLETE' : 'MONITORING',
    alarmNames: [...seen],
    ...(triggered.length > 0 && { triggeredAlarmNames: [...triggered] }),
    ...(ignored.length > 0 && { ignoredAlarmNames: [...ignored] }),
  };
}

/** Until when the bake time lasts that has begun, or begins now, epoch ms; undefined when there is none. */
export function bakeEnd(world: ServiceWorld, rollout: Rollout): number | undefined {
  const begins = bakeMs(world) > 0 && isRolledOut(world, rollout) ? world.now.epochMs + bakeMs(world) : undefined;
  return bakesUntil(world, rollout.primary) ?? begins;
}

/** When to look again: there is something new to see of the alarms, or the bake time is over. */
export function nextAlarmLook(world: ServiceWorld, rollout: Rollout): number | undefined {
  if (isCompleted(world, rollout)) return undefined;
  const { alarms, now } = world;
  const next = alarms && alarms.kind !== 'off' ? alarms.nextAtMs : undefined;
  return earliest([next, bakeEnd(world, rollout)], now.epochMs);
}
