import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { Pod } from '../../../api/meta.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';

type PodSpec = NonNullable<Pod['spec']>;

/** What of a pod's spec holds for all its containers: network, namespaces, names, platform. */
export function podSettings(content: TaskDefinitionSpec): Partial<PodSpec> {
  const { containerDefinitions, runtimePlatform } = content;
  const hostname = containerDefinitions.find((each) => each.hostname !== undefined)?.hostname;
  return {
    ...(content.networkMode === 'host' && { hostNetwork: true }),
    ...namespaces(content),
    ...(hostname !== undefined && { hostname }),
    ...hostAliases(containerDefinitions),
    ...dns(containerDefinitions),
    ...sysctls(containerDefinitions),
    ...(runtimePlatform && { nodeSelector: nodeSelector(runtimePlatform) }),
  };
}

/** Kubernetes refuses a process namespace that is both the pod's and the node's; the node's has an init already. */
function namespaces({ pidMode, ipcMode, containerDefinitions }: TaskDefinitionSpec): Partial<PodSpec> {
  const wantsInit = containerDefinitions.some((each) => each.linuxParameters?.initProcessEnabled === true);
  return {
    ...(pidMode === 'host' && { hostPID: true }),
    ...(pidMode !== 'host' && (pidMode === 'task' || wantsInit) && { shareProcessNamespace: true }),
    ...(ipcMode === 'host' && { hostIPC: true }),
  };
}

/** The entries of all containers, by address: a pod has one file of hosts. */
function hostAliases(definitions: readonly ContainerDefinition[]): Partial<PodSpec> {
  const hosts = definitions.flatMap((each) => each.extraHosts ?? []);
  if (hosts.length === 0) return {};
  const byAddress = Map.groupBy(hosts, ({ ipAddress }) => ipAddress);
  return {
    hostAliases: [...byAddress].map(([ip, entries]) => ({
      ip,
      hostnames: [...new Set(entries.map(({ hostname }) => hostname))],
    })),
  };
}

/** Own servers replace those of the cluster; search domains alone come after its. Containers that set any agree. */
function dns(definitions: readonly ContainerDefinition[]): Partial<PodSpec> {
  const nameservers = [...new Set(definitions.flatMap((each) => each.dnsServers ?? []))];
  const searches = [...new Set(definitions.flatMap((each) => each.dnsSearchDomains ?? []))];
  if (nameservers.length === 0 && searches.length === 0) return {};
  return {
    ...(nameservers.length > 0 && { dnsPolicy: 'None' }),
    dnsConfig: { ...(nameservers.length > 0 && { nameservers }), ...(searches.length > 0 && { searches }) },
  };
}

function sysctls(definitions: readonly ContainerDefinition[]): Partial<PodSpec> {
  const controls = definitions.flatMap((each) => each.systemControls ?? []);
  if (controls.length === 0) return {};
  const values = new Map(controls.map(({ namespace, value }) => [namespace, value]));
  return { securityContext: { sysctls: [...values].map(([name, value]) => ({ name, value })) } };
}

const architectures = { X86_64: 'amd64', ARM64: 'arm64' } as const;

function nodeSelector({
  cpuArchitecture,
  operatingSystemFamily,
}: NonNullable<TaskDefinitionSpec['runtimePlatform']>): Record<string, string> {
  return {
    ...(cpuArchitecture && { 'kubernetes.io/arch': architectures[cpuArchitecture] }),
    ...(operatingSystemFamily !== undefined && { 'kubernetes.io/os': 'linux' }),
  };
}
