import type { LoadBalancer, RoutingConfiguration, ServiceConnect, ServiceRegistry } from '../../../api/routing.ts';
import { dnsName } from '../../../base/dns-name.ts';
import { contentHash } from '../../../base/hash.ts';

/** Who the core Services are named after. */
export interface NamedService {
  readonly name: string;
  readonly uid: string;
}

type ConnectService = NonNullable<ServiceConnect['services']>[number];

/**
 * Of the core Service and the TargetGroupBinding of a target group. With the service's uid in it: nobody else has it, and
 * what an earlier service of the name has left is another one. Beginning with a letter, as core Services have to.
 */
export function targetGroupName({ name, uid }: NamedService, { targetGroupArn }: LoadBalancer): string {
  return `lb-${dnsName(name, 47)}-${contentHash([uid, targetGroupArn]).slice(0, 12)}`;
}

/** `service:NAME` says it; the ARN of a Cloud Map service says no name, which is that of the ECSService then. */
export function registryName({ name }: Pick<NamedService, 'name'>, { registryArn }: ServiceRegistry): string {
  return registryArn.startsWith('service:') ? registryArn.slice('service:'.length) : dnsName(name);
}

/** The name that clients of ECS connect to. */
export function aliasOf({ portName, discoveryName = portName, clientAliases = [] }: ConnectService): string {
  return clientAliases[0]?.dnsName ?? discoveryName;
}

/**
 * The name of the core Service for it: the alias, or its first label where the rest is the namespace; else the
 * discoveryName, as far as a core Service can bear it.
 */
export function connectName(service: ConnectService, namespace = ''): string {
  const { portName, discoveryName = portName } = service;
  const [first = '', ...rest] = aliasOf(service).split('.');
  const isOfNamespace = rest.length === 0 || rest.join('.') === namespace.split('/').at(-1);
  return isOfNamespace && isServiceName(first) ? first : dnsName(discoveryName);
}

/** Whether a core Service can have the name (Kubernetes, DNS-1035 label). */
export function isServiceName(name: string): boolean {
  return /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);
}

/** The names that others call the service by, and may have taken. */
export function calledNames(service: Pick<NamedService, 'name'>, routing: RoutingConfiguration): string[] {
  const { serviceRegistries = [], serviceConnectConfiguration } = routing;
  const { enabled = false, services = [], namespace } = serviceConnectConfiguration ?? {};
  const names = [
    ...serviceRegistries.map((each) => registryName(service, each)),
    ...(enabled ? services.map((each) => connectName(each, namespace)) : []),
  ];
  return [...new Set(names)];
}
