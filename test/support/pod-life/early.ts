import type { Pod } from '../../../src/api/meta.ts';
import { held, restartedAfter, terminated, type ContainerStatus, type Exit } from './statuses.ts';

/** Init containers and sidecars, one after the other (Kubernetes, "Init Containers", "Sidecar Containers"). */

type Container = NonNullable<Pod['spec']>['containers'][number];

/** Whether all init containers have ended well, and all sidecars have passed their startup probe. */
export function isPodInitialized({ spec, status }: Pod): boolean {
  return (spec?.initContainers ?? []).every((container) => isPassed(container, status?.initContainerStatuses ?? []));
}

/** The pod after the first of them that is not past has gone one stage further. */
export function earlyProgress(pod: Pod, now: string): Pod {
  const { initContainers = [], containers } = pod.spec ?? { containers: [] };
  const known = pod.status?.initContainerStatuses ?? [];
  const statuses = initContainers.map((each) => known.find(({ name }) => name === each.name) ?? held(each));
  const current = initContainers.find((each) => !isPassed(each, statuses));
  const initContainerStatuses = statuses.map((status) =>
    current?.name === status.name ? nextOf(current, status, now) : status,
  );
  return { ...pod, status: { ...pod.status, initContainerStatuses, containerStatuses: containers.map(held) } };
}

/** The pod after one of them has exited: a sidecar is started again. */
export function earlyExit(pod: Pod, victim: ContainerStatus, exit: Exit): Pod {
  const isSidecar = pod.spec?.initContainers?.find(({ name }) => name === victim.name)?.restartPolicy === 'Always';
  const next = isSidecar ? restartedAfter(victim, exit) : terminated(victim, exit);
  const statuses = pod.status?.initContainerStatuses ?? [];
  return {
    ...pod,
    status: { ...pod.status, initContainerStatuses: statuses.map((each) => (each === victim ? next : each)) },
  };
}

/** Whether an init container has, which fails its pod. */
export function hasFailedEarly({ status }: Pod): boolean {
  return (status?.initContainerStatuses ?? []).some(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0);
}

function isPassed({ name, restartPolicy }: Container, statuses: readonly ContainerStatus[]): boolean {
  const status = statuses.find((each) => each.name === name);
  if (restartPolicy !== 'Always') return status?.state?.terminated?.exitCode === 0;
  return status?.ready === true || status?.lastState?.terminated !== undefined;
}

function nextOf({ restartPolicy, readinessProbe }: Container, status: ContainerStatus, now: string): ContainerStatus {
  const isSidecar = restartPolicy === 'Always';
  if (!status.state?.running) {
    return { ...status, ready: isSidecar && readinessProbe === undefined, state: { running: { startedAt: now } } };
  }
  return isSidecar ? { ...status, ready: true } : terminated(status, { code: 0, at: now });
}
