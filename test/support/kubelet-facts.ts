import assert from 'node:assert/strict';
import type { Pod } from '../../src/api/meta.ts';

/** What a kubelet says of the containers of a pod. */

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];
type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

/** Of all containers of a pod, those that start before the others too. */
function statusesOf({ status }: Pod): readonly ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

/** What the kubelet says of a container. @throws AssertionError while it says nothing. */
export function statusOf(pod: Pod, name: string): ContainerStatus {
  const status = statusesOf(pod).find((each) => each.name === name);
  assert.ok(status, `${name} has no status`);
  return status;
}

/** How a container ended the first time: the kubelet starts a sidecar again. */
export function firstEnding(pod: Pod, name: string): Terminated {
  const { state, lastState } = statusOf(pod, name);
  const terminated = lastState?.terminated ?? state?.terminated;
  assert.ok(terminated, `${name} has not ended`);
  return terminated;
}

/** Epoch ms of a container's first start, in whole seconds. */
export function startOf(pod: Pod, name: string): number {
  const { state, lastState } = statusOf(pod, name);
  const at = (lastState?.terminated ?? state?.terminated ?? state?.running)?.startedAt;
  assert.ok(at !== undefined, `${name} has not started`);
  return Date.parse(at);
}

/** Epoch ms of a container's first end, in whole seconds. */
export function endOf(pod: Pod, name: string): number {
  return Date.parse(firstEnding(pod, name).finishedAt ?? '');
}

/** How each container ended that has; the others are absent. */
export function endings(pod: Pod): Record<string, Terminated> {
  const entries = statusesOf(pod).flatMap(({ name, state }) =>
    state?.terminated ? [[name, state.terminated] as const] : [],
  );
  return Object.fromEntries(entries);
}

/** Exit code by container. */
export function exitCodes(pod: Pod): Record<string, number> {
  return Object.fromEntries(Object.entries(endings(pod)).map(([name, { exitCode }]) => [name, exitCode]));
}

/** Whether the container is ready: what ECS calls HEALTHY. */
export function isReady({ status }: Pod, name = 'app'): boolean {
  return status?.containerStatuses?.some((each) => each.name === name && each.ready) ?? false;
}
