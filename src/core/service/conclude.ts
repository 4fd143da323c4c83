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
  /** Whether it may have taken effect, or may yet. */
  readonly isUnknown: boolean;
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
  const status = withLaunches(plan.status, outcome);
  if (events.length === 0) return { status, events };
  const at = { now: world.now, serviceUid: world.service.metadata.uid };
  const history = addToHistory(plan.status.events ?? [], events, at);
  return { status: { ...status, events: history }, events };
}

/**
 * Remembers the launch numbers used. One that was refused may be used again, and one of unknown outcome has to be:
 * whatever is still on its way meets the next attempt then. So numbers are settled up to that one.
 */
function withLaunches(status: ServiceStatus, { done, failed }: Outcome): ServiceStatus {
  if (!status.deployments) return status;
  const started = launchesBy(done);
  const unknown = launchesBy(failed.filter(({ isUnknown }) => isUnknown).map(({ step }) => step));
  const deployments = status.deployments.map((deployment) => {
    const launched = Math.max(deployment.launched, ...(started.get(deployment.id) ?? []));
    const settled = Math.min(launched, ...(unknown.get(deployment.id) ?? []).map((launch) => launch - 1));
    return { ...deployment, launched: settled };
  });
  return { ...status, deployments };
}

/** The launch numbers of the steps that start tasks, by deployment id. */
function launchesBy(steps: readonly ServiceStep[]): ReadonlyMap<string, readonly number[]> {
  const starts = steps.flatMap((step) => (step.kind === 'startTask' ? [step.task] : []));
  const byId = Map.groupBy(starts, ({ deployment }) => deploymentId(deployment));
  return new Map([...byId].map(([id, tasks]) => [id, tasks.map(({ launch }) => launch)]));
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
