import { apiVersion, type ObjectMeta, type Pod } from '../../src/api/meta.ts';
import { taskKind, type Task, type TaskSpec, type TaskStatus } from '../../src/api/task.ts';
import { askedOf } from '../../src/core/placement/kube-scheduler/asked.ts';
import { standaloneGroup } from '../../src/core/placement/task-group.ts';
import { podNameOf, standaloneTaskIdOf } from '../../src/core/task/identity.ts';
import { launchGate, renderStandalonePod, type NewStandaloneTask } from '../../src/core/task/standalone/pod.ts';
import type { LaunchRecord, TaskWorld } from '../../src/core/task/standalone/world.ts';
import { content, deepFreeze, instant, iso, noNodes, noTerms, snapshot } from './builders.ts';

/** Standalone tasks as the operator finds them, with defaults for everything a test does not care about. */

/** What a user may write of a task: the API server fills in the defaults. */
export type TaskInput = Readonly<Record<string, unknown>>;

/** The task `job` of task definition `web`. */
export function task(
  spec: TaskInput = {},
  rest: { readonly status?: TaskStatus | undefined; readonly metadata?: Partial<ObjectMeta> } = {},
): Task {
  const metadata = {
    name: 'job',
    namespace: 'shop',
    uid: 'uid-of-job',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: iso(),
    ...rest.metadata,
  };
  return deepFreeze({
    apiVersion,
    kind: taskKind.kind,
    metadata,
    spec: taskKind.spec.parse({ taskDefinition: 'web', ...spec }) as TaskSpec,
    ...(rest.status && { status: rest.status }),
  });
}

export const taskId = standaloneTaskIdOf('uid-of-job');
export const podName = podNameOf('job', taskId);

/** What `job` is made from. */
export function newStandaloneTask(overrides: Partial<NewStandaloneTask> = {}): NewStandaloneTask {
  return deepFreeze({
    id: taskId,
    podName,
    name: 'job',
    cluster: 'default',
    snapshot: snapshot(),
    placement: noTerms,
    asked: askedOf(noTerms, content(), noNodes),
    group: standaloneGroup('family:web', 'default'),
    podLevelResources: true,
    ...overrides,
  });
}

/** What owns the pod and the record of `job`. */
export const taskOwner = {
  apiVersion,
  kind: 'ECSTask',
  name: 'job',
  uid: 'uid-of-job',
  controller: true,
  blockOwnerDeletion: true,
};

export interface TaskPodParts {
  readonly task?: Partial<NewStandaloneTask>;
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec?: Partial<NonNullable<Pod['spec']>>;
  readonly status?: Pod['status'];
}

/** The pod of `job` once it is let start. */
export function taskPod({ task: made, metadata = {}, spec, status = { phase: 'Pending' } }: TaskPodParts = {}): Pod {
  const body = renderStandalonePod(newStandaloneTask(made));
  return deepFreeze({
    ...body,
    metadata: {
      uid: 'uid-of-pod',
      namespace: 'shop',
      resourceVersion: '1',
      creationTimestamp: iso(),
      ownerReferences: [taskOwner],
      ...body.metadata,
      ...metadata,
      labels: { ...body.metadata.labels, ...metadata.labels },
      annotations: { ...body.metadata.annotations, ...metadata.annotations },
    },
    spec: { ...body.spec, schedulingGates: [], ...spec },
    status,
  });
}

export const gated = { schedulingGates: [{ name: launchGate }] };

/** The launch of that pod. */
export function launchRecord(overrides: Partial<LaunchRecord> = {}): LaunchRecord {
  return deepFreeze({ name: podName, podUid: 'uid-of-pod', taskDefinition: 'web:1', ...overrides });
}

/** A task that may begin, 100 seconds after the beginning. */
export function taskWorld(overrides: Partial<TaskWorld> = {}): TaskWorld {
  return deepFreeze({
    now: instant(100),
    task: task(),
    cluster: 'default',
    resolution: { kind: 'found', taskDefinition: 'web:1', content: content() },
    placement: noTerms,
    knownNodes: noNodes,
    podLevelResources: true,
    record: undefined,
    pods: [],
    ...overrides,
  });
}
