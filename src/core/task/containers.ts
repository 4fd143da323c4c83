import type { ContainerDefinition } from '../../api/container-definition.ts';
import { annotations } from '../../api/labels.ts';
import type { PodView } from '../../api/meta.ts';
import { dnsName } from '../../base/dns-name.ts';

/** What has to be known of a task's container when only its pod is left, kept in an annotation. */
export interface TaskContainer {
  /** The ECS name. */
  readonly name: string;
  /** The name in the pod. */
  readonly container: string;
  readonly essential: boolean;
  readonly healthCheck: boolean;
}

/** The containers of a task by their definitions. */
export function taskContainersOf(definitions: readonly ContainerDefinition[]): TaskContainer[] {
  return definitions.map(({ name, essential, healthCheck }) => ({
    name,
    container: dnsName(name),
    essential,
    healthCheck: healthCheck !== undefined,
  }));
}

/**
 * The containers of the task that `pod` is. Containers that others injected are not among them. A pod whose annotation
 * was lost or damaged is read as if all its containers were essential and unchecked: the cautious reading.
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
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'container' in value &&
    typeof value.container === 'string' &&
    'essential' in value &&
    'healthCheck' in value
  );
}
