import type { Pod } from '../../../src/api/meta.ts';

/** What a kubelet says of one container, and of what becomes of it. */

export type Statuses = NonNullable<NonNullable<Pod['status']>['containerStatuses']>;
export type ContainerStatus = Statuses[number];

export interface Exit {
  readonly code: number;
  /** RFC 3339. */
  readonly at: string;
}

interface Named {
  readonly name: string;
  readonly image?: string;
}

export function held({ name, image = '' }: Named): ContainerStatus {
  const state = { waiting: { reason: 'PodInitializing' } };
  return { name, image, imageID: '', restartCount: 0, ready: false, state };
}

export function failedPull(container: Named): ContainerStatus {
  const waiting = { reason: 'ErrImagePull', message: `${container.name}: not found` };
  return { ...held(container), state: { waiting } };
}

export function terminated(status: ContainerStatus, exit: Exit): ContainerStatus {
  if (status.state?.terminated) return status;
  const startedAt = status.state?.running?.startedAt ?? exit.at;
  return { ...status, ready: false, state: { terminated: { exitCode: exit.code, startedAt, finishedAt: exit.at } } };
}

/** A sidecar is started again at once. */
export function restartedAfter(status: ContainerStatus, exit: Exit): ContainerStatus {
  const lastState = terminated(status, exit).state ?? {};
  return { ...status, lastState, restartCount: status.restartCount + 1, state: { running: { startedAt: exit.at } } };
}

/** At the end of a pod, with the code that a kubelet makes up. */
export function neverCreated(status: ContainerStatus): ContainerStatus {
  const message = 'The container could not be located when the pod was terminated';
  return { ...status, state: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message } } };
}
