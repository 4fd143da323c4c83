import type { Fate } from '../../src/core/task/fate.ts';
import type { TaskView } from '../../src/core/task/view.ts';
import type { Launched } from '../../src/core/service/world.ts';
import type { DeploymentConfigurationInput } from './builders.ts';
import { deploymentRecord, ms, taskView } from './builders.ts';

/** How tasks fail, and what of it their pods and records tell. */

/** Never RUNNING, by its own fault. */
export const notStarted: Fate = {
  stopCode: 'TaskFailedToStart',
  stoppedReason: 'CannotPullContainerError: not found',
  endedAtMs: ms(50),
  what: 'CannotPullContainerError in app',
};

/** Was RUNNING for so many seconds, and exited. */
export function exitedAfter(seconds: number, fate: Partial<Fate> = {}): Fate {
  return {
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    startedAtMs: ms(),
    endedAtMs: ms(seconds),
    what: 'exit code 1 in app',
    ...fate,
  };
}

/** The pod of a task that has ended so. */
export function ended(launch: number, fate: Fate | undefined, overrides: Partial<TaskView> = {}): TaskView {
  const own = { id: `task-${String(launch)}`, launch, lastStatus: 'STOPPED' as const };
  return taskView({ ...own, ...(fate && { fate }), ...overrides });
}

/** What is left of a task that has ended so, by its record or by what is remembered of its pod. */
export function recorded(launch: number, fate?: Fate, deployment = deploymentRecord().digits): Launched {
  return { deployment, launch, ...(fate && { fate }) };
}

/** A circuit breaker that trips after so many failures. */
export function breaker(count: number, overrides: object = {}): DeploymentConfigurationInput {
  const thresholdConfiguration = { type: 'COUNT' as const, value: count };
  const deploymentCircuitBreaker = { enable: true, rollback: true, resetOnHealthyTask: true, thresholdConfiguration };
  return { deploymentCircuitBreaker: { ...deploymentCircuitBreaker, ...overrides } };
}
