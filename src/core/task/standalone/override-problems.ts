import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import type { TaskOverrides } from '../../../api/task-overrides.ts';
import { sizeProblem } from '../../task-definition/size.ts';

/** Characters of the overrides in all, with the JSON around them (ECS API reference, RunTask). */
const longestOverrides = 8192;

/** Overrides, and the definition with them in it. */
export interface Overriding {
  readonly changed: TaskDefinitionSpec;
  readonly overrides: TaskOverrides;
  /** `family:revision`. */
  readonly taskDefinition: string;
}

/** Why they cannot be had, in the words of ECS where it has any: what depends on the definition the schema cannot say. */
export function overrideProblem(overriding: Overriding): string | undefined {
  return [tooLong, stranger, belowReservation, tooLarge, secretAgain, unmappedFile]
    .map((find) => find(overriding))
    .find((problem) => problem !== undefined);
}

function tooLong({ overrides }: Overriding): string | undefined {
  const { length } = JSON.stringify(overrides);
  if (length <= longestOverrides) return undefined;
  return `The overrides have ${String(length)} characters as JSON; at most ${String(longestOverrides)} are allowed.`;
}

function stranger({ changed, overrides, taskDefinition }: Overriding): string | undefined {
  const names = changed.containerDefinitions.map(({ name }) => name);
  const unknown = overrides.containerOverrides?.find(({ name }) => !names.includes(name));
  if (!unknown) return undefined;
  return `Override for container named ${unknown.name} is not a container in the TaskDefinition ${taskDefinition}, which has ${names.join(', ')}.`;
}

function belowReservation({ changed }: Overriding): string | undefined {
  const wrong = changed.containerDefinitions.find(isBelowReservation);
  if (!wrong) return undefined;
  return `Invalid setting for container '${wrong.name}'. With the overrides memory (${String(wrong.memory)} MiB) is below memoryReservation (${String(wrong.memoryReservation)} MiB).`;
}

function isBelowReservation({ memory, memoryReservation }: ContainerDefinition): boolean {
  return memory !== undefined && memoryReservation !== undefined && memory < memoryReservation;
}

function tooLarge({ changed }: Overriding): string | undefined {
  const problem = sizeProblem(changed);
  return problem === undefined ? undefined : `With the overrides: ${problem}`;
}

/** The secret would win over the variable in silence. */
function secretAgain({ changed }: Overriding): string | undefined {
  for (const { name, environment = [], secrets = [] } of changed.containerDefinitions) {
    const both = secrets.find((secret) => environment.some((variable) => variable.name === secret.name));
    if (both) {
      return `Container '${name}': the secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${both.name}'.`;
    }
  }
  return undefined;
}

function unmappedFile({ changed, taskDefinition }: Overriding): string | undefined {
  const { configMaps = {} } = changed.kubernetes ?? {};
  for (const { name, environmentFiles = [] } of changed.containerDefinitions) {
    const file = environmentFiles.find(({ value }) => !value.startsWith('configmap:') && !(value in configMaps));
    if (file) {
      return `Container '${name}' takes variables from '${file.value}', which kubernetes.configMaps of ${taskDefinition} does not map to a ConfigMap: map it there, or name one with configmap:NAME.`;
    }
  }
  return undefined;
}
