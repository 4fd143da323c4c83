import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { PodContainer } from './body.ts';
import { verbatim } from './verbatim.ts';

type HealthCheck = NonNullable<ContainerDefinition['healthCheck']>;

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

/** Gives up with the last check that begins within startTimeout. */
export function renderStartupProbe({ healthCheck, startTimeout }: ContainerDefinition): PodContainer['startupProbe'] {
  if (!healthCheck) return undefined;
  const failureThreshold = startTimeout === undefined ? endlessly : checksWithin(startTimeout, healthCheck);
  return { ...renderCheck(healthCheck), initialDelaySeconds: firstCheck(healthCheck), failureThreshold };
}

/** Seconds from its start to when a startup probe gives a container up, at the earliest. */
export function lastStartupCheck(startTimeout: number, healthCheck: HealthCheck): number {
  return firstCheck(healthCheck) + (checksWithin(startTimeout, healthCheck) - 1) * healthCheck.interval;
}

function checksWithin(startTimeout: number, { interval }: HealthCheck): number {
  return Math.floor(startTimeout / interval);
}

/**
 * Seconds before the first check of a startup probe, at least. The kubelet counts the periods of one from when it takes
 * up the pod: with a delay of a whole interval the first check of a container that starts at once would come after two.
 * With half of one it comes after one, half an interval earlier or later at most.
 */
function firstCheck({ interval }: HealthCheck): number {
  return Math.floor(interval / 2);
}

function renderCheck({
  command: [form, ...words],
  interval,
  timeout,
}: HealthCheck): NonNullable<PodContainer['readinessProbe']> {
  return {
    exec: { command: [...(form === 'CMD-SHELL' ? ['/bin/sh', '-c'] : []), ...words.map(verbatim)] },
    initialDelaySeconds: interval,
    periodSeconds: interval,
    timeoutSeconds: timeout,
    successThreshold: 1,
  };
}
