import type { TaskStatus } from '../../../api/task.ts';
import type { NextCondition } from '../../../base/conditions.ts';
import { readinessConditions, type Readiness } from '../../../base/readiness.ts';
import { clip } from '../../../base/text.ts';
import { timedOutError } from './run-time.ts';

/** Of a condition. */
export const longestMessage = 2000;

/**
 * Ready is a task that runs, and one that has ended as it should: with exit code 0, or because a user or its service
 * told it to. One that failed, or ran out of time, is stalled, for it is never run again.
 * @param pending why it is not RUNNING yet.
 */
export function readinessOf(status: TaskStatus, pending: string | undefined): Readiness {
  switch (status.lastStatus) {
    case 'STOPPED':
      return stoppedReadiness(status);
    case 'DEACTIVATING':
    case 'STOPPING':
      return { state: 'reconciling', reason: 'Stopping', message: status.stoppedReason ?? 'The task stops.' };
    case 'RUNNING':
      return { state: 'ready', reason: 'Running', message: 'All containers of the task have started.' };
    case 'PROVISIONING':
    case 'PENDING':
    case undefined:
      return { state: 'reconciling', reason: 'Starting', message: pendingMessage(pending) };
  }
}

/** What a kubelet or a scheduler says may end with a period of its own. */
function pendingMessage(reason: string | undefined): string {
  return reason === undefined ? 'The task starts.' : `The task is pending: ${reason.replace(/\.$/, '')}.`;
}

function stoppedReadiness({ stopCode, stoppedReason = '', exitCode }: TaskStatus): Readiness {
  const told = exitCode === undefined ? stoppedReason : `${stoppedReason} (exit code ${String(exitCode)})`;
  const isTimedOut = stoppedReason.startsWith(`${timedOutError}: `);
  const isTold = (stopCode === 'UserInitiated' && !isTimedOut) || stopCode === 'ServiceSchedulerInitiated';
  const isSuccess = isTold || (stopCode === 'EssentialContainerExited' && exitCode === 0);
  const reason = isTimedOut ? 'TaskTimedOut' : (stopCode ?? 'Unknown');
  return { state: isSuccess ? 'ready' : 'stalled', reason, message: told };
}

/** The conditions of a task that is doing so. */
export function conditionsFor(readiness: Readiness, observedGeneration: number): NextCondition[] {
  return readinessConditions({ ...readiness, message: clip(readiness.message, longestMessage) }, observedGeneration);
}
