import type { Task, TaskStatus } from '../../../api/task.ts';
import type { EventRecord } from '../../../base/events.ts';
import { clip } from '../../../base/text.ts';
import { readinessOf } from './readiness.ts';
import type { TaskWorld } from './world.ts';

/** What a Kubernetes event takes. */
const longestMessage = 1024;

/** That the task runs, and that it has stopped: each is told once, since the status never goes back. */
export function eventsOf({ task }: TaskWorld, next: TaskStatus): EventRecord[] {
  if (task.status?.lastStatus === next.lastStatus) return [];
  if (next.lastStatus === 'RUNNING') {
    return [event(task, ['TaskRunning', 'StartTask'], `runs ${next.taskDefinition ?? ''}`)];
  }
  if (next.lastStatus !== 'STOPPED') return [];
  const { state, message } = readinessOf(next, undefined);
  const told = event(task, ['TaskStopped', 'StopTask'], `has stopped: ${message}`);
  return [state === 'ready' ? told : { ...told, type: 'Warning' }];
}

/** @param reason why the API server refuses the task, such as a quota that is used up. */
export function unableToPlace(task: Task, reason: string): EventRecord {
  const told = event(task, ['TaskNotPlaced', 'StartTask'], `was unable to be placed. Reason: ${clip(reason, 800)}`);
  return { ...told, type: 'Warning' };
}

/** @param error what the API server answered. */
export function failedLaunch(task: Task, error: string): EventRecord {
  const told = event(task, ['LaunchFailed', 'StartTask'], `failed to launch with (error ${clip(error, 800)})`);
  return { ...told, type: 'Warning' };
}

function event({ metadata }: Task, [reason, action]: readonly [string, string], message: string): EventRecord {
  return {
    type: 'Normal',
    reason,
    action,
    message: clip(`(task ${metadata.name}) ${message.replace(/\.$/, '')}.`, longestMessage),
  };
}
