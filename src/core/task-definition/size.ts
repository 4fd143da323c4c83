import type { ContainerDefinition } from '../../api/container-definition.ts';
import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import { parseTaskCpu, parseTaskMemory } from '../../api/task-size.ts';
import { defined } from '../../base/defined.ts';
import { fargateSizeProblem, type TaskSize } from '../fargate/sizes.ts';

/**
 * The size of a task, in CPU units and MiB, where it has one. While sizes were refused, the empty text was let through
 * for an unset one: what was stored then has none. @throws Error for texts that the API server refuses.
 */
export function taskSizeOf({ cpu = '', memory = '' }: Pick<TaskDefinitionSpec, 'cpu' | 'memory'>): TaskSize {
  return {
    ...(cpu !== '' && { cpu: parseTaskCpu(cpu) }),
    ...(memory !== '' && { memory: parseTaskMemory(memory) }),
  };
}

/** The content with its size in units, as ECS keeps it: `1 vCPU` and `1024` are the same content. */
export function inUnits<T extends Pick<TaskDefinitionSpec, 'cpu' | 'memory'>>(content: T): T {
  const { cpu, memory } = taskSizeOf(content);
  return {
    ...content,
    ...defined('cpu', cpu === undefined ? undefined : String(cpu)),
    ...defined('memory', memory === undefined ? undefined : String(memory)),
  };
}

/** MiB that ECS sets aside for a container: the soft limit, else the hard one (ECS API reference, ContainerDefinition). */
export function reservedMiB({ memory, memoryReservation }: ContainerDefinition): number {
  return memoryReservation ?? memory ?? 0;
}

/**
 * Why the containers do not fit into the task, in the words of ECS with the numbers; undefined when they do. CEL says
 * the same of a definition (`sizeRules`); this is for what the overrides of a task make of it.
 */
export function sizeProblem(content: TaskDefinitionSpec): string | undefined {
  const { cpu, memory } = taskSizeOf(content);
  const { containerDefinitions } = content;
  const large = containerDefinitions.find((each) => (each.memory ?? 0) > (memory ?? Infinity));
  if (large) {
    return `The 'memory' setting for container ${large.name} (${String(large.memory)} MiB) is greater than for the task, which has ${String(memory)}.`;
  }
  const cpus = containerDefinitions.map((each) => [each.name, each.cpu] as const);
  const memories = containerDefinitions.map((each) => [each.name, reservedMiB(each)] as const);
  return (
    sumProblem('cpu', cpus, { name: 'cpu', size: cpu, units: 'CPU units' }) ??
    sumProblem('memoryReservation', memories, { name: 'memory', size: memory, units: 'MiB' })
  );
}

/** Why a definition of that size cannot be registered: one that is for FARGATE too has to have a size of it. */
export function definitionSizeProblem(content: TaskDefinitionSpec): string | undefined {
  const problem = sizeProblem(content);
  if (problem !== undefined) return problem;
  if (content.requiresCompatibilities?.includes('FARGATE') !== true) return undefined;
  const onFargate = fargateSizeProblem(taskSizeOf(content));
  return onFargate === undefined ? undefined : `${onFargate}.`;
}

function sumProblem(
  member: string,
  values: readonly (readonly [container: string, value: number])[],
  task: { readonly name: string; readonly size: number | undefined; readonly units: string },
): string | undefined {
  const sum = values.reduce((total, [, value]) => total + value, 0);
  if (task.size === undefined || sum <= task.size) return undefined;
  const listed = values.map(([container, value]) => `${container} ${String(value)}`).join(', ');
  return `The sum of all container '${member}' values cannot be greater than the value of the task '${task.name}'. ${listed} are ${String(sum)} ${task.units}, the task has ${String(task.size)}.`;
}
