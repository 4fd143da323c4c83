import { z } from 'zod';
import { logConfiguration } from './container-settings.ts';
import { integer, list, namedList, refused, text, withRules } from './fields.ts';

/** Members and limits: ECS API reference, LoadBalancer, ServiceRegistry and ServiceConnectConfiguration. */

const containerName = text(255, 'The container that is reached.').regex(/^[A-Za-z0-9_-]+$/);

const containerPort = integer(1, 65535, 'Its port, which is among its portMappings.');

export const loadBalancers = namedList(
  z.object({
    targetGroupArn: text(2048, 'The target group, of target type ip.').regex(
      /^arn:[a-z0-9-]+:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup\/.+$/,
    ),
    containerName,
    containerPort,
    ...refused({
      loadBalancerName: ['string', 'a Classic Load Balancer has no target group: name one in targetGroupArn'],
      advancedConfiguration: ['object', 'it is about blue/green deployments, which do not exist here'],
    }),
  }),
  { max: 5, keys: ['targetGroupArn'] },
  'Target groups that the tasks are registered in, by the AWS Load Balancer Controller.',
);

const serviceRegistry = withRules(
  z.object({
    registryArn: text(
      2048,
      'service:NAME, the name of the core Service to make; or the ARN of a Cloud Map service, for which it bears the name of this object.',
    ).regex(/^(service:[a-z]([a-z0-9-]{0,61}[a-z0-9])?|arn:[a-z0-9-]+:servicediscovery:.+)$/),
    port: integer(1, 65535, 'The port of its SRV records.').optional(),
    containerName: containerName.optional(),
    containerPort: containerPort.optional(),
  }),
  {
    rule: 'has(self.containerName) == has(self.containerPort)',
    message: 'containerName and containerPort go together',
    fieldPath: '.containerName',
  },
  {
    rule: '!has(self.port) || !has(self.containerPort)',
    message: 'port and containerPort both say which port it is: leave one out',
    fieldPath: '.port',
  },
);

export const serviceRegistries = list(
  serviceRegistry,
  1,
  'The name that the tasks are found under: a headless core Service.',
);

const clientAlias = z.object({
  port: integer(1, 65535, 'The port that clients connect to.'),
  dnsName: text(127, 'The name that clients connect to; blank: the discoveryName.').optional(),
  ...refused({ testTrafficRules: ['object', 'it is about blue/green deployments, which do not exist here'] }),
});

const serviceConnectService = z.object({
  portName: text(64, 'Name of a port mapping of the task definition.').regex(/^[a-z0-9_][a-z0-9_-]*$/),
  discoveryName: text(64, 'The name in the namespace; blank: the portName.')
    .regex(/^[a-z0-9_.-]+$/)
    .optional(),
  clientAliases: list(clientAlias, 1, 'The name and port that clients connect to.').optional(),
  ...refused({
    ingressPortOverride: ['integer', 'there is no proxy, clients reach the port of the container itself'],
    timeout: ['object', 'there is no proxy that would know of requests'],
    tls: ['object', 'there is no proxy that would speak TLS'],
  }),
});

/** Of a proxy: taken, and without effect, for nothing of a task depends on it. */
const accessLogConfiguration = z
  .object({
    format: z.enum(['TEXT', 'JSON']).describe('How it would be written.'),
    includeQueryParameters: z.enum(['ENABLED', 'DISABLED']).describe('Whether with what follows a ?.').optional(),
  })
  .describe('Has no effect: there is no proxy that would write one.');

export const serviceConnectConfiguration = withRules(
  z.object({
    enabled: z.boolean().describe('Whether the names exist.'),
    namespace: text(1024, 'The Cloud Map namespace, by name or ARN: the names are those of core Services.').optional(),
    services: list(serviceConnectService, 20, 'The ports that clients reach by name.').optional(),
    logConfiguration: logConfiguration.describe('Has no effect: there is no proxy that would print.').optional(),
    accessLogConfiguration: accessLogConfiguration.optional(),
  }),
  {
    rule: 'self.enabled || !has(self.services) || size(self.services) == 0',
    message: 'services need enabled: true',
    fieldPath: '.services',
  },
).describe('Names by which other tasks reach the ports of this service.');

/** In the `kubernetes` block. */
export const drainSeconds = integer(
  0,
  3600,
  'How long a task that is stopped still serves what has reached it, out of service: the deregistration delay. Blank: 30, with loadBalancers 300.',
);

export type LoadBalancer = z.output<typeof loadBalancers>[number];
export type ServiceRegistry = z.output<typeof serviceRegistry>;
export type ServiceConnect = z.output<typeof serviceConnectConfiguration>;

/** What a service says of how its tasks are reached. */
export interface RoutingConfiguration {
  readonly loadBalancers?: readonly LoadBalancer[] | undefined;
  readonly serviceRegistries?: readonly ServiceRegistry[] | undefined;
  readonly serviceConnectConfiguration?: ServiceConnect | undefined;
}
