import type { Service } from '../../../api/service.ts';
import type { EventRecord } from '../../../base/events.ts';
import type { TaskView } from '../../task/view.ts';
import { event } from '../events.ts';
import type { ServiceStep } from '../world.ts';

/** What of the steps done is about traffic. The AWS Load Balancer Controller does with targets what is told here. */
export function routingEvents(service: Service, done: readonly ServiceStep[]): EventRecord[] {
  const entered = done.flatMap((step) => (step.kind === 'routeTask' && step.isIn ? [step.task] : []));
  const left = done.flatMap((step) => (isLeaving(step) ? [step.task] : []));
  const draining = done.filter(({ kind }) => kind === 'deactivateTask').length;
  return [
    ...targetEvents(service, 'registered', entered),
    ...targetEvents(service, 'deregistered', left),
    ...(draining > 0 ? [begunDraining(service, draining)] : []),
  ];
}

type Leaving = Extract<ServiceStep, { kind: 'deactivateTask' | 'stopTask' | 'routeTask' }>;

/** Whether the step takes a task out of service. */
function isLeaving(step: ServiceStep): step is Leaving {
  if (step.kind === 'routeTask') return !step.isIn;
  return step.kind === 'deactivateTask' || (step.kind === 'stopTask' && step.task.route?.isIn === true);
}

function begunDraining(service: Service, count: number): EventRecord {
  const message = `has begun draining connections on ${String(count)} tasks.`;
  return event(service, ['DrainingBegun', 'StopTasks'], message);
}

/** One for each target group; without a period, as ECS has it. */
function targetEvents(
  service: Service,
  verb: 'registered' | 'deregistered',
  tasks: readonly TaskView[],
): EventRecord[] {
  const arns = tasks.flatMap(({ route }) => route?.targets.map(({ arn }) => arn) ?? []);
  const reason = verb === 'registered' ? 'TargetsRegistered' : 'TargetsDeregistered';
  return [...Map.groupBy(arns, (arn) => arn)].map(([arn, { length }]) =>
    event(service, [reason, 'Route'], `${verb} ${String(length)} targets in (target-group ${arn})`),
  );
}
