import { z } from 'zod';
import { conditions, observedGeneration } from './conditions.ts';
import { integer, list, namedList, refused, text, withRules } from './fields.ts';
import { commonColumns, type Kind } from './kind.ts';
import type { CustomResource } from './meta.ts';
import {
  capacityProviderStrategy,
  launchRule,
  launchType,
  placement,
  placementConstraints,
  placementStrategy,
  providerName,
} from './placement.ts';
import { serviceVolumes, storageClassName, volumesRule } from './volume-configurations.ts';

/** Members and limits: ECS API reference, Service and DeploymentConfiguration; defaults are those of REPLICA. */

const deploymentConfiguration = z
  .object({
    minimumHealthyPercent: integer(
      0,
      100,
      'Healthy tasks to keep during a deployment, in percent of desiredCount, rounded up.',
    ).default(100),
    maximumPercent: integer(
      100,
      1000,
      'Running and pending tasks to allow during a deployment, in percent of desiredCount, rounded down.',
    ).default(200),
    strategy: z.enum(['ROLLING']).describe('How the deployment proceeds.').default('ROLLING'),
    ...refused({
      deploymentCircuitBreaker: ['object', 'the circuit breaker does not exist yet'],
      alarms: ['object', 'alarms do not exist yet'],
      bakeTimeInMinutes: ['integer', 'alarms do not exist yet'],
      lifecycleHooks: ['objects', 'only rolling deployments exist'],
      linearConfiguration: ['object', 'only rolling deployments exist'],
      canaryConfiguration: ['object', 'only rolling deployments exist'],
      earlySuccessCriteria: ['object', 'early success does not exist yet'],
    }),
  })
  .describe('The bounds of a rolling deployment.')
  .prefault({});

const capacityProviderFallback = z
  .object({
    order: list(
      providerName('An ECSCapacityProvider, by its name or its providerName; or FARGATE.'),
      20,
      'The capacity providers that stand in for one of the strategy that has no room: the first that has some.',
    ),
    afterSeconds: integer(
      30,
      86_400,
      'How long a task waits for a node before its capacity provider counts as out of capacity.',
    ).default(300),
    retryAfterSeconds: integer(
      30,
      86_400,
      'How long before it is tried again: with one task, then two, four, as long as they find room.',
    ).default(600),
  })
  .describe('What happens where a capacity provider has no room; tasks wait when left out, as on ECS.');

const members = z
  .object({
    cluster: text(255, 'The ECSCluster the service belongs to, by its name or its clusterName.')
      .regex(/^[A-Za-z0-9_.-]+$/)
      .default('default'),
    serviceName: text(255, 'The name ECS shows, where it differs from metadata.name.')
      .regex(/^[A-Za-z0-9_-]+$/)
      .optional(),
    taskDefinition: text(512, 'family (follows its newest revision) or family:revision.').regex(
      /^[A-Za-z0-9_.-]+(:[1-9][0-9]*)?$/,
    ),
    desiredCount: integer(0, 5000, 'How many tasks to keep running.').default(1),
    launchType: launchType.optional(),
    capacityProviderStrategy: capacityProviderStrategy.optional(),
    placementConstraints: placementConstraints.optional(),
    placementStrategy: placementStrategy.optional(),
    schedulingStrategy: z.enum(['REPLICA']).describe('REPLICA keeps desiredCount tasks running.').default('REPLICA'),
    deploymentConfiguration,
    volumeConfigurations: serviceVolumes.optional(),
    kubernetes: z
      .object({
        storageClassName: storageClassName.optional(),
        placement: placement.optional(),
        capacityProviderFallback: capacityProviderFallback.optional(),
        disruptionBudget: z
          .enum(['strict', 'none'])
          .describe(
            'How many tasks evictions by others leave, such as those of kubectl drain: strict, as many as minimumHealthyPercent asks for, even if no node can be emptied then; none, any number. Blank: as many, but one less than desiredCount at most, and any number of a service of one task.',
          )
          .optional(),
      })
      .describe('What only Kubernetes has.')
      .optional(),
    ...refused({
      platformVersion: ['string', 'Fargate on EKS has one platform'],
      role: ['string', 'load balancers do not exist yet'],
      deploymentController: ['object', 'deployments are controlled by this operator'],
      networkConfiguration: ['object', "subnets and security groups are the nodes'"],
      loadBalancers: ['objects', 'load balancers do not exist yet'],
      serviceRegistries: ['objects', 'service discovery does not exist yet'],
      serviceConnectConfiguration: ['object', 'Service Connect does not exist yet'],
      vpcLatticeConfigurations: ['objects', 'VPC Lattice is not mapped'],
      healthCheckGracePeriodSeconds: ['integer', 'unhealthy tasks are not replaced yet'],
      availabilityZoneRebalancing: ['string', 'rebalancing does not exist yet'],
      enableECSManagedTags: ['boolean', 'tags are not mapped yet'],
      enableExecuteCommand: ['boolean', 'use kubectl exec'],
      propagateTags: ['string', 'tags are not mapped yet'],
      monitoring: ['object', 'scrape the metrics endpoint'],
      forceNewDeployment: ['boolean', 'forcing a deployment does not exist yet'],
      tags: ['objects', 'use metadata.labels or metadata.annotations'],
    }),
  })
  .describe('What the service should be.');

const spec = withRules(members, volumesRule, launchRule);

const time = (description: string): z.ZodString =>
  z.string().max(64).meta({ format: 'date-time' }).describe(description);

const usedStrategy = list(
  z.object({
    capacityProvider: text(255, 'A capacity provider, by the name ECS shows.'),
    weight: integer(0, 1000, 'Its share of the tasks beyond the base.'),
    base: integer(0, 100_000, 'How many tasks it gets first.'),
  }),
  20,
  'The capacity providers that tasks are started on; absent when they are started by their launch type.',
);

const deployment = z.object({
  id: text(64, 'ecs-svc/ and digits.'),
  status: z.enum(['PRIMARY', 'ACTIVE']).describe('PRIMARY is the newest; ACTIVE ones are being drained.'),
  taskDefinition: text(512, 'family:revision that it deploys.'),
  desiredCount: integer(0, 5000, 'Tasks it should have.'),
  launchType: z.enum(['EC2', 'FARGATE']).describe('How its tasks are started, unless by a strategy.').optional(),
  capacityProviderStrategy: usedStrategy.optional(),
  pendingCount: integer(0, 10000, 'Its tasks on their way to RUNNING.'),
  runningCount: integer(0, 10000, 'Its tasks whose lastStatus is RUNNING.'),
  launched: integer(0, 2 ** 53 - 1, 'Highest launch number used: task ids are made from it.'),
  unsettled: list(
    integer(1, 2 ** 53 - 1, 'A launch number.'),
    100,
    'Lower ones whose task was not seen yet and may still come: they are used next.',
  ).optional(),
  open: text(
    1024,
    'Launch numbers of its tasks that have not ended, or are not recorded yet, as ranges: 1-3,7.',
  ).optional(),
  createdAt: time('When it began.'),
  updatedAt: time('When its rollout state last changed.'),
  rolloutState: z.enum(['IN_PROGRESS', 'COMPLETED']).describe('How far it is.'),
  rolloutStateReason: text(1024, "How far it is, in ECS's words."),
});

const outage = z.object({
  name: text(255, 'The capacity provider.'),
  outSince: time('When it was found to have no room.'),
  changedAt: time('When it was found so the last time, or when the present try began.'),
  tryTasks: integer(1, 2 ** 31, 'How many tasks are tried on it at once; absent while none is.').optional(),
  tryGoal: integer(0, 2 ** 31, 'How many tasks it has to hold for the try to have gone well.').optional(),
});

const event = z.object({
  id: text(64, 'Unique id.'),
  createdAt: time('When it happened.'),
  message: text(1024, "What happened, in ECS's words."),
});

const unplaced = z.object({
  reason: text(64, "In ECS's words, of the nearest miss: RESOURCE:CPU, RESOURCE:MEMORY, MemberOf and the like."),
  count: integer(0, 10000, 'How many tasks.'),
  message: text(1024, 'How many nodes fail for what, and the nearest miss.'),
});

const status = z.object({
  observedGeneration: observedGeneration.optional(),
  status: z.enum(['ACTIVE']).describe("The service's state, in ECS's words.").optional(),
  desiredCount: integer(0, 5000, 'How many tasks there should be.').optional(),
  runningCount: integer(0, 10000, 'Tasks whose lastStatus is RUNNING.').optional(),
  pendingCount: integer(0, 10000, 'Tasks on their way to RUNNING.').optional(),
  drainingCount: integer(1, 10000, 'Of those, the ones that have to leave their nodes; absent for none.').optional(),
  lostCount: integer(1, 10000, 'Tasks on lost nodes, which count nowhere else; absent for none.').optional(),
  unplaced: list(unplaced, 10, 'Tasks that no node takes, by the reason why.').optional(),
  taskDefinition: text(512, 'family:revision of the newest deployment.').optional(),
  capacityProviderStrategy: usedStrategy.optional(),
  capacityProviders: namedList(
    outage,
    { max: 40, keys: ['name'] },
    'Capacity providers without room, for which others stand in.',
  ).optional(),
  selector: text(1024, 'Label selector of the tasks, for the scale subresource.').optional(),
  deployments: list(deployment, 10, 'The newest deployment first, then those being drained.').optional(),
  events: list(event, 100, 'What happened, newest first.').optional(),
  conditions: conditions.optional(),
});

export type ServiceSpec = z.output<typeof spec>;
export type ServiceStatus = z.output<typeof status>;
export type DeploymentStatus = z.output<typeof deployment>;
export type ServiceEvent = z.output<typeof event>;
export type Service = CustomResource<ServiceSpec, ServiceStatus>;

export const serviceKind: Kind = {
  kind: 'ECSService',
  plural: 'ecsservices',
  singular: 'ecsservice',
  shortNames: ['ecssvc'],
  scope: 'Namespaced',
  description: 'Keeps a number of tasks of a task definition running, and rolls new revisions out.',
  spec,
  status,
  columns: [
    { name: 'Desired', type: 'integer', jsonPath: '.spec.desiredCount', description: 'Tasks there should be.' },
    { name: 'Running', type: 'integer', jsonPath: '.status.runningCount', description: 'Tasks that run.' },
    {
      name: 'Pending',
      type: 'integer',
      jsonPath: '.status.pendingCount',
      description: 'Tasks on their way to RUNNING.',
    },
    {
      name: 'Task Definition',
      type: 'string',
      jsonPath: '.status.taskDefinition',
      description: 'What the newest deployment deploys.',
    },
    {
      name: 'Rollout',
      type: 'string',
      jsonPath: '.status.deployments[0].rolloutState',
      description: 'How far the newest deployment is.',
    },
    {
      name: 'Cluster',
      type: 'string',
      jsonPath: '.spec.cluster',
      description: 'The cluster it belongs to.',
      priority: 1,
    },
    ...commonColumns,
  ],
  scale: {
    specReplicasPath: '.spec.desiredCount',
    statusReplicasPath: '.status.runningCount',
    labelSelectorPath: '.status.selector',
  },
};
