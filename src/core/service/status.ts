import { labels } from '../../api/labels.ts';
import type { DeploymentStatus, ServiceStatus } from '../../api/service.ts';
import { nextConditions, type NextCondition } from '../../base/conditions.ts';
import { readinessConditions } from '../../base/readiness.ts';
import { launchTypeOf } from '../capacity/launch-type.ts';
import { differsFromEcs } from '../differences.ts';
import { placementDifferences } from '../placement/differences.ts';
import { launchVolumeDifferences } from '../task/launch-volumes.ts';
import { isLive, type TaskView } from '../task/view.ts';
import { deploymentId, type DeploymentRecord } from './deployment.ts';
import { launchesOf, shownDeployments, type Launches } from './launches.ts';
import { openOf } from './open.ts';
import { findDeployment, isCompleted, type Rollout } from './progress.ts';
import { readiness } from './readiness.ts';
import { unplacedConditions, unplacedOf, unplacedStatus } from './unplaced.ts';
import type { ServiceWorld } from './world.ts';

/** The whole next status, its events left as they are. */
export function serviceStatus(world: ServiceWorld, rollout: Rollout | undefined): ServiceStatus {
  const { service, tasks, now } = world;
  const observedGeneration = service.metadata.generation ?? 0;
  const { unplaced: _placed, ...previous } = service.status ?? {};
  return {
    ...previous,
    observedGeneration,
    status: 'ACTIVE',
    desiredCount: service.spec.desiredCount,
    ...countTasks(tasks),
    ...unplacedStatus(unplacedOf(world)),
    selector: `${labels.service}=${service.metadata.name}`,
    ...(rollout && { taskDefinition: taskDefinitionOf(world, rollout), deployments: deploymentsOf(world, rollout) }),
    conditions: nextConditions(previous.conditions, conditionsOf(world, rollout), now.iso),
  };
}

function conditionsOf(world: ServiceWorld, rollout: Rollout | undefined): NextCondition[] {
  const { metadata, spec } = world.service;
  const { placement, knownNodes, resolution } = world;
  const generation = metadata.generation ?? 0;
  const content = resolution.kind === 'found' ? resolution.content : rollout?.primary.snapshot.content;
  const placed = placementDifferences({ terms: placement, known: knownNodes, launchType: launchTypeOf(spec) }, content);
  const differences = differsFromEcs([...launchVolumeDifferences(spec), ...placed], generation);
  return [
    ...readinessConditions(readiness(world, rollout), generation),
    ...unplacedConditions(unplacedOf(world), generation),
    ...differences,
  ];
}

function taskDefinitionOf({ resolution }: ServiceWorld, { primary }: Rollout): string {
  return resolution.kind === 'found' ? resolution.taskDefinition : primary.snapshot.taskDefinition;
}

function countTasks(tasks: readonly TaskView[]): { runningCount: number; pendingCount: number } {
  return {
    runningCount: tasks.filter((task) => task.lastStatus === 'RUNNING').length,
    pendingCount: tasks.filter((task) => isPending(task)).length,
  };
}

function isPending(task: TaskView): boolean {
  return task.lastStatus === 'PENDING' || task.lastStatus === 'PROVISIONING';
}

/** The PRIMARY deployment, then those that still have a task, newest first. */
function deploymentsOf(world: ServiceWorld, rollout: Rollout): DeploymentStatus[] {
  const { primary } = rollout;
  const occupied = new Set(world.tasks.filter((task) => task.lastStatus !== 'STOPPED').map((task) => task.deployment));
  const draining = world.deployments
    .filter((record) => record.digits !== primary.digits && occupied.has(record.digits))
    .toSorted((a, b) => b.sequence - a.sequence);
  return [primary, ...draining].slice(0, shownDeployments).map((record) => deploymentStatus(world, rollout, record));
}

function deploymentStatus(world: ServiceWorld, rollout: Rollout, record: DeploymentRecord): DeploymentStatus {
  const { service, tasks, now } = world;
  const isPrimary = record.digits === rollout.primary.digits;
  const previous = findDeployment(service.status, record);
  const own = tasks.filter((task) => task.deployment === record.digits);
  const kept = own.filter((task) => isLive(task) && !rollout.rolling.stop.includes(task.id));
  const rolloutState = rolloutStateOf(world, rollout, record);
  const isSame = previous?.rolloutState === rolloutState;
  return {
    id: deploymentId(record.digits),
    status: isPrimary ? 'PRIMARY' : 'ACTIVE',
    taskDefinition: record.snapshot.taskDefinition,
    desiredCount: isPrimary ? service.spec.desiredCount : kept.length,
    ...countTasks(own),
    ...launchStatus(launchesOf(world, record)),
    ...openOf(world, record),
    createdAt: record.createdAt,
    updatedAt: isSame ? previous.updatedAt : now.iso,
    rolloutState,
    rolloutStateReason: `ECS deployment ${deploymentId(record.digits)} ${rolloutState === 'COMPLETED' ? 'completed' : 'in progress'}.`,
  };
}

/** Launch numbers as the status has them. */
export function launchStatus({ launched, unsettled }: Launches): Pick<DeploymentStatus, 'launched' | 'unsettled'> {
  return { launched, ...(unsettled.length > 0 && { unsettled: [...unsettled] }) };
}

function rolloutStateOf(
  world: ServiceWorld,
  rollout: Rollout,
  record: DeploymentRecord,
): DeploymentStatus['rolloutState'] {
  if (record.digits === rollout.primary.digits) return isCompleted(world, rollout) ? 'COMPLETED' : 'IN_PROGRESS';
  return findDeployment(world.service.status, record)?.rolloutState ?? 'COMPLETED';
}
