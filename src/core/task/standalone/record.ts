import type { Task, TaskRecord, TaskStatus } from '../../../api/task.ts';
import { defined } from '../../../base/defined.ts';
import { nextConditions } from '../../../base/conditions.ts';
import type { Plan } from '../../../base/plan.ts';
import { conditionsFor, readinessOf } from './readiness.ts';
import type { TaskStep, TaskWorld } from './world.ts';

/**
 * One look at the record of a task that has stopped: its status says what its spec holds, and it is deleted when its
 * time is over. Nothing else is ever done for it, whatever its status says or lacks: it is no task to run.
 */
export function planRecord({ task, now }: TaskWorld, record: TaskRecord): Plan<TaskStatus, TaskStep> {
  const { ttlSecondsAfterStopped } = task.spec.kubernetes ?? {};
  const status = recordStatus(task, record);
  const generation = task.metadata.generation ?? 0;
  const next = conditionsFor(readinessOf(status, undefined), generation);
  const conditions = nextConditions(task.status?.conditions, next, now.iso);
  const told = { status: { ...status, observedGeneration: generation, conditions }, events: [] };
  if (ttlSecondsAfterStopped === undefined) return { ...told, steps: [] };
  const dueMs = Date.parse(record.stoppedAt) + ttlSecondsAfterStopped * 1000;
  return dueMs <= now.epochMs ? { ...told, steps: [{ kind: 'deleteTask' }] } : { ...told, steps: [], wakeAtMs: dueMs };
}

function recordStatus({ spec }: Task, { launch: _, ...facts }: TaskRecord): TaskStatus {
  return {
    ...facts,
    taskDefinition: spec.taskDefinition,
    ...defined('launchType', spec.launchType),
    ...(spec.group !== undefined && { group: spec.group }),
    lastStatus: 'STOPPED',
    desiredStatus: 'STOPPED',
    version: 1,
  };
}
