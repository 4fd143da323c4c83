import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { PodContainer } from './body.ts';
import { verbatim } from './verbatim.ts';

/**
 * A readiness probe, never a liveness probe: ECS does not restart an unhealthy container, the service replaces its
 * task. The first check comes one interval after the start, as with Docker.
 */
export function renderReadinessProbe({ healthCheck, essential }: ContainerDefinition): PodContainer['readinessProbe'] {
  if (!healthCheck || !essential) return undefined;
  return { ...renderCheck(healthCheck), failureThreshold: healthCheck.retries };
}

/** Longer than any task lives: without startTimeout, ECS waits for ever. */
const endlessly = 2 ** 31 - 1;

/**
 * Gives up with the last check that begins within startTimeout. The kubelet counts the periods of a startup probe from
 * when it takes up the pod: with a delay of a whole interval the first check of a container that starts at once would
 * come after two. With half of one it comes after one, half an interval earlier or later at most.
 */
export function renderStartupProbe({ healthCheck, startTimeout }: ContainerDefinition): PodContainer['startupProbe'] {
  if (!healthCheck) return undefined;
  const failureThreshold = startTimeout === undefined ? endlessly : Math.floor(startTimeout / healthCheck.interval);
  const initialDelaySeconds = Math.floor(healthCheck.interval / 2);
  return { ...renderCheck(healthCheck), initialDelaySeconds, failureThreshold };
}

function renderCheck({
  command: [form, ...words],
  interval,
  timeout,
}: NonNullable<ContainerDefinition['healthCheck']>): NonNullable<PodContainer['readinessProbe']> {
  return {
    exec: { command: [...(form === 'CMD-SHELL' ? ['/bin/sh', '-c'] : []), ...words.map(verbatim)] },
    initialDelaySeconds: interval,
    periodSeconds: interval,
    timeoutSeconds: timeout,
    successThreshold: 1,
  };
}
