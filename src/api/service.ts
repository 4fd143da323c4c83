import { z } from 'zod';
import { daemonRules } from './daemon-rules.ts';
import { deploymentConfiguration } from './deployment-configuration.ts';
import { integer, list, namedList, refused, text, withRules, type Rule } from './fields.ts';
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
import { drainSeconds, loadBalancers, serviceConnectConfiguration, serviceRegistries } from './routing.ts';
import { status, type ServiceStatus } from './service-status.ts';
import { serviceVolumes, storageClassName, volumesRule } from './volume-configurations.ts';

/** Members and limits: ECS API reference, Service and DeploymentConfiguration; defaults are those of REPLICA. */

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

const alarmExpressions = namedList(
  z.object({
    name: text(255, 'The name, which alarmNames names.'),
    expression: text(2048, 'PromQL. The alarm fires while it returns a vector that is not empty, or a scalar but 0.'),
  }),
  { max: 10, keys: ['name'] },
  'Alarms that are no alerting rules of Prometheus.',
);

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
    schedulingStrategy: z
      .enum(['REPLICA', 'DAEMON'])
      .describe('REPLICA keeps desiredCount tasks running; DAEMON one on each node that matches.')
      .default('REPLICA'),
    deploymentConfiguration,
    healthCheckGracePeriodSeconds: integer(
      0,
      2_147_483_647,
      'How long after a task has started the results of its health checks are ignored.',
    ).default(0),
    volumeConfigurations: serviceVolumes.optional(),
    loadBalancers: loadBalancers.optional(),
    serviceRegistries: serviceRegistries.optional(),
    serviceConnectConfiguration: serviceConnectConfiguration.optional(),
    kubernetes: z
      .object({
        storageClassName: storageClassName.optional(),
        drainSeconds: drainSeconds.optional(),
        placement: placement.optional(),
        capacityProviderFallback: capacityProviderFallback.optional(),
        disruptionBudget: z
          .enum(['strict', 'none'])
          .describe(
            'How many tasks evictions by others leave, such as those of kubectl drain: strict, as many as minimumHealthyPercent asks for, even if no node can be emptied then; none, any number. Blank: as many, but one less than desiredCount at most, and any number of a service of one task.',
          )
          .optional(),
        forceNewDeployment: text(
          64,
          'Any text, such as a date: a new one starts a new deployment though nothing else is new, and images are looked up again.',
        ).optional(),
        scaleIn: z
          .enum(['oldest', 'newest'])
          .describe(
            'Which tasks stop first when there are too many: the oldest or the newest. Blank: as on ECS, by zone and node.',
          )
          .optional(),
        alarms: alarmExpressions.optional(),
        maximumCountsStopping: z
          .boolean()
          .describe('Whether maximumPercent also counts tasks that are stopping: a ceiling for licences and ports.')
          .optional(),
      })
      .describe('What only Kubernetes has.')
      .optional(),
    ...refused({
      platformVersion: ['string', 'Fargate on EKS has one platform'],
      role: ['string', 'the AWS Load Balancer Controller has a role of its own'],
      deploymentController: ['object', 'deployments are controlled by this operator'],
      networkConfiguration: ['object', "subnets and security groups are the nodes'"],
      vpcLatticeConfigurations: ['objects', 'VPC Lattice is not mapped'],
      availabilityZoneRebalancing: ['string', 'rebalancing does not exist yet'],
      enableECSManagedTags: ['boolean', 'tags are not mapped yet'],
      enableExecuteCommand: ['boolean', 'use kubectl exec'],
      propagateTags: ['string', 'tags are not mapped yet'],
      monitoring: ['object', 'scrape the metrics endpoint'],
      forceNewDeployment: ['boolean', 'set kubernetes.forceNewDeployment to a text that it has not had'],
      tags: ['objects', 'use metadata.labels or metadata.annotations'],
    }),
  })
  .describe('What the service should be.');

/** ECS API reference, DeploymentConfiguration, `earlySuccessCriteria`; what a blank minimum stands for is `percentsOf`. */
const earlySuccessRule: Rule = {
  rule:
    '!has(self.deploymentConfiguration.earlySuccessCriteria) || ' +
    '!self.deploymentConfiguration.earlySuccessCriteria.enable || ' +
    'self.deploymentConfiguration.earlySuccessCriteria.healthyPercent >= ' +
    '(has(self.deploymentConfiguration.minimumHealthyPercent) ? self.deploymentConfiguration.minimumHealthyPercent ' +
    ": self.schedulingStrategy == 'DAEMON' ? 0 : 100)",
  message: 'has to be at least minimumHealthyPercent, which is 100 when left out, and 0 of a DAEMON',
  messageExpression:
    '"healthyPercent is %d, but has to be at least minimumHealthyPercent, which is 100 when left out, and 0 of a DAEMON".format([self.deploymentConfiguration.earlySuccessCriteria.healthyPercent])',
  fieldPath: '.deploymentConfiguration.earlySuccessCriteria.healthyPercent',
};

const strategyRule: Rule = {
  rule: 'self.schedulingStrategy == oldSelf.schedulingStrategy',
  message: 'cannot be changed: delete the service and create it again',
  fieldPath: '.schedulingStrategy',
};

/** What nobody names would be watched by nobody. */
const alarmsRule: Rule = {
  rule:
    '!has(self.kubernetes) || !has(self.kubernetes.alarms) || (has(self.deploymentConfiguration.alarms) && ' +
    'self.kubernetes.alarms.all(alarm, alarm.name in self.deploymentConfiguration.alarms.alarmNames))',
  message: 'each alarm with an expression has to be named in deploymentConfiguration.alarms.alarmNames',
  messageExpression:
    '"it has %s, and each has to be named in deploymentConfiguration.alarms.alarmNames".format([self.kubernetes.alarms.map(alarm, alarm.name)])',
  fieldPath: '.kubernetes.alarms',
};

const spec = withRules(members, volumesRule, launchRule, ...daemonRules, strategyRule, alarmsRule, earlySuccessRule);

export type ServiceSpec = z.output<typeof spec>;
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
    { name: 'Desired', type: 'integer', jsonPath: '.status.desiredCount', description: 'Tasks there should be.' },
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
