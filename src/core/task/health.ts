import type { ContainerStatusView } from '../../api/meta.ts';
import type { TaskContainer } from './containers.ts';

export type ContainerStatus = ContainerStatusView;

/** A task without health checks counts as healthy after it was RUNNING this long (Developer Guide, rolling update). */
export const healthyAfterMs = 40_000;

/**
 * Epoch ms from which a RUNNING task counts as healthy in a deployment; undefined while it does not.
 * With health checks on essential containers: as soon as all of those are ready. Without: 40 s after the last container
 * has started. Essential containers without a check are ignored when another one has a check.
 */
export function healthyAtMs(
  containers: readonly TaskContainer[],
  statuses: readonly ContainerStatus[],
): number | undefined {
  const startedAt = Math.max(...statuses.map(startedAtMs));
  const checked = containers.filter((container) => container.essential && container.healthCheck);
  if (checked.length === 0) return startedAt + healthyAfterMs;
  const ready = checked.every((container) =>
    statuses.some((status) => status.name === container.container && status.ready),
  );
  return ready ? startedAt : undefined;
}

function startedAtMs(status: ContainerStatus): number {
  const at = firstExit(status)?.startedAt ?? status.state?.running?.startedAt;
  return at === undefined ? 0 : Date.parse(at);
}

/** Why the task has to stop: an essential container has exited, whatever its exit code. Undefined while none has. */
export function exitOf(containers: readonly TaskContainer[], statuses: readonly ContainerStatus[]): string | undefined {
  const essential = new Set(containers.filter((each) => each.essential).map((each) => each.container));
  const exited = statuses.some((status) => essential.has(status.name) && firstExit(status) !== undefined);
  return exited ? 'Essential container in task exited' : undefined;
}

/**
 * How the container ended, in ECS's sense: the kubelet starts a sidecar again, but its first exit was its end. Of one
 * that exits several times before anybody looks, the last but one is all that is left.
 */
export function firstExit({ state, lastState }: ContainerStatus): NonNullable<ContainerStatus['state']>['terminated'] {
  return lastState?.terminated ?? state?.terminated;
}

/** Whether the container runs, or has run. */
export function hasStarted(status: ContainerStatus): boolean {
  return status.state?.running !== undefined || firstExit(status) !== undefined;
}
