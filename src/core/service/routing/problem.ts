import type { RoutingConfiguration } from '../../../api/routing.ts';
import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import type { Resolution } from '../../task-definition/resolve.ts';
import { routingContentOf } from './content.ts';
import { endpointsOf, protocolOf } from './endpoints.ts';
import { connectName, isServiceName, registryName, type NamedService } from './names.ts';

/** The resolution, unless the service routes to what its revision does not have: then why, as ECS refuses such a service. */
export function routable(
  resolution: Resolution,
  service: { readonly metadata: NamedService; readonly spec: RoutingConfiguration },
): Resolution {
  const { routing } = routingContentOf(service.spec);
  if (resolution.kind === 'missing' || !routing) return resolution;
  const { content, taskDefinition } = resolution;
  const [problem] = [
    ...targetProblems(routing, content),
    ...portNameProblems(routing, content),
    ...nameProblems(service.metadata, routing),
    ...twiceProblems(service.metadata, { routing, content }),
  ];
  if (problem === undefined) return resolution;
  return { kind: 'missing', reason: 'InvalidRouting', message: `${taskDefinition} cannot be routed to: ${problem}.` };
}

/** Of load balancers and registries: a container that is not there, or has not the port. */
function targetProblems(routing: RoutingConfiguration, { containerDefinitions }: TaskDefinitionSpec): string[] {
  const { loadBalancers = [], serviceRegistries = [] } = routing;
  const named = [
    ...loadBalancers.map((each) => ({ ...each, at: `loadBalancers[${each.targetGroupArn}]` })),
    ...serviceRegistries.map((each) => ({ ...each, at: 'serviceRegistries[0]' })),
  ];
  return named.flatMap(({ at, containerName, containerPort }) => {
    if (containerName === undefined || containerPort === undefined) return [];
    const container = containerDefinitions.find(({ name }) => name === containerName);
    if (!container) {
      const names = containerDefinitions.map(({ name }) => name).join(', ');
      return [`${at}.containerName is ${containerName}, and its containers are ${names}`];
    }
    if (protocolOf(container, containerPort) !== undefined) return [];
    return [
      `${at}.containerPort is ${String(containerPort)}, and the portMappings of container ${containerName} have ${portsIn(container)}`,
    ];
  });
}

function portsIn({ portMappings = [] }: ContainerDefinition): string {
  const ports = portMappings.map(
    ({ containerPort, containerPortRange }) => containerPortRange ?? String(containerPort),
  );
  return ports.length === 0 ? 'none' : ports.join(', ');
}

function portNameProblems(
  { serviceConnectConfiguration, serviceRegistries = [] }: RoutingConfiguration,
  { containerDefinitions }: TaskDefinitionSpec,
): string[] {
  const mappings = containerDefinitions.flatMap(({ portMappings = [] }) => portMappings);
  const names = mappings.flatMap(({ name, containerPort }) => (containerPort === undefined ? [] : (name ?? [])));
  const lacking = (serviceConnectConfiguration?.services ?? []).filter(({ portName }) => !names.includes(portName));
  const unmapped = serviceRegistries.filter(
    ({ port }) => port !== undefined && containerDefinitions.every((each) => protocolOf(each, port) === undefined),
  );
  return [
    ...lacking.map(
      ({ portName }) =>
        `serviceConnectConfiguration.services has portName ${portName}, and the names of its portMappings with a containerPort are ${names.length === 0 ? 'none' : names.join(', ')}`,
    ),
    ...unmapped.map(
      ({ port }) =>
        `serviceRegistries[0].port is ${String(port)}, and its portMappings have ${containerDefinitions.map(portsIn).join(', ')}`,
    ),
  ];
}

/** Names that no core Service can have. */
function nameProblems(service: NamedService, routing: RoutingConfiguration): string[] {
  const { serviceRegistries = [], serviceConnectConfiguration } = routing;
  const { services = [], namespace } = serviceConnectConfiguration ?? {};
  const rule =
    'a core Service has a name of at most 63 lower-case letters, digits and hyphens that begins with a letter';
  return [
    ...serviceRegistries
      .map((each) => registryName(service, each))
      .filter((name) => !isServiceName(name))
      .map((name) => `the name of its registry would be ${name}: ${rule}; say service:NAME in registryArn`),
    ...services
      .map((each) => connectName(each, namespace))
      .filter((name) => !isServiceName(name))
      .map((name) => `the name for Service Connect would be ${name}: ${rule}; say another in discoveryName`),
  ];
}

function twiceProblems(
  service: NamedService,
  deployed: { readonly routing: RoutingConfiguration; readonly content: TaskDefinitionSpec },
): string[] {
  return endpointsOf(service, deployed).flatMap(({ name, ports }) => {
    const told = ports.map(({ port, target }) => `${String(port)}/${target.protocol}`);
    const twice = told.find((each, index) => told.indexOf(each) !== index);
    return twice === undefined ? [] : [`port ${twice} of the core Service ${name} would be two`];
  });
}
