import { annotations, labels, managedBy } from '../../../api/labels.ts';
import type { Pod } from '../../../api/meta.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import { dnsName } from '../../../base/dns-name.ts';
import { providerAnnotations, providerLabels } from './capacity.ts';
import { claimsOf } from './claims.ts';
import { bindingOf } from './binding.ts';
import { daemonsetPod } from './daemon.ts';
import { renderContainer, renderEarly } from './container.ts';
import { safeToEvict } from './eviction.ts';
import { taskContainersOf } from '../containers.ts';
import { renderOverlay } from './overlay.ts';
import { secretStoreVolumes } from './secret-store.ts';
import { renderPullSecrets } from './secrets.ts';
import type { PodBody } from './body.ts';
import { groupLabel } from '../../placement/task-group.ts';
import { isPlacedByUs, operatorPlacementNotes } from './operator-placement.ts';
import type { NewTask } from './new-task.ts';
import { renderPlacement } from './placement.ts';
import { memoryVolumes } from './memory-volumes.ts';
import { podNotes } from './notes.ts';
import { renderPodResources } from './resources.ts';
import { readinessGates, routingLabels, routingNotes, withRoutedPorts } from './routing.ts';
import { podSettings } from './settings.ts';
import type { Snapshot } from '../snapshot.ts';
import { compileStartOrder } from '../start-order/compile.ts';
import type { StartOrder } from '../start-order/order.ts';
import { gracePeriodOf } from './stop-timeout.ts';
import { renderVolumes, withEphemeralStorage } from './volumes.ts';

/**
 * The pod of a task. Mapping: ecs-operator's `ECSTaskDefinition` reference; what ECS leaves open takes the safe value
 * (no service-account token, no service links). `restartPolicy` is Never because an ECS task never restarts in place.
 */
export function renderPod(task: NewTask): PodBody {
  const { content } = task.snapshot;
  const definitions = content.containerDefinitions;
  const volumes = [
    ...(renderVolumes(task.snapshot).volumes ?? []),
    ...memoryVolumes(definitions),
    ...secretStoreVolumes(content),
  ];
  const order = startOrderOf(task.snapshot);
  const { launchType } = task.capacity;
  const claims = claimsOf({ content, launchType, order, podLevelResources: task.podLevelResources });
  const containers = order.together
    .map((definition) => renderContainer(definition, content, claims))
    .map((each) => withRoutedPorts(each, task.routing?.ports));
  const initContainers = order.early
    .map((each) => renderEarly(each, content, claims))
    .map((each) => withRoutedPorts(each, task.routing?.ports));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: task.podName,
      labels: { ...content.kubernetes?.podOverlay?.labels, ...podLabels(task) },
      annotations: podAnnotations(task),
    },
    spec: {
      restartPolicy: 'Never',
      ...podSpecSettings(content),
      ...renderPlacement(task),
      enableServiceLinks: false,
      terminationGracePeriodSeconds: gracePeriodOf(definitions),
      ...renderPullSecrets(content),
      ...(volumes.length > 0 && { volumes }),
      ...(task.routing && readinessGates(task.routing)),
      ...(claims.pod && { resources: renderPodResources(claims.pod) }),
      ...(initContainers.length > 0 && { initContainers }),
      containers: [...withEphemeralStorage(containers, content.ephemeralStorage)],
    },
  };
}

/** On ECS the container runtime's own profile holds unless a container is without one; a pod has none unless it asks. */
const dockersDefault = { seccompProfile: { type: 'RuntimeDefault' } };

/** The settings of the definition and of its `kubernetes` block, which may both have node selectors and sysctls or groups. */
function podSpecSettings(content: TaskDefinitionSpec): Partial<NonNullable<Pod['spec']>> {
  const [overlay, settings] = [renderOverlay(content.kubernetes), podSettings(content)];
  const nodeSelector = { ...overlay.nodeSelector, ...settings.nodeSelector };
  const securityContext = { ...dockersDefault, ...overlay.securityContext, ...settings.securityContext };
  return {
    ...overlay,
    ...settings,
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    securityContext,
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
    [labels.group]: groupLabel(task.group.name),
    [labels.family]: dnsName(family),
    [labels.revision]: revision,
    [labels.launchType]: task.capacity.launchType,
    ...providerLabels(task.capacity),
    ...routingLabels(task.routing),
  };
}

/** A node may go with the task on it, which its service starts elsewhere; who knows better says so in the pod overlay. */
function podAnnotations(task: NewTask): Record<string, string> {
  const { launch, capacity } = task;
  const isDaemon = task.placement.mode === 'daemon';
  const { content, taskDefinition } = task.snapshot;
  return {
    ...(capacity.launchType === 'EC2' && !isDaemon && { [safeToEvict]: 'true' }),
    ...content.kubernetes?.podOverlay?.annotations,
    ...(isDaemon && { [daemonsetPod]: 'true' }),
    [annotations.launch]: String(launch),
    [annotations.binding]: bindingOf(task),
    [annotations.taskDefinition]: taskDefinition,
    [annotations.containers]: JSON.stringify(taskContainersOf(content.containerDefinitions)),
    ...providerAnnotations(capacity),
    ...(isPlacedByUs(task) && operatorPlacementNotes(task)),
    ...(task.routing && routingNotes(task.routing)),
    ...podNotes(content),
  };
}
