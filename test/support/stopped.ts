import { labels } from '../../src/api/labels.ts';
import { apiVersion, type ObjectMeta, type Pod, type PodView } from '../../src/api/meta.ts';
import { taskKind, type Task } from '../../src/api/task.ts';
import { renderRecord, type NewRecord } from '../../src/core/service/stopped/record.ts';
import { stoppedTasks } from '../../src/core/service/stopped/task.ts';
import type { Launched } from '../../src/core/service/world.ts';
import type { StoppedStep } from '../../src/core/service/stopped/plan.ts';
import type { DepartedPod, EndedPod, StoppedWorld } from '../../src/core/service/stopped/world.ts';
import {
  deepFreeze,
  deploymentRecord,
  instant,
  iso,
  ms,
  node,
  nodesNamed,
  pod,
  service,
  type PodParts,
} from './builders.ts';
import { terminated } from './container-status.ts';
import { tasks, look, serviceWorld } from './world.ts';

/** Stopped tasks of the service `web` as the operator finds them. */

/** The pod of launch `launch`, whose container exited with 1 so many seconds after the beginning. */
export function endedPod(launch: number, seconds: number, parts: PodParts = {}): Pod {
  const status = { phase: 'Failed', containerStatuses: [terminated('app', 1, seconds)] };
  return pod({ status, ...parts, task: { launch, ...parts.task } });
}

/** Pods that have ended, none of which we deleted. */
export function endedPods(...all: readonly Pod[]): EndedPod[] {
  return all.map((each) => ({ pod: each, reason: undefined }));
}

/** A pod that was seen to be gone so many seconds after the beginning. */
export function departed(last: Pod, seconds: number, reason?: string): DepartedPod {
  return deepFreeze({ pod: last, atMs: ms(seconds), reason });
}

/** A record as the API server has it. */
export function stored(record: NewRecord, metadata: Partial<ObjectMeta> = {}): Task {
  const own = { namespace: 'shop', uid: `uid-of-${record.metadata.name}`, resourceVersion: '1', generation: 1 };
  return deepFreeze({
    apiVersion,
    kind: taskKind.kind,
    metadata: { ...own, creationTimestamp: iso(), ...record.metadata, ...metadata },
    spec: taskKind.spec.parse(structuredClone(record.spec)) as Task['spec'],
  });
}

/** The record of a task that has ended, made long ago unless said otherwise. */
export function recordOf(ended: Pod, metadata: Partial<ObjectMeta> = { creationTimestamp: iso(-5000) }): Task {
  const world = stoppedWorld({ pods: endedPods(ended) });
  const [task] = stoppedTasks(world);
  if (!task) throw new Error('Nothing has stopped');
  return stored(renderRecord(task, world), metadata);
}

/** Which launch a record is of. */
export function launchOf({ metadata, spec }: Task): Launched {
  const { [labels.deployment]: deployment = '' } = metadata.labels ?? {};
  return { deployment, launch: spec.kubernetes?.record?.launch ?? 0 };
}

/** Whether a container of the pod is known to have ended, and the last one no later than then. */
export function hasStoppedBefore({ status }: PodView, epochMs: number): boolean {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  // One that has never started has no end.
  const ends = statuses.flatMap(({ state }) => state?.terminated?.finishedAt ?? []).map((text) => Date.parse(text));
  return ends.length > 0 && Math.max(...ends) <= epochMs;
}

/** A status that remembers the launches of the service's deployment up to that one, and those as open. */
export function rememberingUpTo(launch: number, open = ''): StoppedWorld['service'] {
  const [shown] = look(serviceWorld({ tasks: tasks(1) })).status.deployments ?? [];
  if (!shown) throw new Error('The status shows no deployment');
  return service({}, { status: { deployments: [{ ...shown, launched: launch, open }] } });
}

/** Nothing has stopped, 100 seconds after the beginning. */
export function stoppedWorld(overrides: Partial<StoppedWorld> = {}): StoppedWorld {
  return deepFreeze({
    now: instant(100),
    service: rememberingUpTo(1000),
    deployments: [deploymentRecord()],
    pods: [],
    departed: [],
    nodes: nodesNamed(node()),
    records: [],
    services: 1,
    known: [],
    keptSeconds: 3600,
    watchedSinceMs: ms(-1000),
    ...overrides,
  });
}

/** A step in a few words: tasks are told by their launch numbers, records of those that exist by their names. */
export function told(step: StoppedStep): string {
  switch (step.kind) {
    case 'recordTask':
      return `record ${String(step.record.spec.kubernetes.record.launch)}`;
    case 'removePod':
      return `remove ${step.pod.metadata.annotations?.['ecs-operator.dev/launch'] ?? '?'}`;
    case 'forgetRecord':
      return `forget ${step.task.metadata.name}`;
  }
}
