import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { RoutingConfiguration } from '../../../api/routing.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import { contentHash } from '../../../base/hash.ts';
import type { RoutedPort } from '../../task/routing.ts';
import { connectName, registryName, targetGroupName, type NamedService } from './names.ts';

/** A core Service by which the tasks of a deployment are reached. */
export interface Endpoint {
  readonly name: string;
  /** Whether clients get the addresses of the tasks, not one of the Service. */
  readonly isHeadless: boolean;
  readonly ports: readonly EndpointPort[];
  /** The target group that the tasks behind it are registered in. */
  readonly targetGroupArn?: string;
}

export interface EndpointPort {
  readonly name: string;
  readonly port: number;
  readonly target: RoutedPort;
}

/** The port of a TargetGroupBinding's core Service. */
export const targetPortName = 'target';

interface Deployed {
  readonly routing?: RoutingConfiguration;
  readonly content: TaskDefinitionSpec;
}

/** The core Services of a deployment; ports that its definition does not have are left out (`routingProblem`). */
export function endpointsOf(service: NamedService, { routing = {}, content }: Deployed): readonly Endpoint[] {
  const { loadBalancers = [], serviceRegistries = [], serviceConnectConfiguration } = routing;
  const { services = [], namespace } = serviceConnectConfiguration ?? {};
  const balanced = loadBalancers.map((each): Endpoint => {
    const name = targetGroupName(service, each);
    const ports = portOf({ name, content }, { ...each, portName: targetPortName, port: each.containerPort });
    return { name, isHeadless: false, ports, targetGroupArn: each.targetGroupArn };
  });
  const registered = serviceRegistries.map((each): Endpoint => {
    const name = registryName(service, each);
    return { name, isHeadless: true, ports: registryPorts({ name, content }, each) };
  });
  const connected = services.map((each): Endpoint => {
    const name = connectName(each, namespace);
    return { name, isHeadless: false, ports: connectPorts({ name, content }, each) };
  });
  return [...balanced, ...merged([...registered, ...connected])];
}

/** Several that bear one name are one, with the ports of all: it has an address of its own where any of them has. */
function merged(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return [...Map.groupBy(endpoints, ({ name }) => name)].map(([name, same]) => ({
    name,
    isHeadless: same.every(({ isHeadless }) => isHeadless),
    ports: same.flatMap(({ ports }) => ports),
  }));
}

interface Place {
  /** Of the core Service. */
  readonly name: string;
  readonly content: TaskDefinitionSpec;
}

interface Wanted {
  readonly containerName: string;
  readonly containerPort: number;
  readonly portName: string;
  readonly port: number;
}

function portOf({ name, content }: Place, { containerName, containerPort, portName, port }: Wanted): EndpointPort[] {
  const container = content.containerDefinitions.find((each) => each.name === containerName);
  const protocol = container && protocolOf(container, containerPort);
  if (protocol === undefined) return [];
  const target = { name: targetName(name, portName), container: containerName, containerPort, protocol };
  return [{ name: portName, port, target }];
}

type Registry = NonNullable<RoutingConfiguration['serviceRegistries']>[number];

/** For its SRV records; without one its address records are all there is. */
function registryPorts(place: Place, { port, containerName, containerPort }: Registry): EndpointPort[] {
  const wanted = containerName === undefined ? firstWith(place.content, port) : { containerName, containerPort };
  if (wanted?.containerPort === undefined) return [];
  const { containerPort: number } = wanted;
  return portOf(place, { ...wanted, containerPort: number, portName: 'registry', port: number });
}

/** The container that has the port. */
function firstWith(
  { containerDefinitions }: TaskDefinitionSpec,
  containerPort: number | undefined,
): Pick<Wanted, 'containerName' | 'containerPort'> | undefined {
  if (containerPort === undefined) return undefined;
  const container = containerDefinitions.find((each) => protocolOf(each, containerPort) !== undefined);
  return container && { containerName: container.name, containerPort };
}

type ConnectService = NonNullable<NonNullable<RoutingConfiguration['serviceConnectConfiguration']>['services']>[number];

function connectPorts(place: Place, { portName, clientAliases = [] }: ConnectService): EndpointPort[] {
  return place.content.containerDefinitions.flatMap(({ name: containerName, portMappings = [] }) => {
    const containerPort = portMappings.find(({ name }) => name === portName)?.containerPort;
    if (containerPort === undefined) return [];
    const port = clientAliases[0]?.port ?? containerPort;
    return portOf(place, { containerName, containerPort, portName: `port-${String(port)}`, port });
  });
}

/** What is spoken on the port; undefined where no mapping has it. */
export function protocolOf(
  { portMappings = [] }: ContainerDefinition,
  containerPort: number,
): RoutedPort['protocol'] | undefined {
  const mapping = portMappings.find(
    (each) => each.containerPort === containerPort || isWithin(each.containerPortRange, containerPort),
  );
  if (mapping === undefined) return undefined;
  return mapping.protocol === 'udp' ? 'UDP' : 'TCP';
}

function isWithin(range: string | undefined, port: number): boolean {
  const [from = Infinity, to = -Infinity] = (range ?? '').split('-').map(Number);
  return range !== undefined && from <= port && port <= to;
}

/** Of at most 15 characters, as the names of a container's ports are. */
function targetName(name: string, portName: string): string {
  return `ecs-${contentHash([name, portName]).slice(0, 8)}`;
}
