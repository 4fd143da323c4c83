import { dnsName } from '../../base/dns-name.ts';
import { podNameOf, taskIdOf } from '../task/identity.ts';
import type { TaskView } from '../task/view.ts';
import type { DeploymentRecord } from './deployment.ts';
import { findDeployment } from './progress.ts';
import type { RollingPlan } from './rolling.ts';
import type { ServiceStep, ServiceWorld } from './world.ts';

/** At most so many deployments are shown in the status; one is PRIMARY, the rest are being drained. */
export const shownDeployments = 10;

/** How many deployments without tasks are remembered. */
const keptDeployments = 10;

/** Starts `count` tasks. */
export function startSteps(world: ServiceWorld, primary: DeploymentRecord, count: number): ServiceStep[] {
  return nextLaunches(world, primary, count).map((launch) => startStep(world, primary, launch));
}

/**
 * The lowest launch numbers that no task has, above those that are settled. Whoever comes after a crash does not know
 * which creates of its predecessor are still on their way: it takes the same numbers, so that each of those meets the
 * name of the other's task and none is started beside it.
 */
function nextLaunches(world: ServiceWorld, record: DeploymentRecord, count: number): number[] {
  const used = new Set(launchesOf(world, record));
  const launches: number[] = [];
  for (let launch = settledLaunch(world, record) + 1; launches.length < count; launch++) {
    if (!used.has(launch)) launches.push(launch);
  }
  return launches;
}

/** No number up to this one is used again. The status has it; where that is lost, it is the highest of any pod. */
function settledLaunch(world: ServiceWorld, record: DeploymentRecord): number {
  const { status } = world.service;
  const shown = findDeployment(status, record);
  if (shown) return shown.launched;
  const isNew = status !== undefined && (status.deployments ?? []).length < shownDeployments;
  return isNew ? 0 : Math.max(0, ...launchesOf(world, record));
}

/** The highest launch number of the deployment so far, 0 when it has started nothing. */
export function highestLaunch(world: ServiceWorld, record: DeploymentRecord): number {
  const remembered = findDeployment(world.service.status, record)?.launched ?? 0;
  return Math.max(remembered, ...launchesOf(world, record));
}

function launchesOf({ tasks }: ServiceWorld, { digits }: DeploymentRecord): number[] {
  return tasks.filter(({ deployment }) => deployment === digits).map(({ launch }) => launch);
}

function startStep({ service, cluster }: ServiceWorld, primary: DeploymentRecord, launch: number): ServiceStep {
  const { name, uid } = service.metadata;
  const id = taskIdOf({ serviceUid: uid, deployment: primary.digits, number: launch });
  return {
    kind: 'startTask',
    task: {
      id,
      podName: podNameOf(name, id),
      deployment: primary.digits,
      launch,
      service: { name, cluster: cluster ?? dnsName(service.spec.cluster) },
      snapshot: primary.snapshot,
    },
  };
}

/** Stops the tasks that the bounds let go. */
export function stopSteps(live: readonly TaskView[], rolling: RollingPlan): ServiceStep[] {
  const byId = new Map(live.map((task) => [task.id, task]));
  return rolling.stop.flatMap((id): ServiceStep[] => {
    const task = byId.get(id);
    return task ? [{ kind: 'stopTask', task }] : [];
  });
}

/** Ends the tasks whose essential container has exited. */
export function endSteps(tasks: readonly TaskView[]): ServiceStep[] {
  return tasks.flatMap((task): ServiceStep[] =>
    task.endBecause === undefined ? [] : [{ kind: 'endTask', task, reason: task.endBecause }],
  );
}

/** Forgets deployments without tasks, beyond the newest few. */
export function forgetSteps({ deployments, tasks }: ServiceWorld, primary: DeploymentRecord): ServiceStep[] {
  const used = new Set(tasks.map((task) => task.deployment));
  return deployments
    .filter((record) => record !== primary && !used.has(record.digits))
    .toSorted((a, b) => b.sequence - a.sequence)
    .slice(keptDeployments)
    .map((deployment): ServiceStep => ({ kind: 'forgetDeployment', deployment }));
}
