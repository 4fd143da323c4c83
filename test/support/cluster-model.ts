import assert from 'node:assert/strict';
import type { Pod } from '../../src/api/meta.ts';
import type { Task } from '../../src/api/task.ts';
import { annotations } from '../../src/api/labels.ts';
import { serviceKind, type Service } from '../../src/api/service.ts';
import type { ServiceStatus } from '../../src/api/service-status.ts';
import type { TaskDefinitionSpec } from '../../src/api/task-definition.ts';
import { instantOf, type Instant } from '../../src/base/clock.ts';
import { concludeService } from '../../src/core/service/conclude.ts';
import type { DeploymentRecord } from '../../src/core/service/deployment.ts';
import { violationsOf } from '../../src/core/service/invariants.ts';
import { planService } from '../../src/core/service/plan.ts';
import type { Launched, ServiceStep, ServiceWorld } from '../../src/core/service/world.ts';
import { planStopped } from '../../src/core/service/stopped/plan.ts';
import type { StoppedWorld } from '../../src/core/service/stopped/world.ts';
import { describeTask } from '../../src/core/task/view.ts';
import { byLaunchType, content, deepFreeze, ms, noNodes, noTerms, service, type ServiceInput } from './builders.ts';
import { assertBoundsKept, countOf, type Count } from './bounds-kept.ts';
import { ClusterDeployments } from './cluster-model/deployments.ts';
import { flawed } from './cluster-model/flaws.ts';
import { ClusterPods } from './cluster-model/pods.ts';
import { ClusterRecords, keptSeconds } from './cluster-model/records.ts';
import { ClusterNodes, nodeLossMs } from './cluster-nodes.ts';
import type { Fate, Fortune } from './fortune.ts';
import { deleted, hasEnded, isInService, isMeantToRun, progressed } from './pod-life.ts';
import { revised, type PodRevision } from './revised-pod.ts';
import { launchOf } from './stopped.ts';

interface Outcome {
  readonly done: ServiceStep[];
  readonly failed: { readonly step: ServiceStep; readonly message: string }[];
}

/** The most that a status may weigh. */
const statusBytes = 48 * 1024;

/**
 * One service in a cluster that does to its pods what a cluster does, and the operator's reconcile against it, which
 * may fail at any write. Every write is checked against the promises: nothing is stopped below the lower bound, nothing
 * started above the upper one, nothing started twice, and what is on a lost node is not counted; nothing that lives is recorded as stopped, nothing recorded twice.
 */
export class ClusterModel {
  readonly nodes: ClusterNodes = new ClusterNodes(3);
  #nowMs = ms();
  #service = service();
  #resolution: ServiceWorld['resolution'] = { kind: 'found', taskDefinition: 'web:1', content: content() };
  #revision = 1;
  #clusterExists = true;
  #uids = 0;
  readonly #pods = new ClusterPods();
  readonly #deployments = new ClusterDeployments();
  readonly #records = new ClusterRecords(this.#pods);
  /** Ids of the tasks that the operator knew of when it wrote their deployments down: these it may not start again. */
  readonly #remembered = new Set<string>();
  /** Steps that are on their way. */
  #late: ServiceStep[] = [];
  #watchedSinceMs = 0;
  #isBroken = (_image: string): boolean => true;

  get now(): Instant {
    return instantOf(this.#nowMs);
  }

  get service(): Service {
    return this.#service;
  }

  get status(): ServiceStatus {
    return this.#service.status ?? {};
  }

  get deployments(): readonly DeploymentRecord[] {
    return this.#deployments.all;
  }

  get records(): readonly Task[] {
    return this.#records.all;
  }

  get pods(): readonly Pod[] {
    return this.#pods.all;
  }

  /** The user changes the spec. */
  change(spec: ServiceInput): void {
    const { metadata, status } = this.#service;
    const merged = { ...this.#service.spec, ...spec };
    const generation = (metadata.generation ?? 0) + 1;
    this.#service = service(merged, { status, metadata: { ...metadata, generation } });
  }

  /** The user writes, or takes away, a command that ends a deployment. */
  command(text?: string): void {
    const { spec, status, metadata } = this.#service;
    const given = text === undefined ? {} : { [annotations.stopDeployment]: text };
    this.#service = service(spec, { status, metadata: { ...metadata, annotations: given } });
  }

  /** What was wrong with images is mended, but for that one. */
  mend(except?: string): void {
    this.#isBroken = (image) => image === except;
  }

  /** The user changes the task definition: a new revision, whether its content is new or not. */
  register(next: TaskDefinitionSpec): void {
    this.#revision++;
    this.#resolution = { kind: 'found', taskDefinition: `web:${String(this.#revision)}`, content: next };
  }

  /** The user deletes the task definition. */
  deregister(): void {
    this.#resolution = { kind: 'missing', reason: 'TaskDefinitionNotFound', message: 'It is gone.' };
  }

  /** The user creates or deletes the cluster. */
  setCluster(exists: boolean): void {
    this.#clusterExists = exists;
  }

  /** The status is lost, as when an object is restored without it. */
  loseStatus(): void {
    this.#service = service(this.#service.spec, { metadata: this.#service.metadata });
    this.#remembered.clear();
  }

  /** What is on its way arrives. */
  arrive(): void {
    const arrived = this.#late;
    this.#late = [];
    for (const step of arrived) this.#perform(step, false);
  }

  wait(milliseconds: number): void {
    this.#nowMs += milliseconds;
  }

  /** The operator's watch of pods lags: it sees what it reads or writes itself, until it catches up. */
  lag(): void {
    this.#pods.lag();
  }

  catchUp(): void {
    this.#pods.catchUp(this.now.iso);
  }

  /** Something happens to one pod, if there is any; nothing does to one whose node is silent. */
  befall(which: number, happen: (pod: Pod) => Pod | undefined): void {
    const pod = this.pods[which % Math.max(1, this.pods.length)];
    if (pod && this.nodes.isHeard(pod)) this.#replace(pod, happen(pod));
  }

  /** What the node controller does to pods on silent nodes after five minutes. */
  evictUnheard(): void {
    for (const pod of this.pods) if (!this.nodes.isHeard(pod)) this.#replace(pod, deleted(pod, this.now.iso));
  }

  /** What the garbage collector does to pods on nodes that do not exist. */
  collectOrphans(): void {
    for (const pod of this.pods) {
      const { nodeName } = pod.spec ?? {};
      if (nodeName !== undefined && !this.nodes.exists(nodeName)) this.#replace(pod, undefined);
    }
  }

  /** The operator dies, and the pod goes while nobody watches. */
  vanish(which: number): void {
    this.befall(which, () => undefined);
    this.#die();
  }

  /** All nodes are there and well; what ran on one that was gone is not. */
  restoreNodes(): void {
    this.collectOrphans();
    this.nodes.restore();
  }

  /** All pods go one stage further. Returns whether any did. */
  progress(): boolean {
    const moved = this.pods.map((pod, index) => this.#replace(pod, this.stageAfter(pod, index)));
    return moved.includes(true);
  }

  stageAfter(pod: Pod, index: number): Pod | undefined {
    const node = this.nodes.placeFor(index);
    const isWaiting = pod.spec?.nodeName === undefined && node === undefined;
    if (isWaiting || !this.nodes.isHeard(pod)) return pod;
    const next = progressed(pod, node ?? '', this.now.iso);
    return this.#isBroken(pod.spec?.containers[0]?.image ?? '') ? flawed(pod, next, this.now.iso) : next;
  }

  /** Evicts the pod: a delete that is not ours. */
  evict(pod: Pod): Pod | undefined {
    return deleted(pod, this.now.iso);
  }

  observe(): ServiceWorld {
    return deepFreeze({
      now: this.now,
      service: this.#service,
      cluster: this.#clusterExists ? 'default' : undefined,
      resolution: this.#resolution,
      capacity: byLaunchType(this.#service.spec),
      lastCapacity: byLaunchType(),
      placement: noTerms,
      knownNodes: noNodes,
      podLevelResources: true,
      deployments: this.#deployments.all,
      tasks: this.#pods.seen.map(describeTask),
      nodes: this.nodes.views,
      nodeLossMs,
      gone: this.#gone(),
    });
  }

  #gone(): Launched[] {
    return [...this.#pods.departed.map(({ pod }) => describeTask(pod)), ...this.records.map(launchOf)];
  }

  observeStopped(): StoppedWorld {
    return deepFreeze({
      now: this.now,
      service: this.#service,
      deployments: this.#deployments.all,
      pods: this.#pods.seen.filter(hasEnded).map((pod) => ({ pod, reason: this.#pods.reasonOf(pod) })),
      departed: this.#pods.departed,
      nodes: this.nodes.views,
      records: this.records,
      services: 1,
      known: [...this.#pods.seen.map(describeTask), ...this.#gone()],
      keptSeconds,
      watchedSinceMs: this.#watchedSinceMs,
    });
  }

  /** One look at what has stopped, which may end after so many steps. Returns whether it did anything. */
  tidy(crashAfter?: number): { readonly idle: boolean; readonly wakeAtMs?: number } {
    const plan = deepFreeze(planStopped(this.observeStopped()));
    for (const step of plan.steps.slice(0, crashAfter)) this.#records.perform(step, this.now);
    if (crashAfter !== undefined) this.#die();
    return { idle: plan.steps.length === 0, ...plan };
  }

  /** What it remembers is lost; the next operator begins to watch now. */
  #die(): void {
    this.#pods.die(this.now.iso);
    this.#watchedSinceMs = this.#nowMs;
  }

  /** One reconcile, as the operator does it. Returns whether it did or wrote anything, and when it wants to wake. */
  reconcile({ fates, crashAfter }: Fortune = { fates: [] }): { readonly idle: boolean; readonly wakeAtMs?: number } {
    const world = this.observe();
    const plan = deepFreeze(planService(world));
    assert.deepEqual(violationsOf(world, plan.steps), []);
    const fated = plan.steps.map((step, index) => ({ step, fate: fates[index] ?? 'done' }) as const);
    this.#late.push(...fated.filter(({ fate }) => fate === 'late').map(({ step }) => step));
    const { done, failed } = this.#act(fated.slice(0, crashAfter));
    if (crashAfter !== undefined) {
      this.#die();
      return { idle: false };
    }
    const written = this.#writeStatus(concludeService(world, plan, { done, failed }).status);
    const started = done.flatMap((step) => (step.kind === 'startTask' ? [step.task] : []));
    this.#remember([...world.tasks, ...started]);
    return { idle: plan.steps.length === 0 && !written, ...plan };
  }

  #act(fated: readonly { readonly step: ServiceStep; readonly fate: Fate }[]): Outcome {
    const outcome: Outcome = { done: [], failed: [] };
    for (const { step, fate } of fated) {
      const arrives = (fate === 'done' || fate === 'unknown') && this.#perform(step);
      if (arrives && fate === 'done') outcome.done.push(step);
      else outcome.failed.push({ step, message: 'the server is out of order' });
    }
    return outcome;
  }

  /** All rest and pods come up: reconciles on changes and at `wakeAtMs`, until only repeated events are left to do. */
  settle(limit: number): void {
    this.catchUp();
    for (let round = 0; round < limit; round++) {
      const looks = [this.reconcile(), this.tidy()];
      const idle = looks.every((look) => look.idle);
      const times = looks.flatMap((look) => look.wakeAtMs ?? []);
      const wakeAtMs = times.length > 0 ? Math.min(...times) : undefined;
      const isUp = idle && !this.progress();
      if (isUp && this.#isConcluded()) return;
      if (isUp) assert(wakeAtMs !== undefined, 'nothing is under way and the operator sleeps for good');
      this.#nowMs = isUp && wakeAtMs !== undefined ? wakeAtMs : this.#nowMs + 1000;
    }
    assert.fail(`not settled after ${String(limit)} rounds: ${JSON.stringify(this.status.conditions, null, 1)}`);
  }

  /** A service that is Stalled for what has failed goes back to what it had, and looks after that. */
  #isConcluded(): boolean {
    const { conditions = [], deployments: [primary] = [] } = this.status;
    const isTold = (type: string): boolean => conditions.some((each) => each.status === 'True' && each.type === type);
    const isFor = (reason: string): boolean => conditions.some((each) => each.reason === reason);
    if (!isTold('Stalled') || isFor('DeploymentStuck')) return isTold('Ready') || isTold('Stalled');
    const isAllWell = this.pods.filter(isMeantToRun).every((pod) => isInService(pod, this.#nowMs));
    return primary?.rolloutState !== 'IN_PROGRESS' && (isAllWell || !isFor('DeploymentRolledBack'));
  }

  /**
   * Does the step and holds it against the promises. The operator is told how the pod is by now, by the answer or by a
   * read where none comes. Returns false when the API server refuses it as out of date.
   */
  #perform(step: ServiceStep, isTold = true): boolean {
    const before = this.#count();
    const succeeded = this.#write(step);
    if (isTold && succeeded && 'task' in step) this.#pods.tell(step.task.podName, this.now.iso);
    assertBoundsKept(this.#service, step.kind, [before, this.#count()]);
    return succeeded;
  }

  /** Nobody starts too many, whatever he sees; who sees late cannot know that what he stops was the last one healthy. */
  #count(): Count {
    const { live, stopping } = countOf(this.pods, this.nodes, this.#nowMs);
    return { live, stopping, healthy: countOf(this.#pods.seen, this.nodes, this.#nowMs).healthy };
  }

  #write(step: ServiceStep): boolean {
    if ('deployment' in step) return this.#writeDeployment(step);
    switch (step.kind) {
      case 'startTask':
        return this.#start(step.task);
      case 'stopTask':
        this.#pods.note(step.task.podUid, step.reason);
        this.#pods.delete(step.task, this.now.iso);
        return true;
      case 'endTask':
      case 'protectTask':
      case 'deactivateTask':
      case 'routeTask':
        return this.#revisePod(step);
    }
  }

  #writeDeployment(step: Extract<ServiceStep, { readonly deployment: object }>): boolean {
    switch (step.kind) {
      case 'createDeployment':
        return this.#deployments.create(step.deployment, this.now.iso);
      case 'promoteDeployment':
        return this.#deployments.revise(step.deployment, { sequence: step.sequence });
      case 'recordOutcome':
        return this.#deployments.revise(step.deployment, { outcome: step.outcome });
      case 'pinImages':
        return this.#deployments.revise(step.deployment, { images: step.images });
      case 'forgetDeployment':
        return this.#deployments.forget(step.deployment);
    }
  }

  #start(task: Extract<ServiceStep, { kind: 'startTask' }>['task']): boolean {
    if (this.#pods.get(task.podName)) return true;
    assert(!this.#remembered.has(task.id), `task ${task.id} (launch ${String(task.launch)}) is started twice`);
    this.#deployments.assertOpen(task.deployment);
    assert(!this.#records.has(task.podName), `task ${task.id} is started though it is recorded as stopped`);
    this.#pods.create(task, { uid: `uid-${String(++this.#uids)}`, now: this.now.iso });
    return true;
  }

  #revisePod(step: PodRevision): boolean {
    const pod = this.#pods.get(step.task.podName);
    if (pod?.metadata.resourceVersion !== step.task.resourceVersion) return false;
    return this.#replace(pod, revised(pod, step));
  }

  #replace(pod: Pod, next: Pod | undefined): boolean {
    return this.#pods.replace(pod, next, this.now.iso);
  }

  /** What the API server would take and keep. Returns whether it differs from what was there. */
  #writeStatus(status: ServiceStatus): boolean {
    const kept = JSON.parse(JSON.stringify(status)) as ServiceStatus;
    assert.deepEqual(serviceKind.status.parse(kept), kept);
    assert(JSON.stringify(kept).length < statusBytes, 'the status is too big');
    const before = JSON.stringify(this.#service.status);
    this.#service = service(this.#service.spec, { status: kept, metadata: this.#service.metadata });
    return JSON.stringify(kept) !== before;
  }

  #remember(tasks: readonly { readonly id: string; readonly deployment: string }[]): void {
    const written = new Set(this.status.deployments?.map((deployment) => deployment.id));
    for (const { id, deployment } of tasks) if (written.has(`ecs-svc/${deployment}`)) this.#remembered.add(id);
  }
}
