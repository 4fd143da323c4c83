import type { TaskStatus } from '../../../api/task.ts';
import { nextConditions } from '../../../base/conditions.ts';
import type { EventRecord } from '../../../base/events.ts';
import type { Plan } from '../../../base/plan.ts';
import { failedLaunch } from './events.ts';
import { conditionsFor } from './readiness.ts';
import type { TaskStep, TaskWorld } from './world.ts';

/** What is told and written once it is known which steps were done: why a task could not be launched, above all. */
export function concludeTask(
  { task, now }: TaskWorld,
  plan: Plan<TaskStatus, TaskStep>,
  { failed }: { readonly failed: readonly { readonly step: TaskStep; readonly message: string }[] },
): { readonly status: TaskStatus; readonly events: readonly EventRecord[] } {
  const launch = failed.find(({ step }) => step.kind === 'createPod');
  if (!launch) return plan;
  const { message } = launch;
  const readiness = { state: 'reconciling', reason: 'LaunchFailed', message } as const;
  const next = conditionsFor(readiness, task.metadata.generation ?? 0);
  const conditions = nextConditions(task.status?.conditions, next, now.iso);
  return { status: { ...plan.status, conditions }, events: [...plan.events, failedLaunch(task, message)] };
}

/** What of a task's status is written at once, beside its conditions: where it is, and which pod may start. */
export function isTaskStateChange(before: TaskStatus, after: TaskStatus): boolean {
  return (
    before.lastStatus !== after.lastStatus ||
    before.desiredStatus !== after.desiredStatus ||
    before.taskDefinition !== after.taskDefinition ||
    before.podUid !== after.podUid
  );
}
