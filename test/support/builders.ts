import {
  containerDefinition as containerSchema,
  type ContainerDefinition,
} from '../../src/api/container-definition.ts';
import { apiVersion, type NodeView, type ObjectMeta, type Pod } from '../../src/api/meta.ts';
import { serviceKind, type Service, type ServiceSpec } from '../../src/api/service.ts';
import type { ServiceStatus } from '../../src/api/service-status.ts';
import {
  taskDefinitionKind,
  type TaskDefinition,
  type TaskDefinitionSpec,
  type TaskDefinitionStatus,
} from '../../src/api/task-definition.ts';
import { instantOf, type Instant } from '../../src/base/clock.ts';
import type { CapacityRequest, CapacityResolution } from '../../src/core/capacity/resolve.ts';
import { deploymentHash, type DeploymentRecord } from '../../src/core/service/deployment.ts';
import { askedOf } from '../../src/core/placement/kube-scheduler/asked.ts';
import { knownNodesOf } from '../../src/core/placement/known-nodes.ts';
import type { KnownNodes } from '../../src/core/placement/query/node-affinity/literal.ts';
import { serviceGroup } from '../../src/core/placement/task-group.ts';
import { placementOf, type PlacementTerms } from '../../src/core/placement/terms.ts';
import type { NewTask } from '../../src/core/task/pod/new-task.ts';
import { renderPod } from '../../src/core/task/pod/pod.ts';
import type { Snapshot } from '../../src/core/task/snapshot.ts';
import type { TaskView } from '../../src/core/task/view.ts';
import { contentHashOf } from '../../src/core/task-definition/plan.ts';
import type { RevisionRecord } from '../../src/core/task-definition/resolve.ts';

/**
 * Objects as the operator finds them, with defaults for everything a test does not care about. All are frozen through
 * and through: who changes what the stores hand out fails here.
 */

/** The beginning of time in tests. */
const beginning = Date.parse('2026-01-01T12:00:00Z');

/** The instant so many seconds after the beginning. */
export function instant(seconds = 0): Instant {
  return instantOf(beginning + seconds * 1000);
}

/** RFC 3339 of the time so many seconds after the beginning. */
export function iso(seconds = 0): string {
  return instant(seconds).iso;
}

/** Epoch ms so many seconds after the beginning. */
export function ms(seconds = 0): number {
  return instant(seconds).epochMs;
}

/** `value`, made unchangeable at every depth. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

type Metadata = Partial<ObjectMeta>;

function metadata(name: string, overrides: Metadata = {}): ObjectMeta {
  return {
    name,
    namespace: 'shop',
    uid: `uid-of-${overrides.name ?? name}`,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: iso(),
    ...overrides,
  };
}

/** What a user may write of `deploymentConfiguration`. */
export type DeploymentConfigurationInput = Partial<ServiceSpec['deploymentConfiguration']>;

/** What a user may write of a service: the API server fills in the defaults. */
export type ServiceInput = Partial<Omit<ServiceSpec, 'deploymentConfiguration'>> & {
  readonly deploymentConfiguration?: DeploymentConfigurationInput;
};

/** The service `web` of task definition `web`. */
export function service(
  spec: ServiceInput = {},
  rest: { readonly status?: ServiceStatus | undefined; readonly metadata?: Metadata } = {},
): Service {
  return deepFreeze({
    apiVersion,
    kind: serviceKind.kind,
    metadata: metadata('web', rest.metadata),
    spec: serviceKind.spec.parse({ taskDefinition: 'web', ...spec }) as ServiceSpec,
    ...(rest.status && { status: rest.status }),
  });
}

/** An essential container without a health check. */
export function containerDefinition(overrides: Partial<ContainerDefinition> = {}): ContainerDefinition {
  return deepFreeze(containerSchema.parse({ name: 'app', image: 'shop/web:1', memory: 128, ...overrides }));
}

/** A definition with health check, at the schema's timings. */
export const healthCheck = deepFreeze({
  command: ['CMD', 'true'],
  interval: 30,
  timeout: 5,
  retries: 3,
  startPeriod: 0,
});

/** What a revision holds. */
export function content(...containers: readonly ContainerDefinition[]): TaskDefinitionSpec {
  const containerDefinitions = containers.length > 0 ? containers : [containerDefinition()];
  return deepFreeze({ networkMode: 'awsvpc', containerDefinitions: [...containerDefinitions] });
}

/** The task definition `web`. */
export function taskDefinition(
  spec: Partial<TaskDefinitionSpec> = {},
  rest: { readonly status?: TaskDefinitionStatus; readonly metadata?: Metadata } = {},
): TaskDefinition {
  return deepFreeze({
    apiVersion,
    kind: taskDefinitionKind.kind,
    metadata: metadata('web', rest.metadata),
    spec: taskDefinitionKind.spec.parse({ ...content(), ...spec }) as TaskDefinitionSpec,
    ...(rest.status && { status: rest.status }),
  });
}

/** Revision 1 of `web`. */
export function revisionRecord(overrides: Partial<RevisionRecord> = {}): RevisionRecord {
  const { family = 'web', number = 1, content: held = content() } = overrides;
  const name = `${family}.${String(number)}`;
  const own = { name, uid: `uid-of-${name}`, family, number, registeredAt: iso(), content: held };
  return deepFreeze({ ...own, hash: contentHashOf(held), ...overrides });
}

/** What `web:1` starts tasks from, with volumes where it has some that are configured at launch. */
export function snapshot(overrides: Partial<Snapshot> = {}): Snapshot {
  const { content: held = content() } = overrides;
  const open = held.volumes?.filter(({ configuredAtLaunch }) => configuredAtLaunch) ?? [];
  const launchVolumes = open.map(({ name }) => ({ name, sizeInGiB: 10, storageClassName: 'gp3' }));
  return deepFreeze({
    taskDefinition: 'web:1',
    launchType: 'EC2',
    content: held,
    ...(open.length > 0 && { launchVolumes }),
    ...overrides,
  });
}

/** A deployment; its digits are its sequence unless said otherwise. */
export function deploymentRecord(overrides: Partial<DeploymentRecord> = {}): DeploymentRecord {
  const { sequence = 1, snapshot: deployed = snapshot() } = overrides;
  const { digits = `100000000000000000${String(sequence)}` } = overrides;
  const own = { name: `ecs-svc-${digits}`, uid: `uid-of-${digits}`, digits, sequence, resourceVersion: '1' };
  return deepFreeze({
    ...own,
    createdAt: iso(),
    snapshot: deployed,
    hash: deploymentHash(deployed),
    ...overrides,
  });
}

/** What a service or a task runs on that has no strategy. */
export function byLaunchType({ launchType = 'EC2' }: Pick<CapacityRequest, 'launchType'> = {}): CapacityResolution {
  return { kind: 'found', launchType, shares: [] };
}

/** Nothing said of where tasks run: the kube-scheduler places them. */
export const noTerms: PlacementTerms = deepFreeze(placementOf({}, undefined));

/** There are no nodes to know anything of. */
export const noNodes: KnownNodes = knownNodesOf([]);

/** A task about to start. */
export function newTask(overrides: Partial<NewTask> = {}): NewTask {
  const { launch = 1, deployment = deploymentRecord().digits } = overrides;
  const id = String(launch).padStart(32, '0');
  return deepFreeze({
    id,
    podName: `web-${id.slice(-12)}`,
    deployment,
    launch,
    service: { name: 'web', cluster: 'default' },
    snapshot: snapshot(),
    capacity: { launchType: overrides.snapshot?.launchType ?? 'EC2' },
    placement: noTerms,
    asked: askedOf(noTerms, content(), noNodes),
    group: serviceGroup({ name: 'web', shown: 'web' }, deployment),
    podLevelResources: true,
    ...overrides,
  });
}

/** The parts of a pod that a test decides on. */
export interface PodParts {
  readonly task?: Partial<NewTask>;
  readonly metadata?: Metadata;
  readonly spec?: Partial<NonNullable<Pod['spec']>>;
  readonly status?: Pod['status'];
}

/** The pod of a task, as the API server has it once it is created. */
export function pod({ task, metadata: meta = {}, spec, status = { phase: 'Pending' } }: PodParts = {}): Pod {
  const body = renderPod(newTask(task));
  return deepFreeze({
    ...body,
    metadata: {
      ...metadata(body.metadata.name),
      ...meta,
      labels: { ...body.metadata.labels, ...meta.labels },
      annotations: { ...body.metadata.annotations, ...meta.annotations },
    },
    spec: { ...body.spec, ...spec },
    status,
  });
}

/** The parts of a node that a test decides on. */
export interface NodeParts {
  readonly metadata?: Metadata;
  readonly spec?: NodeView['spec'];
  /** Of its condition Ready; True since the beginning unless said otherwise. */
  readonly ready?: { readonly status: string; readonly since?: number | string };
}

/** A node. */
export function node(name = 'node-1', { metadata: meta = {}, spec = {}, ready }: NodeParts = {}): NodeView {
  const { namespace: _, ...own } = metadata(name, meta);
  const { status = 'True', since = 0 } = ready ?? {};
  const lastTransitionTime = typeof since === 'number' ? iso(since) : since;
  const conditions = [{ type: 'Ready', status, reason: 'Told', message: '', lastTransitionTime }];
  return deepFreeze({ apiVersion: 'v1', kind: 'Node', metadata: own, spec, status: { conditions } });
}

/** Nodes by their names, as a world has them. */
export function nodesNamed(...nodes: readonly NodeView[]): ReadonlyMap<string, NodeView> {
  return new Map(nodes.map((each) => [each.metadata.name, each]));
}

/** A task that runs since the beginning and counts as healthy 40 seconds later. */
export function taskView(overrides: Partial<TaskView> = {}): TaskView {
  const { id = 'a' } = overrides;
  const { lastStatus = 'RUNNING' } = overrides;
  return deepFreeze({
    id,
    podName: `web-${id}`,
    podUid: `uid-of-web-${id}`,
    resourceVersion: '1',
    deployment: deploymentRecord().digits,
    launch: 1,
    launchType: 'EC2',
    node: 'node-1',
    lastStatus,
    desiredStatus: lastStatus === 'STOPPED' || lastStatus === 'STOPPING' ? 'STOPPED' : 'RUNNING',
    createdAtMs: ms(),
    ...(lastStatus === 'RUNNING' && { startedAtMs: ms(), healthyAtMs: ms(40) }),
    ...(lastStatus === 'STOPPED' && { stoppedAtMs: ms() }),
    ...overrides,
  });
}
