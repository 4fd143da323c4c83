import type { Violation } from '../../base/plan.ts';
import { isHealthyAt, isLive, type TaskView } from '../task/view.ts';
import { nodeFor, uncountedOf } from './daemon-nodes.ts';
import { desiredCountOf } from './desired.ts';
import type { DeploymentRecord } from './deployment.ts';
import { isEnded, outcomeOf } from './outcome.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceStep, ServiceWorld } from './world.ts';

/**
 * What no plan for a service may break by an act of ours, told apart from the code that plans: its arithmetic is its
 * own, so that a bug in one of the two is found by the other. Both ask `whereabouts.ts` which nodes are lost,
 * `daemon-nodes.ts` which tasks of a DAEMON are in no count, and `desired.ts` how many tasks there should be. Each step
 * counts as if none of the others were done that make it safe.
 */

type StartStep = Extract<ServiceStep, { kind: 'startTask' }>;
type StopStep = Extract<ServiceStep, { kind: 'stopTask' | 'endTask' | 'deactivateTask' }>;

/** A world, and the steps that a plan is about to take in it. */
interface Sight {
  readonly world: ServiceWorld;
  readonly starts: readonly StartStep[];
  readonly stops: readonly StopStep[];
}

interface Invariant {
  readonly rule: string;
  /** The steps that break it. */
  readonly broken: (sight: Sight) => readonly ServiceStep[];
}

const invariants: Readonly<Record<string, Invariant>> = {
  lowerBound: { rule: 'No healthy task is stopped below minimumHealthyPercent', broken: stopsBelow },
  upperBound: { rule: 'No task is started above maximumPercent', broken: startsAbove },
  protectedTask: { rule: 'No protected task is stopped for scaling or a deployment', broken: stopsOfProtected },
  oneTaskPerNode: { rule: 'No second task of a DAEMON is started on a node', broken: startsBeside },
  oneTaskPerLaunch: { rule: 'No task is started twice', broken: startsAgain },
  knownDeployment: {
    rule: 'Tasks are started of deployments alone that are written down and have not failed',
    broken: startsOfOthers,
  },
  knownTask: { rule: 'No task is stopped that nobody knows', broken: stopsOfUnknown },
};

/** For the controller. */
export const servicePromises = {
  invariants: Object.keys(invariants),
  violations: violationsOf,
};

/** The steps that would break an invariant; of those that only are too many, the last ones. */
export function violationsOf(world: ServiceWorld, steps: readonly ServiceStep[]): Violation<ServiceStep>[] {
  const starts = steps.filter((step) => step.kind === 'startTask');
  const stops = steps.filter(isStop);
  if (starts.length + stops.length === 0) return [];
  return Object.entries(invariants).flatMap(([invariant, { rule, broken }]) => {
    const found = broken({ world, starts, stops });
    return found.length === 0 ? [] : [{ invariant, message: messageOf(rule, world, found), steps: found }];
  });
}

function messageOf(rule: string, world: ServiceWorld, broken: readonly ServiceStep[]): string {
  const acts = broken.map((step) => ('task' in step ? `${step.kind} ${step.task.id}` : step.kind)).join(', ');
  const { live, healthy, desired } = countsOf(world);
  const counts = `desired ${String(desired)}, live ${String(live.length)}, healthy ${String(healthy.length)}`;
  return `${rule} (${counts}): withheld ${acts}.`;
}

/** Whether a task that counts is over with it. */
function isStop(step: ServiceStep): step is StopStep {
  return step.kind === 'stopTask' || step.kind === 'endTask' || step.kind === 'deactivateTask';
}

interface Counts {
  readonly desired: number;
  /** Tasks that are to run, but for those that are in no count. */
  readonly live: readonly TaskView[];
  readonly healthy: readonly TaskView[];
}

function countsOf(world: ServiceWorld): Counts {
  const uncounted = new Set([...whereaboutsOf(world).lost, ...uncountedOf(world)]);
  const live = world.tasks.filter((task) => isLive(task) && !uncounted.has(task));
  return {
    desired: desiredCountOf(world),
    live,
    healthy: live.filter((task) => isHealthyAt(task, world.now.epochMs)),
  };
}

/** In whole tasks: minimumHealthyPercent is rounded up (Developer Guide, "Rolling update"). */
function stopsBelow({ world, stops }: Sight): StopStep[] {
  const { desired, healthy } = countsOf(world);
  const percent = percentOf(world, 'minimumHealthyPercent', { REPLICA: 100, DAEMON: 0 });
  const names = new Set(healthy.map(({ podName }) => podName));
  const harmful = stops.filter(({ task }) => names.has(task.podName));
  // Percents stay whole numbers: with k left, k * 100 >= desired * percent.
  return harmful.filter((_, index) => (healthy.length - index - 1) * 100 < desired * percent);
}

/** In whole tasks: maximumPercent is rounded down (Developer Guide, "Rolling update"). */
function startsAbove({ world, starts }: Sight): StartStep[] {
  const { live, desired } = countsOf(world);
  const percent = percentOf(world, 'maximumPercent', { REPLICA: 200, DAEMON: 100 });
  const taken = live.length + stoppingOf(world);
  return starts.filter((_, index) => (taken + index + 1) * 100 > desired * percent);
}

/** Tasks that the upper bound counts beside the live ones, where the service asks for it. */
function stoppingOf(world: ServiceWorld): number {
  if (world.service.spec.kubernetes?.maximumCountsStopping !== true) return 0;
  const lost = new Set(whereaboutsOf(world).lost);
  return world.tasks.filter((task) => !isLive(task) && task.lastStatus !== 'STOPPED' && !lost.has(task)).length;
}

/**
 * ECS protects neither from the replacement of an unhealthy task nor from a Spot interruption (Developer Guide, "Protect
 * your Amazon ECS tasks"). What drains already was stopped before.
 */
function stopsOfProtected({ world, stops }: Sight): StopStep[] {
  const { interrupted } = whereaboutsOf(world);
  const nowMs = world.now.epochMs;
  return stops.filter(({ kind, task }) => {
    const { protectedUntilMs = 0, unhealthyAtMs = Infinity } = task;
    const isExempt = kind === 'endTask' || interrupted.has(task) || unhealthyAtMs <= nowMs;
    return isLive(task) && protectedUntilMs > nowMs && !isExempt;
  });
}

function startsBeside({ world, starts }: Sight): StartStep[] {
  const taken = new Set(countsOf(world).live.map((task) => nodeFor(task)));
  return starts.filter(({ task: { capacity } }) => {
    const isTaken = capacity.node !== undefined && taken.has(capacity.node);
    taken.add(capacity.node);
    return isTaken;
  });
}

function percentOf(
  { service: { spec } }: ServiceWorld,
  member: 'minimumHealthyPercent' | 'maximumPercent',
  defaults: Readonly<Record<'REPLICA' | 'DAEMON', number>>,
): number {
  return spec.deploymentConfiguration[member] ?? defaults[spec.schedulingStrategy];
}

/** One that runs, that has run, whose number the status says is used up, or that is in the plan already. */
function startsAgain({ world, starts }: Sight): StartStep[] {
  const used = new Set([...world.tasks, ...world.gone].map(launchOf));
  const names = new Set(world.tasks.map(({ podName }) => podName));
  return starts.filter(({ task }) => {
    const isUsed = used.has(launchOf(task)) || names.has(task.podName) || isUsedUp(world, task);
    used.add(launchOf(task));
    names.add(task.podName);
    return isUsed;
  });
}

function launchOf({ deployment, launch }: { readonly deployment: string; readonly launch: number }): string {
  return `${deployment}/${String(launch)}`;
}

/** By what the status says: a number up to the highest that is not among those whose creates were never seen. */
function isUsedUp({ service }: ServiceWorld, { deployment, launch }: StartStep['task']): boolean {
  const shown = service.status?.deployments?.find(({ id }) => id === `ecs-svc/${deployment}`);
  return shown !== undefined && launch <= shown.launched && shown.unsettled?.includes(launch) !== true;
}

function startsOfOthers({ world, starts }: Sight): StartStep[] {
  const isOpen = (each: DeploymentRecord): boolean => outcomeOf(each)?.state !== 'FAILED' && !isEnded(each);
  const open = new Set(world.deployments.filter(isOpen).map(({ digits }) => digits));
  return starts.filter(({ task }) => !open.has(task.deployment));
}

function stopsOfUnknown({ world, stops }: Sight): StopStep[] {
  const known = new Map(world.tasks.map(({ podName, podUid }) => [podName, podUid]));
  return stops.filter(({ task }) => known.get(task.podName) !== task.podUid);
}
