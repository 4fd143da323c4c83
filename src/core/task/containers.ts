import type { ContainerDefinition } from '../../api/container-definition.ts';
import { annotations } from '../../api/labels.ts';
import type { PodView } from '../../api/meta.ts';
import { defined } from '../../base/defined.ts';
import { dnsName } from '../../base/dns-name.ts';
import { lastStartupCheck } from './pod/probes.ts';

/** What has to be known of a task's container when only its pod is left, kept in an annotation. */
export interface TaskContainer {
  /** The ECS name. */
  readonly name: string;
  /** The name in the pod. */
  readonly container: string;
  readonly essential: boolean;
  readonly healthCheck: boolean;
  /** Seconds after its start from which it is UNHEALTHY if no check has passed. */
  readonly unhealthyAfter?: number;
  /** Seconds after its start until which those that wait for its health wait at least; for ever when absent. */
  readonly healthyWithin?: number;
  readonly dependsOn?: NonNullable<ContainerDefinition['dependsOn']>;
}

/** The containers of a task by their definitions. */
export function taskContainersOf(definitions: readonly ContainerDefinition[]): TaskContainer[] {
  return definitions.map(({ name, essential, healthCheck, startTimeout, dependsOn }) => ({
    name,
    container: dnsName(name),
    essential,
    healthCheck: healthCheck !== undefined,
    ...(healthCheck && { unhealthyAfter: unhealthyAfter(healthCheck) }),
    ...(healthCheck && startTimeout !== undefined && { healthyWithin: lastStartupCheck(startTimeout, healthCheck) }),
    ...defined('dependsOn', dependsOn),
  }));
}

type HealthCheck = NonNullable<ContainerDefinition['healthCheck']>;

/**
 * The checks in the start period do not count; the last of those that do has its whole timeout (API reference,
 * HealthCheck). One interval more, for a kubelet's first check comes up to two after the start: whenever it looks at a
 * pod that is not ready it counts the interval anew. What is called UNHEALTHY too early is replaced, though it is well.
 */
function unhealthyAfter({ startPeriod, retries, interval, timeout }: HealthCheck): number {
  return startPeriod + (retries + 1) * interval + timeout;
}

/**
 * The containers of the task that `pod` is. Containers that others injected are not among them. A pod whose annotation
 * was lost or damaged is read as if all its containers were essential and unchecked: the cautious reading. Members that
 * came later are absent in the annotations of older pods.
 */
export function readTaskContainers(pod: PodView): readonly TaskContainer[] {
  const parsed = parseJson(pod.metadata.annotations?.[annotations.containers]);
  if (Array.isArray(parsed) && parsed.every(isTaskContainer)) return parsed;
  const names = pod.spec?.containers.map((container) => container.name) ?? [];
  return names.map((name) => ({ name, container: name, essential: true, healthCheck: false }));
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function isTaskContainer(value: unknown): value is TaskContainer {
  return (
    isRecord(value) &&
    typeof value['name'] === 'string' &&
    typeof value['container'] === 'string' &&
    'essential' in value &&
    'healthCheck' in value &&
    isOptionalNumber(value['unhealthyAfter']) &&
    isOptionalNumber(value['healthyWithin']) &&
    isOptionalDependencies(value['dependsOn'])
  );
}

function isOptionalNumber(value: unknown): boolean {
  return value === undefined || typeof value === 'number';
}

function isOptionalDependencies(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every(isRecord));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
