import { labels } from '../../api/labels.ts';
import type { DeploymentStatus, ServiceStatus } from '../../api/service-status.ts';
import { nextConditions, type NextCondition } from '../../base/conditions.ts';
import { defined } from '../../base/defined.ts';
import { pick } from '../../base/pick.ts';
import { readinessConditions } from '../../base/readiness.ts';
import { familyOfCapacity } from '../capacity/resolve.ts';
import { differsFromEcs } from '../differences.ts';
import { placementDifferences } from '../placement/differences.ts';
import { launchVolumeDifferences } from '../task/launch-volumes.ts';
import { isLive, isPending, type TaskView } from '../task/view.ts';
import { alarmConditions, alarmDifferences } from './alarm-news.ts';
import { shownAlarms } from './alarm-status.ts';
import { sharesOf, shownStrategy } from './capacity.ts';
import { commandConditions } from './command.ts';
import { deploymentId, findDeployment, type DeploymentRecord } from './deployment.ts';
import { deploymentHistory } from './deployment-history.ts';
import { shownBreaker } from './failures/breaker.ts';
import { desiredCountOf } from './desired.ts';
import { fallbackOf, shownOutages } from './fallback.ts';
import { unpinnedDifferences } from './images.ts';
import { launchesOf, shownDeployments, type Launches } from './launches.ts';
import { openOf } from './open.ts';
import { isCompleted, type Rollout } from './progress.ts';
import { readiness } from './readiness.ts';
import { rejectedOf } from './rejection.ts';
import { rolloutOf } from './rollout-state.ts';
import { ledgerOf, shownLedger } from './failures/ledger.ts';
import { routingConditions } from './routing/conditions.ts';
import { routingDifferences } from './routing/differences.ts';
import { provenOf } from './rolling-of.ts';
import { whereaboutsOf } from './whereabouts.ts';
import { nodeConditions, nodeCounts } from './node-conditions.ts';
import { unplacedConditions, unplacedOf, unplacedStatus } from './unplaced.ts';
import type { ServiceWorld } from './world.ts';

/** The whole next status, its events left as they are. */
export function serviceStatus(world: ServiceWorld, rollout: Rollout | undefined): ServiceStatus {
  const { service, now } = world;
  const observedGeneration = service.metadata.generation ?? 0;
  const { drainingCount: _, lostCount: __, unplaced: ___, capacityProviders: ____, ...kept } = service.status ?? {};
  const { capacityProviderStrategy: last, deploymentHistory: _____, ...previous } = kept;
  const history = deploymentHistory(world);
  const deployments = rollout && deploymentsOf(world, rollout);
  const strategy = deployments ? deployments[0]?.capacityProviderStrategy : last;
  return {
    ...previous,
    observedGeneration,
    status: 'ACTIVE',
    desiredCount: desiredCountOf(world),
    ...countTasks(whereaboutsOf(world).present),
    ...nodeCounts(world),
    ...unplacedStatus(unplacedOf(world)),
    ...defined('capacityProviderStrategy', strategy),
    ...shownOutages(fallbackOf(world)),
    selector: `${labels.service}=${service.metadata.name}`,
    ...(rollout && { taskDefinition: taskDefinitionOf(world, rollout) }),
    ...defined('deployments', deployments),
    ...(history.length > 0 && { deploymentHistory: history }),
    conditions: nextConditions(previous.conditions, conditionsOf(world, rollout), now.iso),
  };
}

type StartedBy = Pick<DeploymentStatus, 'launchType' | 'capacityProviderStrategy'>;

function conditionsOf(world: ServiceWorld, rollout: Rollout | undefined): NextCondition[] {
  const { metadata, spec } = world.service;
  const { placement, knownNodes, resolution, capacity } = world;
  const generation = metadata.generation ?? 0;
  const content = resolution.kind === 'found' ? resolution.content : rollout?.primary.snapshot.content;
  const placing = { terms: placement, known: knownNodes, launchType: familyOfCapacity(capacity) };
  const differences = [
    ...launchVolumeDifferences(spec),
    ...unpinnedDifferences(world, rollout?.primary),
    ...placementDifferences(placing, content),
    ...alarmDifferences(spec),
    ...routingDifferences(metadata, spec),
  ];
  return [
    ...readinessConditions(readiness(world, rollout), generation),
    ...nodeConditions(world, rollout),
    ...unplacedConditions(unplacedOf(world), generation),
    ...alarmConditions(world),
    ...commandConditions(world),
    ...routingConditions(world),
    ...differsFromEcs(differences, generation),
  ];
}

function taskDefinitionOf(world: ServiceWorld, { primary }: Rollout): string {
  const { resolution } = world;
  return resolution.kind === 'found' && !rejectedOf(world)
    ? resolution.taskDefinition
    : primary.snapshot.taskDefinition;
}

function countTasks(tasks: readonly TaskView[]): { runningCount: number; pendingCount: number } {
  return {
    runningCount: tasks.filter((task) => task.lastStatus === 'RUNNING').length,
    pendingCount: tasks.filter((task) => isPending(task)).length,
  };
}

/** The PRIMARY deployment, then those that still have a task, newest first. */
function deploymentsOf(world: ServiceWorld, rollout: Rollout): DeploymentStatus[] {
  const { primary } = rollout;
  const occupied = new Set(world.tasks.filter((task) => task.lastStatus !== 'STOPPED').map((task) => task.deployment));
  // Its launch numbers are needed as long as tasks of it may be started.
  const proven = isCompleted(world, rollout) ? undefined : provenOf(world, primary);
  if (proven) occupied.add(proven.digits);
  const draining = world.deployments
    .filter((record) => record.digits !== primary.digits && occupied.has(record.digits))
    .toSorted((a, b) => b.sequence - a.sequence);
  return [primary, ...draining].slice(0, shownDeployments).map((record) => deploymentStatus(world, rollout, record));
}

function deploymentStatus(world: ServiceWorld, rollout: Rollout, record: DeploymentRecord): DeploymentStatus {
  const { service, now } = world;
  const isPrimary = record.digits === rollout.primary.digits;
  const previous = findDeployment(service.status, record);
  const own = whereaboutsOf(world).present.filter((task) => task.deployment === record.digits);
  const stopping = new Set(rollout.rolling.stop);
  const kept = own.filter((task) => isLive(task) && !stopping.has(task.id));
  const progress = rolloutOf(world, rollout, record);
  const isSame = previous?.rolloutState === progress.rolloutState;
  return {
    id: deploymentId(record.digits),
    status: isPrimary ? 'PRIMARY' : 'ACTIVE',
    taskDefinition: record.snapshot.taskDefinition,
    desiredCount: isPrimary ? desiredCountOf(world) : kept.length,
    ...startedBy(world, rollout, record),
    ...countTasks(own),
    ...launchStatus(launchesOf(world, record)),
    ...openOf(world, record),
    ...failureStatus(world, rollout, record),
    ...shownAlarms(world, rollout, record),
    createdAt: record.createdAt,
    updatedAt: isSame ? previous.updatedAt : now.iso,
    ...progress,
  };
}

/** How its tasks are started, or were while it was PRIMARY. What was said stays while none can be started. */
function startedBy(world: ServiceWorld, { primary }: Rollout, record: DeploymentRecord): StartedBy {
  const shares = record === primary ? sharesOf(world, primary) : undefined;
  if (shares && shares.length > 0) return { capacityProviderStrategy: shownStrategy(shares) };
  const { capacityProviderStrategy } = findDeployment(world.service.status, record) ?? {};
  if (!shares && capacityProviderStrategy) return { capacityProviderStrategy };
  return { launchType: record.snapshot.launchType };
}

/** Of an older deployment what was said stays. */
function failureStatus(
  world: ServiceWorld,
  { primary }: Rollout,
  record: DeploymentRecord,
): Pick<DeploymentStatus, 'failedTasks' | 'failures' | 'deploymentCircuitBreaker'> {
  if (record === primary) return { ...shownLedger(ledgerOf(world)), ...shownBreaker(world, primary) };
  const shown = findDeployment(world.service.status, record);
  return shown ? pick(shown, 'failedTasks', 'failures', 'deploymentCircuitBreaker') : {};
}

/** Launch numbers as the status has them. */
export function launchStatus({ launched, unsettled }: Launches): Pick<DeploymentStatus, 'launched' | 'unsettled'> {
  return { launched, ...(unsettled.length > 0 && { unsettled: [...unsettled] }) };
}
