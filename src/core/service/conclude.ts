import type { ServiceStatus } from '../../api/service-status.ts';
import type { Service } from '../../api/service.ts';
import type { EventRecord } from '../../base/events.ts';
import type { Plan } from '../../base/plan.ts';
import { withReadiness } from '../../base/readiness.ts';
import { clip } from '../../base/text.ts';
import { isPending } from '../task/view.ts';
import { launchReadiness, refusalWords, type FailedCreate } from '../task/launch-failure.ts';
import { deploymentId } from './deployment.ts';
import * as say from './events.ts';
import { launchStatus } from './status.ts';
import { withLaunches } from './launches.ts';
import { outcomeOf } from './outcome.ts';
import { isRollingBack } from './rollback.ts';
import { addToHistory, saidRecently } from './history.ts';
import { routingEvents } from './routing/events.ts';
import type { ServiceStep, ServiceWorld } from './world.ts';

/** What the API server says can be as long as a webhook likes. */
const longestReason = 2000;

interface FailedStep extends FailedCreate {
  readonly step: ServiceStep;
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
  // One that fails says it for all: the launches after it were not tried.
  const launch = outcome.failed.find(({ step }) => step.kind === 'startTask' || step.kind === 'createDeployment');
  const failures = launch ? failureEvents(world, launch) : [];
  const events = [...stepEvents(world, outcome.done), ...failures, ...plan.events];
  const started = withStarted(plan.status, outcome.done);
  const status = launch?.refusal ? withFailure(world, started, launch) : started;
  if (events.length === 0) return { status, events };
  const at = { now: world.now, serviceUid: world.service.metadata.uid };
  const history = addToHistory(status.events ?? [], events, at);
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
  const starts = done.filter((step) => step.kind === 'startTask');
  const stopped = done.flatMap((step) => (isStop(step) ? [step.task] : []));
  const pending = stopped.filter((task) => isPending(task)).length;
  const running = stopped.filter((task) => !isPending(task)).map((task) => task.id);
  return [
    ...deploymentEvents(service, done),
    ...startEvents(service, starts),
    ...(running.length > 0 ? [say.stoppedRunningTasks(service, running)] : []),
    ...(pending > 0 ? [say.stoppedPendingTasks(service, pending)] : []),
    ...routingEvents(service, done),
  ];
}

/** Deployments that have ended without success, and those that have taken their place. */
function deploymentEvents(service: Service, done: readonly ServiceStep[]): EventRecord[] {
  return done.flatMap((step) => {
    if (step.kind === 'recordOutcome') {
      const isNews = step.outcome.endedBy !== undefined && !outcomeOf(step.deployment);
      return isNews ? [say.deploymentEnded(service, step.deployment, step.outcome)] : [];
    }
    return isRollingBack(step) ? [say.rollingBack(service, step.deployment.digits)] : [];
  });
}

type Stop = Extract<ServiceStep, { kind: 'stopTask' | 'deactivateTask' }>;

/** Whether a task begins to stop; one that has drained was told of before. */
function isStop(step: ServiceStep): step is Stop {
  if (step.kind === 'stopTask') return step.task.lastStatus !== 'DEACTIVATING';
  return step.kind === 'deactivateTask';
}

function startEvents(service: Service, starts: readonly Extract<ServiceStep, { kind: 'startTask' }>[]): EventRecord[] {
  const ids = starts.map(({ task }) => task.id);
  const replacing = starts.filter(({ isReplacement = false }) => isReplacement).length;
  if (replacing > 0) return [say.replacedTasks(service, ids, replacing)];
  return ids.length > 0 ? [say.startedTasks(service, ids)] : [];
}

/** Conditions that say why the API server refuses tasks, and then how far the service is. */
function withFailure({ service, now }: ServiceWorld, status: ServiceStatus, launch: FailedStep): ServiceStatus {
  const { conditions = [] } = status;
  const { message: progress = '' } = conditions.find(({ type }) => type === 'Ready') ?? {};
  const readiness = launchReadiness(launch);
  const message = `${clip(readiness.message, longestReason)} ${progress}`;
  const at = { previous: service.status?.conditions, observedGeneration: service.metadata.generation ?? 0 };
  return { ...status, conditions: withReadiness(conditions, { ...readiness, message }, { ...at, now: now.iso }) };
}

/** A failed launch, unless the same was said within six hours; a namespace that is being deleted takes no events. */
function failureEvents({ service, now }: ServiceWorld, launch: FailedStep): EventRecord[] {
  if (launch.refusal === 'NamespaceTerminating') return [];
  const event = launch.refusal
    ? say.unableToPlace(service, refusalWords(launch.message))
    : say.failedLaunch(service, launch.message);
  return saidRecently(service.status?.events ?? [], event.message, now) ? [] : [event];
}
