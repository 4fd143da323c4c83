import { z } from 'zod';
import { conditions, observedGeneration } from './conditions.ts';
import { containerSettings } from './container-settings.ts';
import { integer, list, namedList, refused, text, withRules, type Rule } from './fields.ts';
import { commonColumns, type Kind } from './kind.ts';
import { objectName } from './kubernetes.ts';
import type { CustomResource } from './meta.ts';
import { taskSize } from './task-size.ts';
import { storageClassName, taskVolumes, volumesRule } from './volume-configurations.ts';
import { runTaskRules, runTaskSettings } from './run-task.ts';
import { environmentFiles } from './secrets.ts';
import { roleArn } from './task-definition.ts';
import { ephemeralStorage } from './volumes.ts';

/** Members and limits: ECS API reference, RunTask, TaskOverride and Task. */

const environmentVariable = z.object({
  name: text(512, 'Name of the variable.').regex(/^[^=]+$/),
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

const overrides = z
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

const tag = z.object({
  key: withRules(text(128, 'Name of the tag.'), {
    rule: "!self.lowerAscii().startsWith('aws:')",
    message: 'a tag cannot begin with aws:',
    messageExpression: `"tag '%s' cannot begin with aws:".format([self])`,
  }),
  value: z.string().max(256).describe('Value of the tag.').default(''),
});

/** Members that say what is run: ECS knows no change of them, and neither do we. */
const immutable = [
  'taskDefinition',
  'cluster',
  'count',
  'launchType',
  'overrides',
  'group',
  'startedBy',
  'tags',
  'volumeConfigurations',
  'propagateTags',
  'enableECSManagedTags',
  'platformVersion',
  'networkConfiguration',
  'kubernetes',
] as const;

const immutability = immutable.map((name): Rule => ({
  rule: `has(self.${name}) == has(oldSelf.${name}) && (!has(self.${name}) || self.${name} == oldSelf.${name})`,
  message: `${name} cannot be changed: a task is run once, as it was applied; apply another ECSTask`,
  fieldPath: `.${name}`,
}));

const spec = withRules(
  z.object({
    taskDefinition: text(512, 'family (its newest revision when the task begins) or family:revision.').regex(
      /^[A-Za-z0-9_.-]+(:[1-9][0-9]*)?$/,
    ),
    cluster: text(255, 'The ECSCluster the task belongs to, by its name or its clusterName.')
      .regex(/^[A-Za-z0-9_.-]+$/)
      .default('default'),
    count: withRules(integer(1, 10, 'Blank or 1: an ECSTask is one task.'), {
      rule: 'self == 1',
      message: 'count must be 1: an ECSTask is one task',
      messageExpression: `'count %d must be 1: an ECSTask is one task; apply one for each, or an ECSService that keeps them running'.format([self])`,
    }).optional(),
    launchType: z
      .enum(['EC2', 'FARGATE'])
      .describe('Nodes that people size (EC2), or none at all (FARGATE).')
      .default('EC2'),
    overrides: overrides.optional(),
    group: withRules(text(255, 'What ECS groups tasks by; family:<family> when blank.'), {
      rule: "!self.startsWith('service:') && !self.startsWith('family:')",
      message: 'the prefixes service: and family: are reserved',
      messageExpression: `"group '%s' cannot begin with service: or family:, which are reserved".format([self])`,
    }).optional(),
    startedBy: text(128, 'Who started the task, in your words.')
      .regex(/^[A-Za-z0-9_/-]+$/)
      .optional(),
    tags: namedList(tag, { max: 50, keys: ['key'] }, 'Tags, which the task carries as an annotation.').optional(),
    volumeConfigurations: taskVolumes.optional(),
    stop: z
      .object({
        reason: text(1024, 'Why, for status.stoppedReason.').default('Task stopped by user'),
      })
      .describe('Stops the task (StopTask). The one member that can be changed.')
      .optional(),
    kubernetes: z
      .object({
        serviceAccountName: objectName(
          'The ServiceAccount of the task, instead of the one that its task definition names: it brings the task role.',
        ).optional(),
        ttlSecondsAfterStopped: integer(
          0,
          31_536_000,
          'Seconds after which the stopped ECSTask is deleted; it stays when blank.',
        ).optional(),
        storageClassName: storageClassName.optional(),
      })
      .describe('What only Kubernetes has.')
      .optional(),
    ...runTaskSettings,
    ...refused({
      capacityProviderStrategy: [
        'objects',
        'capacity providers do not exist yet: set launchType, and choose nodes by kubernetes.nodeSelector of the task definition',
      ],
      placementConstraints: [
        'objects',
        'placement constraints do not exist yet: choose nodes by kubernetes.nodeSelector of the task definition',
      ],
      placementStrategy: [
        'objects',
        'placement strategies do not exist yet: the kube-scheduler chooses among the nodes that kubernetes.nodeSelector of the task definition lets it',
      ],
      enableExecuteCommand: ['boolean', 'use kubectl exec'],
      referenceId: ['string', 'use metadata.labels or metadata.annotations'],
      clientToken: ['string', 'the name of the ECSTask sees to it that a repeated request runs nothing twice'],
    }),
  }),
  ...immutability,
  volumesRule,
  ...runTaskRules,
).describe('What to run, once.');

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

const status = z.object({
  observedGeneration: observedGeneration.optional(),
  taskId: text(32, 'The id at the end of a task ARN: 32 hexadecimal digits.').optional(),
  lastStatus: z
    .enum(['PROVISIONING', 'PENDING', 'RUNNING', 'STOPPING', 'STOPPED'])
    .describe('Where the task is; it never goes back.')
    .optional(),
  desiredStatus: z.enum(['RUNNING', 'STOPPED']).describe('Where it is meant to be.').optional(),
  taskDefinition: text(512, 'family:revision that is run, resolved once.').optional(),
  launchType: z.enum(['EC2', 'FARGATE']).describe('How it is run.').optional(),
  group: text(262, 'What it is grouped by.').optional(),
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

export type TaskSpec = z.output<typeof spec>;
export type TaskOverrides = z.output<typeof overrides>;
export type TaskStatus = z.output<typeof status>;
export type StopCode = (typeof stopCodes)[number];
export type TaskContainerStatus = z.output<typeof container>;
export type Task = CustomResource<TaskSpec, TaskStatus>;

export const taskKind: Kind = {
  kind: 'ECSTask',
  plural: 'ecstasks',
  singular: 'ecstask',
  shortNames: ['ecst'],
  scope: 'Namespaced',
  description: 'Runs one task, once, and keeps what became of it.',
  spec,
  status,
  columns: [
    { name: 'Status', type: 'string', jsonPath: '.status.lastStatus', description: 'Where the task is.' },
    {
      name: 'Exit Code',
      type: 'integer',
      jsonPath: '.status.exitCode',
      description: 'Of the container that ended the task.',
    },
    {
      name: 'Task Definition',
      type: 'string',
      jsonPath: '.status.taskDefinition',
      description: 'What is run.',
      priority: 1,
    },
    {
      name: 'Stopped Reason',
      type: 'string',
      jsonPath: '.status.stoppedReason',
      description: 'Why it stopped, in a sentence.',
      priority: 1,
    },
    ...commonColumns.filter(({ name }) => name !== 'Ready'),
  ],
};
