import type { EndedDeployment } from '../../api/service-status.ts';
import { defined } from '../../base/defined.ts';
import { deploymentId, primaryOf, type DeploymentOutcome, type DeploymentRecord } from './deployment.ts';
import { completedAs, outcomeOf } from './outcome.ts';
import type { ServiceWorld } from './world.ts';

/** How many a status keeps. */
const keptEntries = 10;

/** How the last deployments ended, newest first: as their records say, so that a lost status comes back. */
export function deploymentHistory({ deployments }: ServiceWorld): EndedDeployment[] {
  return deployments
    .flatMap((record) => {
      const outcome = outcomeOf(record);
      return outcome ? [{ record, outcome }] : [];
    })
    .toSorted((a, b) => b.record.sequence - a.record.sequence)
    .slice(0, keptEntries)
    .map(({ record, outcome }) => entryOf(record, outcome, deployments));
}

function entryOf(
  record: DeploymentRecord,
  outcome: DeploymentOutcome,
  deployments: readonly DeploymentRecord[],
): EndedDeployment {
  const { at, reason, rolledBackTo } = outcome;
  const { status, finishedAt = at } = endOf(record, outcome, deployments);
  return {
    id: deploymentId(record.digits),
    taskDefinition: record.snapshot.taskDefinition,
    status,
    createdAt: record.createdAt,
    finishedAt,
    ...defined('reason', reason),
    ...defined('rolledBackTo', rolledBackTo === undefined ? undefined : deploymentId(rolledBackTo)),
    ...record.origin,
  };
}

type End = Pick<EndedDeployment, 'status'> & { readonly finishedAt?: string };

/** As ServiceDeployment tells it (ECS API reference): a rollback is the end of the deployment that failed. */
function endOf(
  { sequence }: DeploymentRecord,
  { state, rolledBackTo }: DeploymentOutcome,
  deployments: readonly DeploymentRecord[],
): End {
  if (state === 'COMPLETED') return { status: 'SUCCESSFUL' };
  if (rolledBackTo === undefined) return { status: 'STOPPED' };
  const primary = primaryOf(deployments);
  const other = deployments.find(({ digits }) => digits === rolledBackTo);
  // It has been asked for, and not begun yet.
  if (primary?.sequence === sequence) return { status: 'ROLLBACK_IN_PROGRESS' };
  if (!other || other.sequence < sequence) return { status: 'ROLLBACK_FAILED' };
  return endOfRollback(sequence + 1, other, primary === other);
}

/** @param run the sequence under which `other` was deployed in the place of what failed. */
function endOfRollback(run: number, other: DeploymentRecord, isPrimary: boolean): End {
  const outcome = other.sequence === run ? outcomeOf(other) : undefined;
  if (outcome?.state === 'COMPLETED') return { status: 'ROLLBACK_SUCCESSFUL', finishedAt: outcome.at };
  if ((completedAs(other) ?? 0) >= run) return { status: 'ROLLBACK_SUCCESSFUL' };
  if (!outcome && isPrimary && other.sequence === run) return { status: 'ROLLBACK_IN_PROGRESS' };
  return { status: 'ROLLBACK_FAILED', ...(outcome && { finishedAt: outcome.at }) };
}
