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

/** Of a container that a runtime could not start. */
export function notStartable(
  name: string,
  message = 'exec: "web": executable file not found in $PATH',
): ContainerStatus {
  const epoch = '1970-01-01T00:00:00Z';
  return status(name, {
    terminated: { exitCode: 128, reason: 'StartError', message, startedAt: epoch, finishedAt: iso(10) },
  });
}

/** Of a container that was never created, at the end of its pod. */
export function neverCreated(name: string): ContainerStatus {
  const message = 'The container could not be located when the pod was terminated';
  const unknown = { exitCode: 137, reason: 'ContainerStatusUnknown', message, startedAt: null, finishedAt: null };
  return status(name, { terminated: unknown as never });
}

/** Of a container that ran, and that a kubelet has lost. */
export function lost(name: string): ContainerStatus {
  const { state = {} } = neverCreated(name);
  return { ...status(name, state), containerID: 'containerd://lost' };
}

function status(name: string, state: NonNullable<ContainerStatus['state']>): ContainerStatus {
  return deepFreeze({ name, image: 'shop/web:1', imageID: '', restartCount: 0, ready: false, state });
}
