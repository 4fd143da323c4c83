import { z } from 'zod';
import { conditions, observedGeneration } from './conditions.ts';
import { containerDefinition } from './container-definition.ts';
import { sharingRules } from './container-settings.ts';
import { dependsOnRules } from './depends-on.ts';
import { integer, namedList, refused, text, withRules } from './fields.ts';
import { firelensRules } from './firelens.ts';
import { commonColumns, type Kind } from './kind.ts';
import { kubernetes } from './kubernetes.ts';
import type { CustomResource } from './meta.ts';
import { definitionConstraints } from './placement.ts';
import { referenceRules } from './references.ts';
import { taskRules, taskSettings } from './task-settings.ts';
import { sizeRules, taskSize } from './task-size.ts';
import { ephemeralStorage, volumes } from './volumes.ts';

/** An IAM role, which may be blank. */
export function roleArn(description: string): z.ZodString {
  return z.string().max(2048).describe(description);
}

const spec = withRules(
  z.object({
    family: text(255, 'The family ECS shows, where it differs from metadata.name. Cannot be changed.')
      .regex(/^[A-Za-z0-9_-]+$/)
      .optional(),
    networkMode: z
      .enum(['awsvpc', 'bridge', 'host', 'none'])
      .describe(
        'How tasks are networked: awsvpc, an address of its own for each task, shared by its containers; host, the ' +
          "node's; bridge and none as far as a pod can.",
      )
      .default('awsvpc'),
    containerDefinitions: withRules(
      namedList(containerDefinition, { max: 10, keys: ['name'] }, 'The containers of the task.').min(1),
      {
        rule: 'size(self) == 0 || self.exists(container, container.essential)',
        message: 'at least one container must be essential',
        messageExpression:
          "'at least one container must be essential, of %s none is'.format([self.map(container, container.name)])",
      },
      ...sharingRules,
      ...dependsOnRules,
      ...firelensRules,
    ),
    cpu: taskSize.cpu.optional(),
    memory: taskSize.memory.optional(),
    volumes: volumes.optional(),
    ephemeralStorage: ephemeralStorage.optional(),
    taskRoleArn: roleArn('The role of the task: what kubernetes.serviceAccountName brings.').optional(),
    executionRoleArn: roleArn("Has no effect: images are pulled with the node's role or pull secrets.").optional(),
    kubernetes: kubernetes.optional(),
    ...taskSettings,
    placementConstraints: definitionConstraints.optional(),
    ...refused({
      proxyConfiguration: ['object', 'App Mesh has ended'],
      inferenceAccelerators: ['objects', 'Elastic Inference has ended'],
      enableFaultInjection: ['boolean', 'fault injection does not exist'],
      trustedExecutionConfiguration: ['object', 'it belongs to Managed Instances'],
    }),
  }),
  {
    rule: 'has(self.family) == has(oldSelf.family) && (!has(self.family) || self.family == oldSelf.family)',
    message: 'family cannot be changed: revisions are counted by it',
    messageExpression: `"family cannot be changed from '%s' to '%s': revisions are counted by it".format([oldSelf.?family.orValue(''), self.?family.orValue('')])`,
    fieldPath: '.family',
  },
  ...referenceRules,
  ...taskRules,
  ...sizeRules,
).describe('What a revision of the family holds. Every change registers a new, immutable revision.');

function amount(description: string): z.ZodObject<{ cpu: z.ZodInt; memory: z.ZodInt }> {
  return z
    .object({ cpu: integer(0, 2 ** 53 - 1, 'CPU units.'), memory: integer(0, 2 ** 53 - 1, 'MiB.') })
    .describe(description);
}

const status = z.object({
  observedGeneration: observedGeneration.optional(),
  taskDefinition: text(512, 'family:revision of the newest revision.').optional(),
  revision: integer(1, 1_000_000_000, 'Number of the newest revision; never used twice.').optional(),
  status: z.enum(['ACTIVE']).describe("The newest revision's state, in ECS's words.").optional(),
  registeredAt: z.string().max(64).meta({ format: 'date-time' }).describe('When the newest was registered.').optional(),
  dependsOnMode: z
    .enum(['none', 'init', 'sidecar', 'mixed'])
    .describe(
      'What keeps the start order of the newest revision: nothing has to, init containers, native sidecars, or both.',
    )
    .optional(),
  size: z
    .object({
      requested: amount('What a node sets aside for a task on EC2.').optional(),
      fargate: z
        .object({
          requested: amount('What the pod of a task asks for there.'),
          billed: amount('The size that EKS gives it and bills: the smallest that holds this and the 256 MiB it adds.'),
          capacityProvisioned: text(32, 'The same, as EKS writes it on the pod: 0.25vCPU 0.5GB.'),
          wasted: amount('What is billed beyond the two.'),
        })
        .describe('What becomes of a task on FARGATE, where it can be launched there.')
        .optional(),
    })
    .describe('What a task of the newest revision comes to, before one runs.')
    .optional(),
  conditions: conditions.optional(),
});

export type TaskDefinitionSpec = z.output<typeof spec>;
export type TaskDefinitionStatus = z.output<typeof status>;
export type TaskDefinition = CustomResource<TaskDefinitionSpec, TaskDefinitionStatus>;

/**
 * What was stored of a spec, with the defaults of members that have come since.
 * @throws ZodError when it is not one.
 */
export function parseTaskDefinitionSpec(stored: unknown): TaskDefinitionSpec {
  return spec.parse(stored);
}

export const taskDefinitionKind: Kind = {
  kind: 'ECSTaskDefinition',
  plural: 'ecstaskdefinitions',
  singular: 'ecstaskdefinition',
  shortNames: ['ecstd'],
  scope: 'Namespaced',
  description: 'A task definition family; each change of its spec registers an immutable revision.',
  spec,
  status,
  columns: [
    {
      name: 'Revision',
      type: 'integer',
      jsonPath: '.status.revision',
      description: 'Number of the newest revision.',
    },
    {
      name: 'Fargate',
      type: 'string',
      jsonPath: '.status.size.fargate.capacityProvisioned',
      description: 'The size in which a task would be billed on FARGATE.',
      priority: 1,
    },
    ...commonColumns,
  ],
};
