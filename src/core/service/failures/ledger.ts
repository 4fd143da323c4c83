import type { DeploymentStatus } from '../../../api/service-status.ts';
import { defined } from '../../../base/defined.ts';
import { earliest } from '../../../base/earliest.ts';
import { memo } from '../../../base/memo.ts';
import { isLive } from '../../task/view.ts';
import { findDeployment, primaryOf, type DeploymentRecord } from '../deployment.ts';
import { launchesOf } from '../launches.ts';
import { isIn, rangesIn, rangeText, withNumbers, type Ranges } from '../ranges.ts';
import { sightsOf, youngMs, type Sight } from './sights.ts';
import { nextStreak, shownStreak, streakIn, type Streak } from './streak.ts';
import { outcomeOf } from '../outcome.ts';
import { unhealthyFromMs } from '../sickness.ts';
import type { ServiceWorld } from '../world.ts';

/**
 * What became of the tasks of the PRIMARY deployment. Each launch counts once as a failure at most, and once as having
 * become healthy, however often it is seen, as a pod or as a record: the status remembers which launches are done with.
 * A status that is lost is made anew from the pods and records there are.
 */
export interface Ledger {
  /** Launches of which nothing more is to be counted: they have failed, or are over. */
  readonly over: Ranges;
  /** Launches that have become healthy, or are over. */
  readonly healthy: Ranges;
  /** Failures of the deployment; since a task became healthy, where that makes them forgotten. */
  readonly failedTasks: number;
  /** What was wrong with the last one. */
  readonly last?: string;
  /** Tasks in a row that were never RUNNING. */
  readonly notStarting?: Streak;
  /** Tasks in a row that did not stay up for a minute. */
  readonly dyingYoung?: Streak;
}

const empty: Ledger = { over: [], healthy: [], failedTasks: 0 };

/** What the schema takes. */
const longestRanges = 1024;

/** With all that the look tells; told once for each world. */
export const ledgerOf = memo((world: ServiceWorld): Ledger => {
  const primary = primaryOf(world.deployments);
  if (!primary) return empty;
  const before = ledgerIn(findDeployment(world.service.status, primary));
  const sights = sightsOf(world, primary);
  return {
    ...settled(before, sights),
    ...counted(before, sights, { isCounting: isCounting(world, primary), forgets: forgets(world) }),
    ...streaks(before, sights, { launched: launchesOf(world, primary).launched, nowMs: world.now.epochMs }),
  };
});

/** Whether failures of the deployment are still counted: not once it was complete, or has ended otherwise. */
export function isCounting({ service }: ServiceWorld, primary: DeploymentRecord): boolean {
  const shown = findDeployment(service.status, primary);
  const isComplete = shown?.status === 'PRIMARY' && shown.rolloutState === 'COMPLETED';
  return outcomeOf(primary) === undefined && !isComplete;
}

/** ECS forgets failures once a task becomes healthy, unless it is told not to. */
function forgets({ service }: ServiceWorld): boolean {
  return service.spec.deploymentConfiguration.deploymentCircuitBreaker?.resetOnHealthyTask ?? true;
}

function settled({ over, healthy }: Ledger, sights: readonly Sight[]): Pick<Ledger, 'over' | 'healthy'> {
  const done = sights.filter((sight) => sight.isOver || sight.isUnhealthy);
  const well = sights.filter((sight) => sight.isOver || sight.isHealthy);
  return { over: withNumbers(over, newIn(over, done)), healthy: withNumbers(healthy, newIn(healthy, well)) };
}

function newIn(known: Ranges, sights: readonly Sight[]): number[] {
  return sights.map(({ launch }) => launch).filter((launch) => !isIn(known, launch));
}

interface Counting {
  readonly isCounting: boolean;
  readonly forgets: boolean;
}

/** Failures come before those that became healthy in the same look: of two orders the one that spares the deployment. */
function counted(before: Ledger, sights: readonly Sight[], terms: Counting): Pick<Ledger, 'failedTasks' | 'last'> {
  const { failedTasks, last } = before;
  if (!terms.isCounting) return { failedTasks, ...defined('last', last) };
  const hasRecovered = sights.some(({ launch, isHealthy }) => isHealthy && !isIn(before.healthy, launch));
  if (hasRecovered && terms.forgets) return { failedTasks: 0 };
  const failed = sights.filter((sight) => isNewFailure(sight, before));
  return { failedTasks: failedTasks + failed.length, ...defined('last', failed.at(-1)?.failure ?? last) };
}

/** An exit after the task was healthy is none: it is replaced. */
function isNewFailure({ launch, failure, isUnhealthy }: Sight, { over, healthy }: Ledger): boolean {
  return failure !== undefined && !isIn(over, launch) && (isUnhealthy || !isIn(healthy, launch));
}

function streaks(
  before: Ledger,
  sights: readonly Sight[],
  at: { readonly launched: number; readonly nowMs: number },
): Pick<Ledger, 'notStarting' | 'dyingYoung'> {
  const fresh = sights.filter(({ launch }) => !isIn(before.over, launch));
  const numbersOf = (all: readonly Sight[]): number[] => all.map(({ launch }) => launch);
  const notStarting = nextStreak(before.notStarting, {
    ...at,
    wrong: numbersOf(fresh.filter(({ hasNotStarted }) => hasNotStarted)),
    well: numbersOf(sights.filter(({ hasRun }) => hasRun)),
  });
  const dyingYoung = nextStreak(before.dyingYoung, {
    ...at,
    wrong: numbersOf(fresh.filter(({ hasDiedYoung }) => hasDiedYoung)),
    well: numbersOf(sights.filter(({ upMs }) => upMs >= youngMs)),
  });
  return { ...defined('notStarting', notStarting), ...defined('dyingYoung', dyingYoung) };
}

function ledgerIn(shown: DeploymentStatus | undefined): Ledger {
  const { failedTasks = 0, failures = {} } = shown ?? {};
  return {
    over: rangesIn(failures.over ?? ''),
    healthy: rangesIn(failures.healthy ?? ''),
    failedTasks,
    ...defined('last', failures.last),
    ...defined('notStarting', streakIn(failures.notStarting)),
    ...defined('dyingYoung', streakIn(failures.dyingYoung)),
  };
}

/** As the status has it. */
export function shownLedger(ledger: Ledger): Pick<DeploymentStatus, 'failedTasks' | 'failures'> {
  const { failedTasks, over, healthy, last, notStarting, dyingYoung } = ledger;
  const failures = {
    ...(over.length > 0 && { over: rangeText(over, longestRanges) }),
    ...(healthy.length > 0 && { healthy: rangeText(healthy, longestRanges) }),
    ...defined('last', last),
    ...defined('notStarting', shownStreak(notStarting)),
    ...defined('dyingYoung', shownStreak(dyingYoung)),
  };
  return {
    ...(failedTasks > 0 && { failedTasks }),
    ...(Object.keys(failures).length > 0 && { failures }),
  };
}

/** When a task counts otherwise for the ledger though nothing changes: its grace period ends, or it has stayed up. */
export function ledgerTurn(world: ServiceWorld): number | undefined {
  const { dyingYoung } = ledgerOf(world);
  const primary = primaryOf(world.deployments);
  const own = world.tasks.filter((task) => isLive(task) && task.deployment === primary?.digits);
  const times = own.flatMap((task) => [
    unhealthyFromMs(task, world),
    dyingYoung && task.launch > dyingYoung.upTo && task.startedAtMs !== undefined
      ? task.startedAtMs + youngMs
      : undefined,
  ]);
  return earliest(times, world.now.epochMs);
}
