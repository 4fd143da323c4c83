import type { ContainerDefinition } from '../../api/container-definition.ts';
import { annotations, labels, managedBy } from '../../api/labels.ts';
import type { Pod } from '../../api/meta.ts';
import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import { dnsName } from '../../base/dns-name.ts';
import { deviceResources, portOf, securityOptions, terminalSettings } from './container-settings.ts';
import { taskContainersOf } from './containers.ts';
import { renderOverlay } from './overlay.ts';
import { renderEnvironmentFiles, renderPullSecrets, renderSecrets } from './secrets.ts';
import { memoryMounts, memoryVolumes } from './memory-volumes.ts';
import { podNotes } from './pod-notes.ts';
import { podSettings } from './pod-settings.ts';
import type { Snapshot } from './snapshot.ts';
import { compileStartOrder, type EarlyContainer, type StartOrder } from './start-order/compile.ts';
import { gracePeriodOf } from './stop-timeout.ts';
import { renderVolumeMounts, renderVolumes, withEphemeralStorage } from './volumes.ts';

/** Everything a new task's pod is made from. */
export interface NewTask {
  readonly id: string;
  readonly podName: string;
  readonly deployment: string;
  readonly launch: number;
  readonly service: { readonly name: string; readonly cluster: string };
  readonly snapshot: Snapshot;
}

/** What we write of a pod: the API server fills in the rest. */
export interface PodBody {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: NonNullable<Pod['spec']>;
}

type PodContainer = NonNullable<Pod['spec']>['containers'][number];

/**
 * The pod of a task. Mapping: ecs-operator's `ECSTaskDefinition` reference; what ECS leaves open takes the safe value
 * (no service-account token, no service links). `restartPolicy` is Never because an ECS task never restarts in place.
 */
export function renderPod(task: NewTask): PodBody {
  const { content } = task.snapshot;
  const definitions = content.containerDefinitions;
  const volumes = [...(renderVolumes(content).volumes ?? []), ...memoryVolumes(definitions)];
  const { early, together } = startOrderOf(task.snapshot);
  const containers = together.map((definition) => renderContainer(definition, task.snapshot));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: task.podName,
      labels: { ...content.kubernetes?.podOverlay?.labels, ...podLabels(task) },
      annotations: {
        ...content.kubernetes?.podOverlay?.annotations,
        [annotations.launch]: String(task.launch),
        [annotations.taskDefinition]: task.snapshot.taskDefinition,
        [annotations.containers]: JSON.stringify(taskContainersOf(definitions)),
        ...podNotes(task.snapshot.content),
      },
    },
    spec: {
      restartPolicy: 'Never',
      ...podSpecSettings(content),
      enableServiceLinks: false,
      terminationGracePeriodSeconds: gracePeriodOf(definitions),
      ...renderPullSecrets(content),
      ...(volumes.length > 0 && { volumes }),
      ...(early.length > 0 && { initContainers: early.map((each) => renderEarly(each, task.snapshot)) }),
      containers: [...withEphemeralStorage(containers, content.ephemeralStorage)],
    },
  };
}

/** The settings of the definition and of its `kubernetes` block, which may both have node selectors and sysctls or groups. */
function podSpecSettings(content: TaskDefinitionSpec): Partial<NonNullable<Pod['spec']>> {
  const [overlay, settings] = [renderOverlay(content.kubernetes), podSettings(content)];
  const nodeSelector = { ...overlay.nodeSelector, ...settings.nodeSelector };
  const securityContext = { ...overlay.securityContext, ...settings.securityContext };
  return {
    ...overlay,
    ...settings,
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(Object.keys(securityContext).length > 0 && { securityContext }),
  };
}

/** @throws Error when a pod cannot keep the order: such content is never registered. */
function startOrderOf({ taskDefinition, content }: Snapshot): StartOrder {
  const order = compileStartOrder(content.containerDefinitions);
  if (order.kind === 'refused') throw new Error(`${taskDefinition} cannot be started: ${order.message}`);
  return order;
}

function podLabels(task: NewTask): Record<string, string> {
  const [family = '', revision = ''] = task.snapshot.taskDefinition.split(':');
  return {
    [labels.managedBy]: managedBy,
    [labels.cluster]: task.service.cluster,
    [labels.service]: task.service.name,
    [labels.deployment]: task.deployment,
    [labels.taskId]: task.id,
    [labels.family]: dnsName(family),
    [labels.revision]: revision,
    [labels.launchType]: task.snapshot.launchType,
  };
}

function renderContainer(definition: ContainerDefinition, { launchType, content }: Snapshot): PodContainer {
  const index = content.containerDefinitions.indexOf(definition);
  const { volumeMounts = [] } = renderVolumeMounts(definition, content.containerDefinitions);
  const mounts = [...volumeMounts, ...memoryMounts(definition, index)];
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
      definition.portMappings?.map((mapping) => portOf(mapping, content.networkMode)),
    ),
    ...terminalSettings(definition),
    ...(mounts.length > 0 && { volumeMounts: mounts }),
    ...defined('readinessProbe', renderProbe(definition)),
    resources: renderResources(definition, launchType),
    securityContext: renderSecurityContext(definition),
  };
}

function renderVariables(definition: ContainerDefinition, { kubernetes }: Snapshot['content']): PodContainer['env'] {
  const { environment, secrets } = definition;
  if (!environment && !secrets) return undefined;
  const plain = environment?.map(({ name, value }) => ({ name, value: verbatim(value) })) ?? [];
  return [...plain, ...renderSecrets(definition, kubernetes)];
}

function renderEarly({ definition, role, isProbed }: EarlyContainer, snapshot: Snapshot): PodContainer {
  const container = renderContainer(definition, snapshot);
  if (role === 'init') return container;
  const startupProbe = isProbed ? renderStartupProbe(definition) : undefined;
  return { ...container, restartPolicy: 'Always', ...defined('startupProbe', startupProbe) };
}

/** Kubernetes expands `$(NAME)` and reads `$$` as `$` in these texts; ECS does neither, so both are escaped. */
function verbatim(text: string): string {
  return text.replace(/\$(?=[$(])/g, '$$$$');
}

/**
 * CPU is a request only (ECS CPU units are shares, not a ceiling) and memory is a limit (ECS `memory` is hard). On
 * Fargate both are requests and limits alike, since Fargate sizes and bills by them.
 */
function renderResources(
  definition: ContainerDefinition,
  launchType: Snapshot['launchType'],
): NonNullable<PodContainer['resources']> {
  const { cpu, memory, memoryReservation } = definition;
  const requests = {
    ...defined('cpu', cpu > 0 ? `${String(Math.round((cpu * 1000) / 1024))}m` : undefined),
    ...defined(
      'memory',
      mebibytes(launchType === 'FARGATE' ? (memory ?? memoryReservation) : (memoryReservation ?? memory)),
    ),
    ...deviceResources(definition),
  };
  const limits =
    launchType === 'FARGATE' ? requests : { ...defined('memory', mebibytes(memory)), ...deviceResources(definition) };
  return { requests, limits };
}

function mebibytes(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${String(value)}Mi`;
}

function renderSecurityContext(definition: ContainerDefinition): NonNullable<PodContainer['securityContext']> {
  const [uid, gid] = definition.user?.split(':').map(Number) ?? [];
  const capabilities = definition.linuxParameters?.capabilities;
  return {
    readOnlyRootFilesystem: definition.readonlyRootFilesystem,
    privileged: definition.privileged,
    ...defined('runAsUser', uid),
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

/**
 * A readiness probe, never a liveness probe: ECS does not restart an unhealthy container, the service replaces its
 * task. The first check comes one interval after the start, as with Docker.
 */
function renderProbe({ healthCheck, essential }: ContainerDefinition): PodContainer['readinessProbe'] {
  if (!healthCheck || !essential) return undefined;
  return { ...renderCheck(healthCheck), failureThreshold: healthCheck.retries };
}

/** Longer than any task lives: without startTimeout, ECS waits for ever. */
const endlessly = 2 ** 31 - 1;

/** Gives up with the last check that begins within startTimeout. */
function renderStartupProbe({ healthCheck, startTimeout }: ContainerDefinition): PodContainer['startupProbe'] {
  if (!healthCheck) return undefined;
  const failureThreshold = startTimeout === undefined ? endlessly : Math.floor(startTimeout / healthCheck.interval);
  return { ...renderCheck(healthCheck), failureThreshold };
}

function renderCheck({
  command: [form, ...words],
  interval,
  timeout,
}: NonNullable<ContainerDefinition['healthCheck']>): NonNullable<PodContainer['readinessProbe']> {
  return {
    exec: { command: [...(form === 'CMD-SHELL' ? ['/bin/sh', '-c'] : []), ...words.map(verbatim)] },
    initialDelaySeconds: interval,
    periodSeconds: interval,
    timeoutSeconds: timeout,
    successThreshold: 1,
  };
}

/** `{[name]: value}`, or nothing at all when the value is undefined. */
function defined<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: V });
}
