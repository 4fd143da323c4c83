import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import { defined } from '../../../base/defined.ts';
import { dnsName } from '../../../base/dns-name.ts';
import { portsOf, securityOptions, terminalSettings } from './container-settings.ts';
import { routerVariables } from './router.ts';
import { memoryMounts } from './memory-volumes.ts';
import type { Claims } from './claims.ts';
import type { PodContainer } from './body.ts';
import { renderReadinessProbe, renderStartupProbe } from './probes.ts';
import { renderResources } from './resources.ts';
import { secretStoreMounts } from './secret-store.ts';
import { renderEnvironmentFiles, renderSecrets } from './secrets.ts';
import type { EarlyContainer } from '../start-order/order.ts';
import { verbatim } from './verbatim.ts';
import { renderVolumeMounts } from './volumes.ts';

/** A container of the pod, as its definition has it. */
export function renderContainer(
  definition: ContainerDefinition,
  content: TaskDefinitionSpec,
  claims: Claims,
): PodContainer {
  const index = content.containerDefinitions.indexOf(definition);
  const { volumeMounts = [] } = renderVolumeMounts(definition, content.containerDefinitions);
  const own = [...memoryMounts(definition, index), ...secretStoreMounts(definition, content)];
  // What it takes over from another container may be at a path of its own, which then counts.
  const mounts = [...volumeMounts.filter(({ mountPath }) => own.every((each) => each.mountPath !== mountPath)), ...own];
  return {
    name: dnsName(definition.name),
    image: definition.image,
    // The ECS agent pulls at every start, so that a moved tag is seen.
    imagePullPolicy: 'Always',
    ...defined('command', definition.entryPoint?.map(verbatim)),
    ...defined('args', definition.command?.map(verbatim)),
    ...defined('env', renderVariables(definition, content)),
    ...renderEnvironmentFiles(definition, content.kubernetes),
    ...defined('workingDir', definition.workingDirectory),
    ...defined(
      'ports',
      definition.portMappings?.flatMap((mapping) => portsOf(mapping, content.networkMode)),
    ),
    ...terminalSettings(definition),
    ...(mounts.length > 0 && { volumeMounts: mounts }),
    ...defined('readinessProbe', renderReadinessProbe(definition)),
    resources: renderResources(definition, claims.containers.get(definition)),
    securityContext: renderSecurityContext(definition),
  };
}

function renderVariables(definition: ContainerDefinition, content: TaskDefinitionSpec): PodContainer['env'] {
  const { environment, secrets } = definition;
  const router = routerVariables(definition, content);
  if (!environment && !secrets && router.length === 0) return undefined;
  const own = environment?.filter(({ name }) => router.every((each) => each.name !== name)) ?? [];
  const plain = own.map(({ name, value }) => ({ name, value: verbatim(value) }));
  return [...plain, ...router, ...renderSecrets(definition, content.kubernetes)];
}

/** One that starts before the others: an init container, or a sidecar. */
export function renderEarly(
  { definition, role, isProbed }: EarlyContainer,
  content: TaskDefinitionSpec,
  claims: Claims,
): PodContainer {
  const container = renderContainer(definition, content, claims);
  if (role === 'init') return container;
  const startupProbe = isProbed ? renderStartupProbe(definition) : undefined;
  return { ...container, restartPolicy: 'Always', ...defined('startupProbe', startupProbe) };
}

function renderSecurityContext(definition: ContainerDefinition): NonNullable<PodContainer['securityContext']> {
  const [uid, gid] = definition.user?.split(':').map(Number) ?? [];
  const capabilities = definition.linuxParameters?.capabilities;
  return {
    readOnlyRootFilesystem: definition.readonlyRootFilesystem,
    privileged: definition.privileged,
    ...defined('runAsUser', uid),
    ...(uid !== undefined && uid > 0 && { runAsNonRoot: true }),
    ...defined('runAsGroup', gid),
    ...defined(
      'capabilities',
      capabilities && {
        ...defined('add', capabilities.add?.map(bareCapability)),
        ...defined('drop', capabilities.drop?.map(bareCapability)),
      },
    ),
    ...securityOptions(definition),
  };
}

function bareCapability(name: string): string {
  return name.replace(/^CAP_/, '');
}
