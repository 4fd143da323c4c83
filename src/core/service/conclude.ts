import type { ServiceStatus } from '../../api/service.ts';
import type { EventRecord } from '../../base/events.ts';
import type { Plan } from '../../base/plan.ts';
import { deploymentId } from './deployment.ts';
import * as say from './events.ts';
import { launchStatus } from './status.ts';
import { withLaunches } from './launches.ts';
import { addToHistory, saidRecently } from './history.ts';
import type { ServiceStep, ServiceWorld } from './world.ts';

interface FailedStep {
  readonly step: ServiceStep;
  readonly message: string;
}

interface Outcome {
  readonly done: readonly ServiceStep[];
  readonly failed: readonly FailedStep[];
}

/** What is told and written once it is known which steps were done: an event never claims a step that failed. */
export function concludeService(
  world: ServiceWorld,
  plan: Plan<ServiceStatus, ServiceStep>,
  outcome: Outcome,
): { readonly status: ServiceStatus; readonly events: readonly EventRecord[] } {
  const events = [...stepEvents(world, outcome.done), ...failureEvents(world, outcome.failed), ...plan.events];
  const status = withStarted(plan.status, outcome.done);
  if (events.length === 0) return { status, events };
  const at = { now: world.now, serviceUid: world.service.metadata.uid };
  const history = addToHistory(plan.status.events ?? [], events, at);
  return { status: { ...status, events: history }, events };
}

/** Remembers the launch numbers used. */
function withStarted(status: ServiceStatus, done: readonly ServiceStep[]): ServiceStatus {
  const started = done.flatMap((step) => (step.kind === 'startTask' ? [step.task] : []));
  if (!status.deployments || started.length === 0) return status;
  const byId = Map.groupBy(started, ({ deployment }) => deploymentId(deployment));
  const deployments = status.deployments.map(({ unsettled = [], ...deployment }) => {
    const used = (byId.get(deployment.id) ?? []).map(({ launch }) => launch);
    return { ...deployment, ...launchStatus(withLaunches({ launched: deployment.launched, unsettled }, used)) };
  });
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
