import type { PodView } from '../../../api/meta.ts';
import type { Task } from '../../../api/task.ts';
import { findDeployment, primaryOf } from '../deployment.ts';
import { planKept } from './keep.ts';
import { lostRecords } from './lost.ts';
import { renderRecord, type NewRecord } from './record.ts';
import { stoppedTasks, type StoppedTask } from './task.ts';
import type { StoppedWorld } from './world.ts';

/** Records of one service: ECS keeps stopped tasks for an hour at least, however many; etcd has room for fewer. */
const mostOfService = 100;
/** Those of all services, which share them: what all of them need may be out of order, and every task fail. */
const mostOfAll = 10_000;
const leastOfService = 5;
/** Records made of one service in so many milliseconds, so that a big roll-out is not slowed down by its records. */
const mostAtOnce = 32;
const pauseMs = 3_000;

export type StoppedStep =
  | { readonly kind: 'recordTask'; readonly record: NewRecord }
  /** Deletes the pod of a task that has stopped. */
  | { readonly kind: 'removePod'; readonly pod: PodView }
  /** Deletes a record beyond the newest ones. */
  | { readonly kind: 'forgetRecord'; readonly task: Task };

export interface StoppedPlan {
  readonly steps: readonly StoppedStep[];
  /** Epoch ms at which to look again. */
  readonly wakeAtMs?: number;
}

/**
 * One look at the stopped tasks of a service: the newest are recorded, each before its pod is removed, and the pods of
 * a few are kept for their logs. Where tasks stop faster than records are made, those in between get none.
 */
export function planStopped(world: StoppedWorld): StoppedPlan {
  const { now, keptSeconds } = world;
  const mostRecords = mostRecordsOf(world);
  const records = newestRecords(world.records);
  const recorded = new Set(records.map(({ metadata }) => metadata.name));
  const stopped = stoppedTasks(world);
  const missing = stopped.filter(({ view }) => !recorded.has(view.podName));
  const oldest = records[mostRecords - 1];
  const wanted = missing.filter((task) => isWanted(task, world, oldest)).slice(0, mostRecords);
  const lost = keptSeconds > 0 ? lostRecords(world) : [];
  const unmade = [...wanted.map((task) => renderRecord(task, world)), ...lost];
  const due = unmade.slice(0, mostAtOnce - recentRecords(world));
  const kept = planKept(stopped, now.epochMs);
  const removable = stopped.filter(
    (task) => !kept.tasks.includes(task) && isRemovable(task, world, { recorded, wanted }),
  );
  const steps: StoppedStep[] = [
    ...due.map((record): StoppedStep => ({ kind: 'recordTask', record })),
    ...removable.map(({ pod }): StoppedStep => ({ kind: 'removePod', pod })),
    ...records.slice(mostRecords).map((task): StoppedStep => ({ kind: 'forgetRecord', task })),
  ];
  const times = [kept.wakeAtMs, due.length < unmade.length ? now.epochMs + pauseMs : undefined];
  const wakes = times.filter((time) => time !== undefined);
  return { steps, ...(wakes.length > 0 && { wakeAtMs: Math.min(...wakes) }) };
}

/** Follows from the number of services alone: were it the number of records, making and forgetting would go in circles. */
function mostRecordsOf({ services }: StoppedWorld): number {
  return Math.max(leastOfService, Math.min(mostOfService, Math.floor(mostOfAll / services)));
}

function newestRecords(records: readonly Task[]): readonly Task[] {
  return records.toSorted((a, b) => {
    const [first, second] = [stoppedAtOf(a), stoppedAtOf(b)];
    if (first !== second) return first > second ? -1 : 1;
    return a.metadata.name < b.metadata.name ? -1 : 1;
  });
}

function stoppedAtOf({ spec }: Task): string {
  return spec.kubernetes?.record?.stoppedAt ?? '';
}

/** Not one whose record would be over by now, nor one older than all the records that are kept. */
function isWanted({ stoppedAt }: StoppedTask, { now, keptSeconds }: StoppedWorld, oldest: Task | undefined): boolean {
  const isOver = Date.parse(stoppedAt) + keptSeconds * 1000 <= now.epochMs;
  return !isOver && (oldest === undefined || stoppedAt > stoppedAtOf(oldest));
}

function recentRecords({ records, now }: StoppedWorld): number {
  const sinceMs = now.epochMs - pauseMs;
  const recent = records.filter(({ metadata }) => {
    const createdMs = Date.parse(metadata.creationTimestamp);
    // One from the future is the server's clock being ahead of ours.
    return createdMs > sinceMs && createdMs <= now.epochMs;
  });
  return Math.min(recent.length, mostAtOnce);
}

interface Records {
  /** Names of the pods whose tasks are recorded. */
  readonly recorded: ReadonlySet<string>;
  readonly wanted: readonly StoppedTask[];
}

/** A pod may go once its task is recorded, or needs no record and the status remembers its launch number. */
function isRemovable(task: StoppedTask, world: StoppedWorld, { recorded, wanted }: Records): boolean {
  if (task.isGone || task.pod.metadata.deletionTimestamp !== undefined) return false;
  return recorded.has(task.view.podName) || (!wanted.includes(task) && isRemembered(task, world));
}

/** Task ids follow from launch numbers: of the PRIMARY deployment none may be forgotten before it is written down. */
function isRemembered({ view }: StoppedTask, { service, deployments }: StoppedWorld): boolean {
  const primary = primaryOf(deployments);
  if (primary?.digits !== view.deployment) return true;
  const shown = findDeployment(service.status, primary);
  return shown !== undefined && shown.launched >= view.launch && !(shown.unsettled ?? []).includes(view.launch);
}
