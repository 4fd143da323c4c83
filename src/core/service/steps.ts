import { dnsName } from '../../base/dns-name.ts';
import type { Capacity } from '../capacity/capacity.ts';
import { askedOf, type Asked } from '../placement/kube-scheduler/asked.ts';
import { serviceGroup } from '../placement/task-group.ts';
import { placementProblem } from '../placement/placeable.ts';
import { podNameOf, taskIdOf } from '../task/identity.ts';
import { endOf } from '../task/view.ts';
import { nextCapacities } from './capacity.ts';
import type { DeploymentRecord } from './deployment.ts';
import { displayName } from './events.ts';
import { pinnedSnapshot } from './images.ts';
import { launchesOf, nextLaunches } from './launches.ts';
import { isRejected } from './outcome.ts';
import type { Rollout } from './progress.ts';
import { startable } from './provisioning.ts';
import { scalingReason, spotReason } from './reasons.ts';
import { completedLast, rollbackTarget } from './rollback.ts';
import type { RollingPlan } from './rolling.ts';
import { provenOf } from './rolling-of.ts';
import { stopOrDrain, taskRoutingOf } from './routing/tasks.ts';
import { sickReason } from './sickness.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceStep, ServiceWorld } from './world.ts';

/** How many deployments without tasks are remembered. */
const keptDeployments = 10;

/** Starts what is missing, of the PRIMARY deployment first; those that replace sick tasks say so. */
export function launchSteps(world: ServiceWorld, { primary, rolling }: Rollout): ServiceStep[] {
  const own = startSteps(world, primary, nextCapacities(world, { primary, rolling }).slice(0, rolling.start));
  const proven = rolling.startOld > 0 ? provenOf(world, primary) : undefined;
  const old = proven && { primary: proven, rolling: { ...rolling, start: rolling.startOld } };
  const all = [...own, ...(old ? startSteps(world, old.primary, nextCapacities(world, old)) : [])];
  return all
    .slice(0, startable(world, all.length))
    .map((step, index) => (index < rolling.replacing ? { ...step, isReplacement: true } : step));
}

type StartStep = Extract<ServiceStep, { kind: 'startTask' }>;

/** Starts a task on each of the capacities; none where their pods could not be told what binds them. */
function startSteps(world: ServiceWorld, primary: DeploymentRecord, capacities: readonly Capacity[]): StartStep[] {
  if (capacities.length === 0) return [];
  if (placementProblem(primary.snapshot, world.placement, world.knownNodes)) return [];
  const asked = askedOf(world.placement, primary.snapshot.content, world.knownNodes);
  const launches = nextLaunches(launchesOf(world, primary), capacities.length);
  return capacities.map((capacity, index) =>
    startStep(world, { primary, launch: launches[index] ?? 0, capacity, asked }),
  );
}

interface Start {
  readonly primary: DeploymentRecord;
  readonly launch: number;
  readonly capacity: Capacity;
  readonly asked: Asked;
}

function startStep(world: ServiceWorld, { primary, launch, capacity, asked }: Start): StartStep {
  const { service, cluster, placement, podLevelResources } = world;
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
      snapshot: pinnedSnapshot(primary),
      capacity,
      placement,
      asked,
      group: serviceGroup({ name, shown: displayName(service) }, primary.digits),
      podLevelResources,
      ...taskRoutingOf(world, primary),
    },
  };
}

/** Stops the tasks that the bounds let go. */
export function stopSteps(world: ServiceWorld, rolling: RollingPlan, { digits }: DeploymentRecord): ServiceStep[] {
  const { present, interrupted } = whereaboutsOf(world);
  const byId = new Map(present.map((task) => [task.id, task]));
  const sick = new Set(rolling.sick);
  return rolling.stop.flatMap((id): ServiceStep[] => {
    const task = byId.get(id);
    if (!task) return [];
    const reason = interrupted.has(task) ? spotReason : scalingReason(digits);
    return [stopOrDrain(world, task, sick.has(id) ? sickReason(task) : reason)];
  });
}

/** Ends the tasks that are over or cannot start, but for those that are stopped anyway, or nobody can reach. */
export function endSteps(world: ServiceWorld, rolling: RollingPlan): ServiceStep[] {
  const stopping = new Set(rolling.stop);
  return whereaboutsOf(world).present.flatMap((task): ServiceStep[] => {
    const end = endOf(task, world.now.epochMs);
    return end && !stopping.has(task.id) ? [{ kind: 'endTask', task, end }] : [];
  });
}

/** Forgets deployments without tasks, beyond the newest few, and but for what a rollback or a rejection needs. */
export function forgetSteps(world: ServiceWorld, primary: DeploymentRecord): ServiceStep[] {
  const used = new Set(world.tasks.map((task) => task.deployment));
  const needed = new Set([primary, rollbackTarget(world, primary), completedLast(world.deployments)]);
  return world.deployments
    .filter((record) => !needed.has(record) && !used.has(record.digits) && !isRejected(record))
    .toSorted((a, b) => b.sequence - a.sequence)
    .slice(keptDeployments)
    .map((deployment): ServiceStep => ({ kind: 'forgetDeployment', deployment }));
}
