import assert from 'node:assert/strict';
import type { Pod } from '../../src/api/meta.ts';
import type { Task, TaskContainerStatus, TaskStatus } from '../../src/api/task.ts';
import type { TaskDefinitionSpec } from '../../src/api/task-definition.ts';
import { instantOf } from '../../src/base/clock.ts';
import { concludeTask } from '../../src/core/task/standalone/conclude.ts';
import { endBody } from '../../src/controllers/bodies.ts';
import type { PodBody } from '../../src/core/task/pod/body.ts';
import { planTask } from '../../src/core/task/standalone/plan.ts';
import { isGated, renderStandalonePod } from '../../src/core/task/standalone/pod.ts';
import { statusOrder } from '../../src/core/task/standalone/advance.ts';
import type { LaunchRecord, TaskStep } from '../../src/core/task/standalone/world.ts';
import { describeTask } from '../../src/core/task/view.ts';
import type { Fate, Fortune } from './fortune.ts';
import { content, deepFreeze, ms } from './builders.ts';
import { deleted, exited, progressed, stuck } from './pod-life.ts';
import { task as builtTask, taskOwner, taskWorld, type TaskInput } from './standalone.ts';

/** What a look may be behind: how many changes ago the pods, and the record, were as it sees them. */
export interface Lag {
  readonly pods: number;
  readonly record: number;
}

/**
 * One ECSTask in a cluster, and the operator's reconcile against it, which may fail at any write, die between any two,
 * and see pods and record as they were. What the API server promises holds: a name is taken once, a record never
 * changes, a patch of an old version is refused. Each start and each status is checked.
 */
export class TaskModel {
  readonly #content: TaskDefinitionSpec;
  readonly #isInjected: boolean;
  #nowMs = ms();
  #task: Task = builtTask();
  #uids = 0;
  #versions = 0;
  #pod: Pod | undefined;
  #record: LaunchRecord | undefined;
  readonly #podsBefore: (Pod | undefined)[] = [undefined];
  readonly #recordsBefore: (LaunchRecord | undefined)[] = [undefined];
  /** uids of the pods that were let start. */
  readonly started = new Set<string>();

  /** @param isInjected whether somebody adds an init container and a sidecar to every pod. */
  constructor(definition: TaskDefinitionSpec = content(), isInjected = false) {
    this.#content = definition;
    this.#isInjected = isInjected;
  }

  get status(): TaskStatus {
    return this.#task.status ?? {};
  }

  get pod(): Pod | undefined {
    return this.#pod;
  }

  change(spec: TaskInput): void {
    this.#task = builtTask({ ...this.#task.spec, ...spec }, { status: this.#task.status });
  }

  loseStatus(): void {
    this.#task = builtTask(this.#task.spec);
  }

  /** By somebody who has no business with it. */
  loseRecord(): void {
    this.#setRecord(undefined);
  }

  wait(milliseconds: number): void {
    this.#nowMs += milliseconds;
  }

  /** The pod goes one stage further, unless a gate keeps it. */
  progress(): void {
    if (!this.#pod) return;
    const isHeld = isGated(this.#pod) && this.#pod.metadata.deletionTimestamp === undefined;
    if (!isHeld) this.#setPod(progressed(this.#pod, 'node-1', instantOf(this.#nowMs).iso));
  }

  /** The image of the next container to start is not there. */
  stick(): void {
    if (this.#pod && !isGated(this.#pod)) this.#setPod(stuck(this.#pod));
  }

  exit(container: number, code: number): void {
    if (this.#pod) this.#setPod(exited(this.#pod, container, { code, at: instantOf(this.#nowMs).iso }));
  }

  /** Somebody deletes the pod. */
  deletePod(): void {
    if (this.#pod) this.#setPod(deleted(this.#pod, instantOf(this.#nowMs).iso));
  }

  /** The pod goes without a word, as with a node that is taken away. */
  vanish(): void {
    this.#setPod(undefined);
  }

  reconcile({ fates = [], crashAfter }: Partial<Fortune> = {}, lag: Lag = { pods: 0, record: 0 }): void {
    const now = instantOf(this.#nowMs);
    const pod = this.#podsBefore.at(-1 - lag.pods);
    const record = this.#recordsBefore.at(-1 - lag.record);
    const resolution = { kind: 'found', taskDefinition: 'web:1', content: this.#content } as const;
    const world = taskWorld({ now, task: this.#task, record, resolution, pods: pod ? [pod] : [] });
    const plan = planTask(world);
    const failed = this.#actAll(plan.steps.slice(0, crashAfter), fates);
    if (crashAfter !== undefined && crashAfter <= plan.steps.length) return;
    this.#write(concludeTask(world, plan, { failed }).status);
  }

  /** Up to the first that fails, which is returned. */
  #actAll(steps: readonly TaskStep[], fates: readonly Fate[]): { step: TaskStep; message: string }[] {
    for (const [index, step] of steps.entries()) {
      const fate = fates[index] ?? 'done';
      const isDone = fate !== 'failed' && this.#act(step);
      if (!isDone || fate === 'unknown') return [{ step, message: 'It failed.' }];
    }
    return [];
  }

  /** Whether the API server took it. */
  #act(step: TaskStep): boolean {
    switch (step.kind) {
      case 'createPod':
        return this.#create(step);
      case 'recordLaunch':
        if (!this.#record) this.#setRecord(step.record);
        return true;
      case 'releasePod':
        return this.#release(step.pod);
      case 'endPod':
        return this.#end(step);
      case 'deletePod':
        if (step.pod.metadata.uid === this.#pod?.metadata.uid) this.deletePod();
        return true;
      case 'deleteTask':
        return true;
    }
  }

  #create(step: Extract<TaskStep, { kind: 'createPod' }>): boolean {
    if (this.#pod) return true;
    const body = renderStandalonePod(step.task);
    const metadata = {
      ...body.metadata,
      uid: `pod-${String(++this.#uids)}`,
      namespace: 'shop',
      resourceVersion: '0',
      creationTimestamp: instantOf(this.#nowMs).iso,
      ownerReferences: [taskOwner],
    };
    const spec = this.#isInjected ? withInjected(body.spec) : body.spec;
    const pod = { ...body, spec, metadata, status: { phase: 'Pending' } };
    assert.ok(isGated(pod), 'a pod was made that starts by itself');
    this.#setPod(pod);
    return true;
  }

  #release(seen: { readonly metadata: { readonly uid: string; readonly resourceVersion: string } }): boolean {
    const pod = this.#pod;
    if (!pod || pod.metadata.resourceVersion !== seen.metadata.resourceVersion) return false;
    this.started.add(pod.metadata.uid);
    assert.ok(this.started.size <= 1, 'a second pod was let start');
    this.#setPod({ ...pod, spec: { containers: [], ...pod.spec, schedulingGates: [] } });
    return true;
  }

  #end({ pod: seen, end }: Extract<TaskStep, { kind: 'endPod' }>): boolean {
    const pod = this.#pod;
    if (!pod || pod.metadata.resourceVersion !== seen.metadata.resourceVersion) return false;
    const body = endBody(seen.metadata, end) as { metadata: { annotations: Record<string, string> } };
    const annotations = { ...pod.metadata.annotations, ...body.metadata.annotations };
    const spec = { containers: [], ...pod.spec, activeDeadlineSeconds: 1 };
    this.#setPod({ ...pod, metadata: { ...pod.metadata, annotations }, spec });
    return true;
  }

  #write(next: TaskStatus): void {
    const before = this.status;
    const place = (status: TaskStatus): number => statusOrder.indexOf(status.lastStatus ?? 'PROVISIONING');
    assert.ok(place(next) >= place(before), `${String(before.lastStatus)} went back to ${String(next.lastStatus)}`);
    if (before.lastStatus === 'STOPPED') {
      const { conditions: _a, observedGeneration: _b, ...final } = before;
      const { conditions: _c, observedGeneration: _d, ...after } = next;
      assert.deepEqual(after, final, 'STOPPED is final');
    }
    for (const container of before.containers ?? []) this.#assertForward(container, next);
    if (before.taskDefinition !== undefined) assert.equal(next.taskDefinition, before.taskDefinition);
    assert.ok((next.version ?? 0) >= (before.version ?? 0));
    this.#task = builtTask(this.#task.spec, { status: deepFreeze(next) });
  }

  #assertForward(before: TaskContainerStatus, { containers = [] }: TaskStatus): void {
    const order = ['PENDING', 'RUNNING', 'STOPPED'];
    const after = containers.find(({ name }) => name === before.name);
    assert.ok(after, `${before.name} is not told of any more`);
    assert.ok(order.indexOf(after.lastStatus) >= order.indexOf(before.lastStatus), `${before.name} went back`);
    if (before.lastStatus === 'STOPPED') assert.deepEqual(after, before, 'STOPPED is final');
  }

  #setPod(pod: Pod | undefined): void {
    if (pod === this.#pod) return;
    // Also for those who remember nothing, as the planner of a service.
    if (pod && this.#pod) assert.ok(placeOf(pod) >= placeOf(this.#pod), 'the task that the pod is went back');
    const metadata = pod && { ...pod.metadata, resourceVersion: String(++this.#versions) };
    this.#pod = pod && metadata && deepFreeze({ ...pod, metadata });
    this.#podsBefore.push(this.#pod);
  }

  #setRecord(record: LaunchRecord | undefined): void {
    this.#record = record;
    this.#recordsBefore.push(record);
  }
}

function placeOf(pod: Pod): number {
  return statusOrder.indexOf(describeTask(pod).lastStatus);
}

/** As a service mesh does it. */
function withInjected(spec: PodBody['spec']): PodBody['spec'] {
  const init = { name: 'istio-init', image: 'istio/init:1' };
  return {
    ...spec,
    initContainers: [init, ...(spec.initContainers ?? [])],
    containers: [{ name: 'envoy', image: 'istio/envoy:1' }, ...spec.containers],
  };
}
