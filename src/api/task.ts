import { z } from 'zod';
import { integer, namedList, refused, text, withRules } from './fields.ts';
import { commonColumns, type Kind } from './kind.ts';
import { objectName } from './kubernetes.ts';
import type { CustomResource } from './meta.ts';
import {
  capacityProviderStrategy,
  launchRule,
  launchType,
  placement,
  placementConstraints,
  placementStrategy,
} from './placement.ts';
import { storageClassName, taskVolumes, volumesRule } from './volume-configurations.ts';
import { runTaskRules, runTaskSettings } from './run-task.ts';
import { taskOverrides } from './task-overrides.ts';
import { immutability, recordRules } from './task-rules.ts';
import { taskRecord, taskStatus, type TaskStatus } from './task-status.ts';

/** Members and limits: ECS API reference, RunTask and Task. */

const tag = z.object({
  key: withRules(text(128, 'Name of the tag.'), {
    rule: "!self.lowerAscii().startsWith('aws:')",
    message: 'a tag cannot begin with aws:',
    messageExpression: `"tag '%s' cannot begin with aws:".format([self])`,
  }),
  value: z.string().max(256).describe('Value of the tag.').default(''),
});

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
    launchType: launchType.optional(),
    capacityProviderStrategy: capacityProviderStrategy.optional(),
    placementConstraints: placementConstraints.optional(),
    placementStrategy: placementStrategy.optional(),
    overrides: taskOverrides.optional(),
    group: text(263, 'What ECS groups tasks by; family:<family> when blank.').optional(),
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
        maxRunTimeSeconds: integer(
          1,
          31_536_000,
          'Seconds after its start at which the task is stopped if it still runs; it may run for ever when blank.',
        ).optional(),
        ttlSecondsAfterStopped: integer(
          0,
          31_536_000,
          'Seconds after which the stopped ECSTask is deleted; it stays when blank.',
        ).optional(),
        storageClassName: storageClassName.optional(),
        placement: placement.optional(),
        record: taskRecord.optional(),
      })
      .describe('What only Kubernetes has.')
      .optional(),
    ...runTaskSettings,
    ...refused({
      enableExecuteCommand: ['boolean', 'use kubectl exec'],
      referenceId: ['string', 'use metadata.labels or metadata.annotations'],
      clientToken: ['string', 'the name of the ECSTask sees to it that a repeated request runs nothing twice'],
    }),
  }),
  ...immutability,
  volumesRule,
  launchRule,
  ...runTaskRules,
  ...recordRules,
).describe('What to run, once.');

export type TaskSpec = z.output<typeof spec>;
export type { StopCode, TaskContainerStatus, TaskRecord, TaskStatus } from './task-status.ts';
export type Task = CustomResource<TaskSpec, TaskStatus>;

export const taskKind: Kind = {
  kind: 'ECSTask',
  plural: 'ecstasks',
  singular: 'ecstask',
  shortNames: ['ecst'],
  scope: 'Namespaced',
  description: 'Runs one task, once, and keeps what became of it; or is the record of a stopped task of a service.',
  spec,
  status: taskStatus,
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
      name: 'Group',
      type: 'string',
      jsonPath: '.status.group',
      description: 'What it is grouped by: a service, or a family.',
      priority: 1,
    },
    ...commonColumns.filter(({ name }) => name !== 'Ready'),
    // The last one, for it may be longer than the terminal is wide.
    {
      name: 'Stopped Reason',
      type: 'string',
      jsonPath: '.status.stoppedReason',
      description: 'Why it stopped, in a sentence.',
    },
  ],
};
