import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { TaskStatus } from '../../../../src/api/task.ts';
import { readinessOf } from '../../../../src/core/task/standalone/readiness.ts';

describe('what is said of a standalone task', () => {
  const pending = { lastStatus: 'PENDING' } as const;
  const stopped = { lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited', stoppedReason: 'It exited' } as const;
  type Case = readonly [status: TaskStatus, pending: string | undefined, state: string, message: string];
  const cases: Record<string, Case> = {
    'that starts': [{}, undefined, 'reconciling', 'The task starts.'],
    'that waits': [pending, 'waits for a node', 'reconciling', 'The task is pending: waits for a node.'],
    'whose image cannot be pulled, with one full stop': [
      pending,
      'CannotPullContainerError: app: not found.',
      'reconciling',
      'The task is pending: CannotPullContainerError: app: not found.',
    ],
    'that runs': [{ lastStatus: 'RUNNING' }, undefined, 'ready', 'All containers of the task have started.'],
    'that ended well': [{ ...stopped, exitCode: 0 }, undefined, 'ready', 'It exited (exit code 0)'],
    'that failed': [{ ...stopped, exitCode: 3 }, undefined, 'stalled', 'It exited (exit code 3)'],
    'that failed in a way nobody saw': [stopped, undefined, 'stalled', 'It exited'],
  };
  for (const [sentence, [status, why, state, message]] of Object.entries(cases)) {
    it(sentence, () => {
      const readiness = readinessOf(status, why);
      assert.deepEqual([readiness.state, readiness.message], [state, message]);
    });
  }
});
