import { annotations, labels } from '../../../api/labels.ts';
import { dnsName } from '../../../base/dns-name.ts';
import { gateOf, type RoutedPort, type TaskRouting } from '../routing.ts';
import type { PodBody, PodContainer } from './body.ts';

/** The label of a task that is routed, not in service at first. */
export function routingLabels(routing: TaskRouting | undefined): Record<string, string> {
  return routing ? { [labels.inService]: 'false' } : {};
}

export function routingNotes({ targetGroups }: Pick<TaskRouting, 'targetGroups'>): Record<string, string> {
  return targetGroups.length === 0 ? {} : { [annotations.targetGroups]: JSON.stringify(targetGroups) };
}

export function readinessGates({
  targetGroups,
}: Pick<TaskRouting, 'targetGroups'>): Pick<PodBody['spec'], 'readinessGates'> {
  if (targetGroups.length === 0) return {};
  return { readinessGates: targetGroups.map((group) => ({ conditionType: gateOf(group) })) };
}

/** The container, its ports with the names that core Services know them by. */
export function withRoutedPorts(container: PodContainer, ports: readonly RoutedPort[] = []): PodContainer {
  const own = ports.filter((port) => dnsName(port.container) === container.name);
  if (own.length === 0) return container;
  return { ...container, ports: own.reduce(withName, container.ports ?? []) };
}

type Ports = NonNullable<PodContainer['ports']>;

/** One that has a name already is declared a second time. */
function withName(ports: Ports, { name, containerPort, protocol }: RoutedPort): Ports {
  const index = ports.findIndex(
    (each) => each.name === undefined && each.containerPort === containerPort && each.protocol === protocol,
  );
  if (index === -1) return [...ports, { name, containerPort, protocol }];
  return ports.map((each, at) => (at === index ? { ...each, name } : each));
}
