import { z } from 'zod';
import { containerSettings } from './container-settings.ts';
import { integer, list, namedList, refused, text, variableName } from './fields.ts';
import { environmentFiles } from './secrets.ts';
import { roleArn } from './task-definition.ts';
import { taskSize } from './task-size.ts';
import { ephemeralStorage } from './volumes.ts';

/** What a task may have different from its definition: ECS API reference, TaskOverride and ContainerOverride. */

const environmentVariable = z.object({
  name: variableName(512),
  value: z.string().max(8192).describe('Value of the variable.').default(''),
});

const containerOverride = z.object({
  name: text(255, 'Name of the container, as the task definition has it.').regex(/^[A-Za-z0-9_-]+$/),
  command: list(z.string().max(8192), 64, 'Replaces the command.').optional(),
  environment: namedList(
    environmentVariable,
    { max: 100, keys: ['name'] },
    'Variables added to those of the task definition; of two with one name this one counts.',
  ).optional(),
  cpu: integer(0, 262144, 'Replaces the CPU units.').optional(),
  memory: integer(6, 1_048_576, 'Replaces the hard limit in MiB.').optional(),
  memoryReservation: integer(6, 1_048_576, 'Replaces the soft limit in MiB.').optional(),
  environmentFiles: environmentFiles
    .describe('Replaces the list of ConfigMaps: configmap:NAME, or an ARN that the task definition maps.')
    .optional(),
  resourceRequirements: containerSettings.resourceRequirements
    .unwrap()
    .describe('Replaces the devices of the container.')
    .optional(),
});

export const taskOverrides = z
  .object({
    containerOverrides: namedList(
      containerOverride,
      { max: 10, keys: ['name'] },
      'What is different in single containers.',
    ).optional(),
    cpu: taskSize.cpu.optional(),
    memory: taskSize.memory.optional(),
    taskRoleArn: roleArn('Replaces the role of the task: what kubernetes.serviceAccountName brings.').optional(),
    executionRoleArn: roleArn("Has no effect: images are pulled with the node's role or pull secrets.").optional(),
    ephemeralStorage: ephemeralStorage.describe('Replaces the disk space of the task.').optional(),
    ...refused({
      inferenceAcceleratorOverrides: ['objects', 'Elastic Inference has ended'],
    }),
  })
  .describe('What this task has different from its task definition.');

export type TaskOverrides = z.output<typeof taskOverrides>;
