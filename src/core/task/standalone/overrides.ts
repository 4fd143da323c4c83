import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import type { TaskOverrides } from '../../../api/task-overrides.ts';
import { defined } from '../../../base/defined.ts';
import { inUnits } from '../../task-definition/size.ts';
import { overrideProblem } from './override-problems.ts';

type ContainerOverride = NonNullable<TaskOverrides['containerOverrides']>[number];

/** A task definition with what a task has different, or why the two do not go together. */
export type Overridden =
  | { readonly kind: 'content'; readonly content: TaskDefinitionSpec }
  | { readonly kind: 'invalid'; readonly message: string };

/**
 * Lists are replaced, only the environment is merged (ECS API reference, ContainerOverride and TaskOverride).
 * @param taskDefinition `family:revision`, for the message.
 */
export function applyOverrides(
  content: TaskDefinitionSpec,
  overrides: TaskOverrides = {},
  taskDefinition: string,
): Overridden {
  const changes = overrides.containerOverrides ?? [];
  const containerDefinitions = content.containerDefinitions.map((definition) =>
    overridden(
      definition,
      changes.find(({ name }) => name === definition.name),
    ),
  );
  const changed = {
    ...content,
    containerDefinitions,
    ...defined('cpu', overrides.cpu),
    ...defined('memory', overrides.memory),
    ...defined('taskRoleArn', overrides.taskRoleArn),
    ...defined('ephemeralStorage', overrides.ephemeralStorage),
  };
  const message = overrideProblem({ changed, overrides, taskDefinition });
  return message === undefined ? { kind: 'content', content: inUnits(changed) } : { kind: 'invalid', message };
}

function overridden(definition: ContainerDefinition, change: ContainerOverride | undefined): ContainerDefinition {
  if (!change) return definition;
  const { command, environment, environmentFiles, resourceRequirements, cpu, memory, memoryReservation } = change;
  return {
    ...definition,
    ...defined('command', command),
    ...(environment && { environment: mergedByName(definition.environment ?? [], environment) }),
    ...defined('environmentFiles', environmentFiles),
    ...defined('resourceRequirements', resourceRequirements),
    ...defined('cpu', cpu),
    ...defined('memory', memory),
    ...defined('memoryReservation', memoryReservation),
  };
}

/** A variable of the override takes the place of the one with its name, or comes after the others. */
function mergedByName<T extends { readonly name: string }>(base: readonly T[], changes: readonly T[]): T[] {
  const merged = new Map(base.map((each) => [each.name, each]));
  for (const each of changes) merged.set(each.name, each);
  return [...merged.values()];
}
