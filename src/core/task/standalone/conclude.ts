import type { Task, TaskStatus } from '../../../api/task.ts';
import type { EventRecord } from '../../../base/events.ts';
import type { Plan } from '../../../base/plan.ts';
import { withReadiness } from '../../../base/readiness.ts';
import { clip } from '../../../base/text.ts';
import { launchReadiness, refusalWords, type FailedCreate } from '../launch-failure.ts';
import { failedLaunch, unableToPlace } from './events.ts';
import { longestMessage } from './readiness.ts';
import type { TaskStep, TaskWorld } from './world.ts';

interface FailedStep extends FailedCreate {
  readonly step: TaskStep;
}

/** What is told and written once it is known which steps were done: why a task could not be launched, above all. */
export function concludeTask(
  { task, now }: TaskWorld,
  plan: Plan<TaskStatus, TaskStep>,
  { failed }: { readonly failed: readonly FailedStep[] },
): { readonly status: TaskStatus; readonly events: readonly EventRecord[] } {
  const launch = failed.find(({ step }) => step.kind === 'createPod' || step.kind === 'recordLaunch');
  if (!launch) return plan;
  const { state, reason, message } = launchReadiness(launch);
  const readiness = { state, reason, message: clip(message, longestMessage) };
  const previous = task.status?.conditions;
  const at = { previous, observedGeneration: task.metadata.generation ?? 0, now: now.iso };
  const conditions = withReadiness(plan.status.conditions ?? [], readiness, at);
  // Told once for each reason: it is tried again and again.
  const isTold = previous?.some((each) => each.type === 'Ready' && each.reason === reason) ?? false;
  return {
    status: { ...plan.status, conditions },
    events: [...plan.events, ...(isTold ? [] : launchEvents(task, launch))],
  };
}

/** A namespace that is being deleted takes no events. */
function launchEvents(task: Task, { message, refusal }: FailedStep): EventRecord[] {
  if (refusal === 'NamespaceTerminating') return [];
  return [refusal ? unableToPlace(task, refusalWords(message)) : failedLaunch(task, message)];
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
