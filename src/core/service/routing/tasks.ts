import type { Service } from '../../../api/service.ts';
import { instantOf } from '../../../base/clock.ts';
import { earliest } from '../../../base/earliest.ts';
import type { TaskRouting } from '../../task/routing.ts';
import type { KnownEnding } from '../../task/ending.ts';
import type { TaskView } from '../../task/view.ts';
import type { DeploymentRecord } from '../deployment.ts';
import { spotReason } from '../reasons.ts';
import type { RollingPlan } from '../rolling.ts';
import { whereaboutsOf } from '../whereabouts.ts';
import type { ServiceStep, ServiceWorld } from '../world.ts';
import { endpointsOf } from './endpoints.ts';

/** Seconds: what kube-proxies and clients take to hear of it, with room; and a target group's own default. */
const defaultDrain = { names: 30, targetGroups: 300 };

/** Of the two minutes that EC2 gives before it takes a Spot Instance back, what is left for draining. */
const spotDrainMs = 30_000;

/** How long a task that is stopped stays out of service before it is told so, in milliseconds. */
export function drainMsOf({ spec: { kubernetes, loadBalancers = [] } }: Service): number {
  const blank = loadBalancers.length > 0 ? defaultDrain.targetGroups : defaultDrain.names;
  return (kubernetes?.drainSeconds ?? blank) * 1000;
}

/** How a new task of the deployment is reached; no member when it is not. */
export function taskRoutingOf(world: ServiceWorld, { snapshot }: DeploymentRecord): { readonly routing?: TaskRouting } {
  if (!snapshot.routing) return {};
  const endpoints = endpointsOf(world.service.metadata, snapshot);
  const targetGroups = endpoints.flatMap(({ name: binding, targetGroupArn: arn }) =>
    arn === undefined || world.routing?.servesBindings !== true ? [] : [{ binding, arn }],
  );
  return { routing: { targetGroups, ports: endpoints.flatMap(({ ports }) => ports.map(({ target }) => target)) } };
}

/**
 * Stops a task: first out of service where traffic reaches it, and deleted once it has drained. One that is UNHEALTHY has
 * nothing to drain, nor has one that does not run.
 */
export function stopOrDrain(world: ServiceWorld, task: TaskView, reason: string): ServiceStep {
  if (!isServing(task, world.now.epochMs)) return { kind: 'stopTask', task, reason };
  const isSpot = reason === spotReason;
  const drainMs = isSpot ? Math.min(drainMsOf(world.service), spotDrainMs) : drainMsOf(world.service);
  const until = instantOf(world.now.epochMs + drainMs).iso;
  const end: KnownEnding = {
    stopCode: isSpot ? 'SpotInterruption' : 'ServiceSchedulerInitiated',
    stoppedReason: reason,
  };
  return { kind: 'deactivateTask', task, until, end };
}

/** Whether traffic reaches it, which is so only of one that is RUNNING. */
function isServing({ route, unhealthyAtMs = Infinity }: TaskView, nowMs: number): boolean {
  return route?.isIn === true && nowMs < unhealthyAtMs;
}

/** Stops the tasks that have drained. */
export function drainedSteps(world: ServiceWorld): ServiceStep[] {
  return whereaboutsOf(world).present.flatMap((task): ServiceStep[] => {
    const { drainsUntilMs, drainReason = '' } = task;
    if (drainsUntilMs === undefined || drainsUntilMs > world.now.epochMs) return [];
    return [{ kind: 'stopTask', task, reason: drainReason }];
  });
}

/** When the next one has. */
export function nextDrained(world: ServiceWorld): number | undefined {
  const times = whereaboutsOf(world).present.flatMap(({ drainsUntilMs }) => drainsUntilMs ?? []);
  return earliest(times, world.now.epochMs);
}

/**
 * Puts tasks into service that are fit for it, and takes out those that are not, or are on lost nodes. Health by target
 * groups does not matter: who is taken out would never be healthy there again.
 */
export function routeSteps(world: ServiceWorld, { stop }: RollingPlan): ServiceStep[] {
  const { live, lost } = whereaboutsOf(world);
  const stopping = new Set(stop);
  const staying = live.filter((task) => !stopping.has(task.id));
  return [
    ...staying.flatMap((task) => routeStep(task, task.route?.isFit === true)),
    ...lost.flatMap((task) => routeStep(task, false)),
  ];
}

function routeStep(task: TaskView, isIn: boolean): ServiceStep[] {
  return task.route === undefined || task.route.isIn === isIn ? [] : [{ kind: 'routeTask', task, isIn }];
}
