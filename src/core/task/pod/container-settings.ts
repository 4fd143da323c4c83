import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { Pod } from '../../../api/meta.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';

type PodContainer = NonNullable<Pod['spec']>['containers'][number];
type SecurityContext = NonNullable<PodContainer['securityContext']>;
type Mapping = NonNullable<ContainerDefinition['portMappings']>[number];
type Port = NonNullable<PodContainer['ports']>[number];

/** Whether the container has stdin and a terminal; what is off is not written. */
export function terminalSettings({ interactive, pseudoTerminal }: ContainerDefinition): Partial<PodContainer> {
  return { ...(interactive && { stdin: true }), ...(pseudoTerminal && { tty: true }) };
}

/**
 * A port of the container; one of the node too where networkMode is bridge and the definition names one. None for a
 * range: every port of a pod can be reached, declared or not.
 */
export function portsOf(mapping: Mapping, networkMode: TaskDefinitionSpec['networkMode']): Port[] {
  const { containerPort, hostPort = 0, protocol } = mapping;
  if (containerPort === undefined) return [];
  const onNode = networkMode === 'bridge' && hostPort > 0;
  return [{ containerPort, ...(onNode && { hostPort }), protocol: protocol.toUpperCase() }];
}

/** The devices of a container, which are request and limit at once: `{}` or `{'nvidia.com/gpu': '2'}`. */
export function deviceResources({ resourceRequirements = [] }: ContainerDefinition): Record<string, string> {
  return Object.fromEntries(resourceRequirements.map(({ value }) => ['nvidia.com/gpu', value]));
}

/** What `dockerSecurityOptions` say, in the words of a security context. The last of two about one thing holds. */
export function securityOptions({ dockerSecurityOptions = [] }: ContainerDefinition): Partial<SecurityContext> {
  const labels = dockerSecurityOptions.filter((option) => option.startsWith('label:')).map(seLinuxOption);
  const others = dockerSecurityOptions.filter((option) => !option.startsWith('label:')).map(securityOption);
  const parts: readonly Partial<SecurityContext>[] = [
    ...others,
    ...(labels.length > 0 ? [{ seLinuxOptions: Object.fromEntries(labels) }] : []),
  ];
  return Object.assign({}, ...parts) as Partial<SecurityContext>;
}

/** `label:type:container_t` as `[type, container_t]`. */
function seLinuxOption(option: string): readonly [name: string, value: string] {
  const [, name = '', ...value] = option.split(':');
  return [name, value.join(':')];
}

function securityOption(option: string): Partial<SecurityContext> {
  if (option.startsWith('no-new-privileges')) return { allowPrivilegeEscalation: false };
  if (option === 'seccomp:unconfined') return { seccompProfile: { type: 'Unconfined' } };
  return { appArmorProfile: appArmorProfile(option.slice('apparmor:'.length)) };
}

/** Docker's own profile is the runtime's default one; any other has to be loaded on the node. */
function appArmorProfile(profile: string): NonNullable<SecurityContext['appArmorProfile']> {
  if (profile === 'unconfined') return { type: 'Unconfined' };
  if (profile === 'docker-default') return { type: 'RuntimeDefault' };
  return { type: 'Localhost', localhostProfile: profile };
}
