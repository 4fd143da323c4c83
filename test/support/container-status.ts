import type { Pod } from '../../src/api/meta.ts';
import { deepFreeze, iso } from './builders.ts';

/** What a kubelet reports of a container. */
export type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

/** Of a container that has not started, for that reason. */
export function waiting(name: string, reason = 'ContainerCreating', message?: string): ContainerStatus {
  return status(name, { waiting: { reason, ...(message !== undefined && { message }) } });
}

/** Of a container that runs since so many seconds after the beginning, and is ready unless said otherwise. */
export function running(name: string, since = 0, ready = true): ContainerStatus {
  return { ...status(name, { running: { startedAt: iso(since) } }), ready };
}

/** Of a container that ran from the beginning until so many seconds after it. */
export function terminated(name: string, exitCode: number, until = 10): ContainerStatus {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return status(name, { terminated: { exitCode, reason, startedAt: iso(), finishedAt: iso(until) } });
}

/** Of a sidecar that has exited once, 10 seconds after the beginning, and that the kubelet has started again. */
export function restarted(name: string, exitCode: number, again = running(name, 11)): ContainerStatus {
  return { ...again, restartCount: 1, lastState: terminated(name, exitCode).state ?? {} };
}

/** Of a container that used more memory than it may. */
export function killedForMemory(name: string): ContainerStatus {
  return status(name, { terminated: { exitCode: 137, reason: 'OOMKilled', startedAt: iso(), finishedAt: iso(10) } });
}

function status(name: string, state: NonNullable<ContainerStatus['state']>): ContainerStatus {
  return deepFreeze({ name, image: 'shop/web:1', imageID: '', restartCount: 0, ready: false, state });
}
