import type { ContainerDefinition } from '../../src/api/container-definition.ts';
import type { RoutingConfiguration, ServiceConnect } from '../../src/api/routing.ts';
import type { TaskDefinitionSpec } from '../../src/api/task-definition.ts';
import { containerDefinition, content } from './builders.ts';

/** How services of tests are reached. */

export const arn = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef';
export const otherArn = arn.replace('web', 'api');

type Mapping = Partial<NonNullable<ContainerDefinition['portMappings']>[number]>;

/** One container with these ports, TCP unless said otherwise. */
export function mapped(...mappings: readonly Mapping[]): TaskDefinitionSpec {
  const portMappings = mappings.map((each) => ({ protocol: 'tcp' as const, ...each }));
  return content(containerDefinition({ portMappings }));
}

/** Service Connect with these services. */
export function connect(...services: NonNullable<ServiceConnect['services']>): RoutingConfiguration & {
  readonly serviceConnectConfiguration: ServiceConnect;
} {
  return { serviceConnectConfiguration: { enabled: true, namespace: 'prod', services } };
}
