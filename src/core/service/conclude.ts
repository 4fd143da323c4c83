import type { ServiceStatus } from '../../api/service.ts';
import type { EventRecord } from '../../base/events.ts';
import type { Plan } from '../../base/plan.ts';
import { deploymentId } from './deployment.ts';
import * as say from './events.ts';
import { addToHistory, saidRecently } from './history.ts';
import type { ServiceStep, ServiceWorld } from './world.ts';

interface FailedStep {
  readonly step: ServiceStep;
  readonly message: string;
}

/** What is told and written once it is known which steps were done: an event never claims a step that failed. */
export function concludeService(
  world: ServiceWorld,
  plan: Plan<ServiceStatus, ServiceStep>,
  outcome: { readonly done: readonly ServiceStep[]; readonly failed: readonly FailedStep[] },
): { readonly status: ServiceStatus; readonly events: readonly EventRecord[] } {
  const events = [...stepEvents(world, outcome.done), ...failureEvents(world, outcome.failed), ...plan.events];
  if (events.length === 0) return plan;
  const at = { now: world.now, serviceUid: world.service.metadata.uid };
  const history = addToHistory(plan.status.events ?? [], events, at);
  return { status: { ...withLaunches(plan.status, outcome.done), events: history }, events };
}

/** Remembers the launch numbers used. A launch that was refused keeps its number for the next attempt. */
function withLaunches(status: ServiceStatus, done: readonly ServiceStep[]): ServiceStatus {
  const highest = new Map<string, number>();
  for (const step of done)
    if (step.kind === 'startTask') highest.set(deploymentId(step.task.deployment), step.task.launch);
  if (!status.deployments || highest.size === 0) return status;
  const deployments = status.deployments.map((deployment) => ({
    ...deployment,
    launched: Math.max(deployment.launched, highest.get(deployment.id) ?? 0),
  }));
  return { ...status, deployments };
}

function stepEvents({ service }: ServiceWorld, done: readonly ServiceStep[]): EventRecord[] {
  const started = done.flatMap((step) => (step.kind === 'startTask' ? [step.task.id] : []));
  const stopped = done.flatMap((step) => (step.kind === 'stopTask' ? [step.task] : []));
  const running = stopped.filter((task) => task.lastStatus === 'RUNNING').map((task) => task.id);
  const pending = stopped.length - running.length;
  return [
    ...(started.length > 0 ? [say.startedTasks(service, started)] : []),
    ...(running.length > 0 ? [say.stoppedRunningTasks(service, running)] : []),
    ...(pending > 0 ? [say.stoppedPendingTasks(service, pending)] : []),
  ];
}

/** The first failed launch of this look, unless the same was said within six hours. */
function failureEvents({ service, now }: ServiceWorld, failed: readonly FailedStep[]): EventRecord[] {
  const launch = failed.find(({ step }) => step.kind === 'startTask');
  if (!launch) return [];
  const event = say.failedLaunch(service, launch.message);
  return saidRecently(service.status?.events ?? [], event.message, now) ? [] : [event];
}
