import { z } from 'zod';
import { conditions, observedGeneration } from './conditions.ts';
import { integer, list, text, withRules } from './fields.ts';
import { commonColumns, type Kind } from './kind.ts';
import { validKeys } from './kubernetes.ts';
import type { CustomResource } from './meta.ts';
import { providerName } from './placement.ts';

const labelValue = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/);

const kinds = ['nodeGroup', 'nodeSelector', 'fargate'] as const;
const given = `[${kinds.map((kind) => `has(self.${kind})`).join(', ')}].filter(is, is).size()`;

const spec = withRules(
  z.object({
    providerName: providerName(
      'The name ECS shows, where it differs from metadata.name: FARGATE_SPOT makes of a Spot node group what EKS does not have.',
    ).optional(),
    nodeGroup: text(63, 'An EKS managed node group: its nodes have it as eks.amazonaws.com/nodegroup.')
      .regex(/^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/)
      .optional(),
    nodeSelector: withRules(
      z
        .record(z.string(), labelValue)
        .meta({ maxProperties: 20 })
        .describe('Any nodes with these labels: of Karpenter, of Auto Mode, or your own.'),
      validKeys,
    ).optional(),
    fargate: z
      .object({
        profile: text(100, 'The Fargate profile that takes the pods; any that matches them when blank.')
          .regex(/^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/)
          .optional(),
      })
      .describe('No nodes at all: a Fargate profile.')
      .optional(),
    allowedNamespaces: list(
      text(63, 'A namespace.'),
      1000,
      'The namespaces whose services and tasks may use it; every one when left out.',
    ).optional(),
  }),
  {
    rule: `${given} == 1`,
    message: `one of ${kinds.join(', ')} must say what the capacity is`,
    messageExpression: `"one of ${kinds.join(', ')} must say what the capacity is, not %d of them".format([${given}])`,
  },
).describe('Where tasks can run.');

const status = z.object({
  observedGeneration: observedGeneration.optional(),
  status: z.enum(['ACTIVE']).describe("The provider's state, in ECS's words.").optional(),
  nodes: integer(0, 1_000_000, 'Nodes that belong to it.').optional(),
  readyNodes: integer(0, 1_000_000, 'Those that take tasks: Ready, and not draining.').optional(),
  runningTasksCount: integer(0, 1_000_000, 'Its tasks whose lastStatus is RUNNING.').optional(),
  pendingTasksCount: integer(0, 1_000_000, 'Its tasks on their way to RUNNING.').optional(),
  conditions: conditions.optional(),
});

export type CapacityProviderSpec = z.output<typeof spec>;
export type CapacityProviderStatus = z.output<typeof status>;
export type CapacityProvider = CustomResource<CapacityProviderSpec, CapacityProviderStatus>;

export const capacityProviderKind: Kind = {
  kind: 'ECSCapacityProvider',
  plural: 'ecscapacityproviders',
  singular: 'ecscapacityprovider',
  shortNames: ['ecscp'],
  scope: 'Cluster',
  description: 'Capacity that tasks run on: the nodes of a group, nodes by their labels, or a Fargate profile.',
  spec,
  status,
  columns: [
    { name: 'Nodes', type: 'integer', jsonPath: '.status.nodes', description: 'Nodes that belong to it.' },
    { name: 'Take Tasks', type: 'integer', jsonPath: '.status.readyNodes', description: 'Nodes that take tasks.' },
    { name: 'Running', type: 'integer', jsonPath: '.status.runningTasksCount', description: 'Running tasks.' },
    { name: 'Pending', type: 'integer', jsonPath: '.status.pendingTasksCount', description: 'Tasks not running yet.' },
    ...commonColumns,
  ],
};
