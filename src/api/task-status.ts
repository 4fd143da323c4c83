import { z } from 'zod';
import { conditions, observedGeneration } from './conditions.ts';
import { integer, namedList, text } from './fields.ts';

/** What becomes of a task. Members: ECS API reference, Task and Container. */

const time = (description: string): z.ZodString =>
  z.string().max(64).meta({ format: 'date-time' }).describe(description);

const health = z.enum(['HEALTHY', 'UNHEALTHY', 'UNKNOWN']);

/** ECS's words for why a task stopped (API reference, TaskStopCode). */
export const stopCodes = [
  'TaskFailedToStart',
  'EssentialContainerExited',
  'UserInitiated',
  'ServiceSchedulerInitiated',
  'SpotInterruption',
  'TerminationNotice',
  'InfrastructureHealth',
] as const;

const container = z.object({
  name: text(255, 'Name of the container.'),
  image: text(512, 'Its image.'),
  imageDigest: text(255, 'Digest of the image that was pulled.').optional(),
  runtimeId: text(255, "The container runtime's id of it.").optional(),
  lastStatus: z.enum(['PENDING', 'RUNNING', 'STOPPED']).describe('Where it is.'),
  exitCode: integer(-(2 ** 31), 2 ** 31 - 1, 'Absent while it is not known, and for ever if it never is.').optional(),
  reason: text(1024, 'Why it does not run, as the name of an error and what the node says.').optional(),
  healthStatus: health.describe('What its health check says; UNKNOWN without one.'),
});

export const taskStatus = z.object({
  observedGeneration: observedGeneration.optional(),
  taskId: text(32, 'The id at the end of a task ARN: 32 hexadecimal digits.').optional(),
  lastStatus: z
    .enum(['PROVISIONING', 'PENDING', 'RUNNING', 'DEACTIVATING', 'STOPPING', 'STOPPED'])
    .describe('Where the task is; it never goes back.')
    .optional(),
  desiredStatus: z.enum(['RUNNING', 'STOPPED']).describe('Where it is meant to be.').optional(),
  taskDefinition: text(512, 'family:revision that is run, resolved once.').optional(),
  launchType: z.enum(['EC2', 'FARGATE']).describe('How it is run.').optional(),
  capacityProviderName: text(
    255,
    'The capacity provider that it was started on; absent when it was started by its launch type.',
  ).optional(),
  group: text(263, 'What it is grouped by.').optional(),
  containers: namedList(container, { max: 10, keys: ['name'] }, 'Its containers.').optional(),
  healthStatus: health.describe('Of its essential containers that have a health check.').optional(),
  createdAt: time('When the task was asked for.').optional(),
  startedAt: time('When all its containers had started.').optional(),
  stoppingAt: time('When it was told to stop.').optional(),
  executionStoppedAt: time('When the first essential container ended.').optional(),
  stoppedAt: time('When it had stopped.').optional(),
  stopCode: z.enum(stopCodes).describe("Why it stopped, in one of ECS's words; absent when nobody saw.").optional(),
  stoppedReason: text(1024, 'Why it stopped, in a sentence.').optional(),
  exitCode: integer(
    -(2 ** 31),
    2 ** 31 - 1,
    'Of the essential container whose end ended the task, else of the first container.',
  ).optional(),
  node: text(253, 'The node it was placed on.').optional(),
  podName: text(253, 'Its pod.').optional(),
  podUid: text(64, 'The pod that was let start: no other one ever is.').optional(),
  version: integer(1, 2 ** 53 - 1, 'One more with each change.').optional(),
  conditions: conditions.optional(),
});

/** What is known of a task that has stopped, and stays so. */
export const taskRecord = taskStatus
  .pick({
    taskId: true,
    capacityProviderName: true,
    containers: true,
    healthStatus: true,
    createdAt: true,
    startedAt: true,
    stoppingAt: true,
    executionStoppedAt: true,
    stoppedAt: true,
    stopCode: true,
    stoppedReason: true,
    exitCode: true,
    node: true,
    podName: true,
    podUid: true,
  })
  .required({ taskId: true, podName: true, stoppedAt: true, stoppedReason: true })
  .extend({ launch: integer(0, 10 ** 15 - 1, 'Its number among the tasks of its deployment.') })
  .describe('Set by the operator: this is the record of a task that has stopped. It is never run.');

export type StopCode = (typeof stopCodes)[number];
export type TaskStatus = z.output<typeof taskStatus>;
export type TaskContainerStatus = z.output<typeof container>;
export type TaskRecord = z.output<typeof taskRecord>;
