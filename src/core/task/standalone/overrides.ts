import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import type { TaskOverrides } from '../../../api/task.ts';
import { defined } from '../../../base/defined.ts';
import { inUnits, sizeProblem } from '../../task-definition/size.ts';

type ContainerOverride = NonNullable<TaskOverrides['containerOverrides']>[number];

/** A task definition with what a task has different, or why the two do not go together. */
export type Overridden =
  | { readonly kind: 'content'; readonly content: TaskDefinitionSpec }
  | { readonly kind: 'invalid'; readonly message: string };

/** @param taskDefinition `family:revision`, for the message. */
export function applyOverrides(
  content: TaskDefinitionSpec,
  overrides: TaskOverrides | undefined,
  taskDefinition: string,
): Overridden {
  const changes = overrides?.containerOverrides ?? [];
  const names = content.containerDefinitions.map(({ name }) => name);
  const stranger = changes.find(({ name }) => !names.includes(name));
  if (stranger) {
    const message = `Override for container named ${stranger.name} is not a container in the TaskDefinition ${taskDefinition}, which has ${names.join(', ')}.`;
    return { kind: 'invalid', message };
  }
  const containerDefinitions = content.containerDefinitions.map((definition) =>
    overridden(
      definition,
      changes.find(({ name }) => name === definition.name),
    ),
  );
  const wrong = containerDefinitions.find(isBelowReservation);
  if (wrong) {
    const message = `Invalid setting for container '${wrong.name}'. With the overrides memory (${String(wrong.memory)} MiB) is below memoryReservation (${String(wrong.memoryReservation)} MiB).`;
    return { kind: 'invalid', message };
  }
  const { cpu = content.cpu, memory = content.memory } = overrides ?? {};
  const changed = { ...content, containerDefinitions, ...defined('cpu', cpu), ...defined('memory', memory) };
  const problem = sizeProblem(changed);
  if (problem !== undefined) return { kind: 'invalid', message: `With the overrides: ${problem}` };
  return { kind: 'content', content: inUnits(changed) };
}

function overridden(definition: ContainerDefinition, change: ContainerOverride | undefined): ContainerDefinition {
  if (!change) return definition;
  const { command, environment, cpu, memory, memoryReservation } = change;
  return {
    ...definition,
    ...(command && { command }),
    ...(environment && { environment: mergedByName(definition.environment ?? [], environment) }),
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory }),
    ...(memoryReservation !== undefined && { memoryReservation }),
  };
}

/** A variable of the override takes the place of the one with its name, or comes after the others. */
function mergedByName<T extends { readonly name: string }>(base: readonly T[], changes: readonly T[]): T[] {
  const merged = new Map(base.map((each) => [each.name, each]));
  for (const each of changes) merged.set(each.name, each);
  return [...merged.values()];
}

function isBelowReservation({ memory, memoryReservation }: ContainerDefinition): boolean {
  return memory !== undefined && memoryReservation !== undefined && memory < memoryReservation;
}
