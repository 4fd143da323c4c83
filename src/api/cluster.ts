import { z } from 'zod';
import { conditions, observedGeneration } from './conditions.ts';
import { integer, list, refused, text } from './fields.ts';
import { commonColumns, type Kind } from './kind.ts';
import type { CustomResource } from './meta.ts';
import { capacityProviderStrategy, placement, providerName } from './placement.ts';

const spec = z
  .object({
    clusterName: text(255, 'The name ECS shows, where it differs from metadata.name.')
      .regex(/^[A-Za-z0-9_-]+$/)
      .optional(),
    capacityProviders: list(
      providerName('An ECSCapacityProvider, by its name or its providerName; or FARGATE.'),
      20,
      'The capacity providers that the services and tasks of the cluster may use; all that allow the namespace when left out.',
    ).optional(),
    defaultCapacityProviderStrategy: capacityProviderStrategy.optional(),
    kubernetes: z.object({ placement: placement.optional() }).describe('What only Kubernetes has.').optional(),
    ...refused({
      settings: ['objects', 'container insights come from the metrics endpoint'],
      configuration: ['object', 'execute-command and managed storage settings do not exist yet'],
      serviceConnectDefaults: ['object', 'Service Connect does not exist yet'],
      tags: ['objects', 'use metadata.labels or metadata.annotations'],
    }),
  })
  .describe('What the cluster should be.');

const status = z.object({
  observedGeneration: observedGeneration.optional(),
  status: z.enum(['ACTIVE']).describe("The cluster's state, in ECS's words.").optional(),
  activeServicesCount: integer(0, 1_000_000, 'Services that name this cluster.').optional(),
  runningTasksCount: integer(0, 1_000_000, 'Tasks of the cluster whose lastStatus is RUNNING.').optional(),
  pendingTasksCount: integer(0, 1_000_000, 'Tasks of the cluster on their way to RUNNING.').optional(),
  conditions: conditions.optional(),
});

export type ClusterSpec = z.output<typeof spec>;
export type ClusterStatus = z.output<typeof status>;
export type Cluster = CustomResource<ClusterSpec, ClusterStatus>;

export const clusterKind: Kind = {
  kind: 'ECSCluster',
  plural: 'ecsclusters',
  singular: 'ecscluster',
  shortNames: ['ecsc'],
  scope: 'Namespaced',
  description: 'A logical group of services and tasks, as an ECS cluster is.',
  spec,
  specOptional: true,
  status,
  columns: [
    {
      name: 'Services',
      type: 'integer',
      jsonPath: '.status.activeServicesCount',
      description: 'Services that name this cluster.',
    },
    { name: 'Running', type: 'integer', jsonPath: '.status.runningTasksCount', description: 'Running tasks.' },
    { name: 'Pending', type: 'integer', jsonPath: '.status.pendingTasksCount', description: 'Tasks not running yet.' },
    ...commonColumns,
  ],
};
