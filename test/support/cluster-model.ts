import assert from 'node:assert/strict';
import type { Pod } from '../../src/api/meta.ts';
import type { Task } from '../../src/api/task.ts';
import { serviceKind, type Service } from '../../src/api/service.ts';
import type { ServiceStatus } from '../../src/api/service-status.ts';
import type { TaskDefinitionSpec } from '../../src/api/task-definition.ts';
import { instantOf, type Instant } from '../../src/base/clock.ts';
import { concludeService } from '../../src/core/service/conclude.ts';
import type { DeploymentRecord, NewDeployment } from '../../src/core/service/deployment.ts';
import { violationsOf } from '../../src/core/service/invariants.ts';
import { planService } from '../../src/core/service/plan.ts';
import type { Launched, ServiceStep, ServiceWorld } from '../../src/core/service/world.ts';
import { renderPod } from '../../src/core/task/pod/pod.ts';
import { planStopped, type StoppedStep } from '../../src/core/service/stopped/plan.ts';
import type { DepartedPod, StoppedWorld } from '../../src/core/service/stopped/world.ts';
import { describeTask } from '../../src/core/task/view.ts';
import { byLaunchType, content, deepFreeze, ms, noNodes, noTerms, service, type ServiceInput } from './builders.ts';
import { assertBoundsKept, countOf } from './bounds-kept.ts';
import { ClusterNodes, nodeLossMs } from './cluster-nodes.ts';
import type { Fate, Fortune } from './fortune.ts';
import { deleted, hasEnded, progressed } from './pod-life.ts';
import { isPodRevision, revised, type PodRevision } from './revised-pod.ts';
import { hasStoppedBefore, launchOf, stored } from './stopped.ts';

interface Outcome {
  readonly done: ServiceStep[];
  readonly failed: { readonly step: ServiceStep; readonly message: string }[];
}

/** The most that a status may weigh; how long records are kept. */
const [statusBytes, keptSeconds] = [48 * 1024, 3600];

/**
 * One service in a cluster that does to its pods what a cluster does, and the operator's reconcile against it, which
 * may fail at any write. Every write is checked against the promises: nothing is stopped below the lower bound, nothing
 * started above the upper one, nothing started twice, and what is on a lost node is not counted; nothing that lives is recorded as stopped, nothing recorded twice.
 */
export class ClusterModel {
  readonly nodes = new ClusterNodes(3);
  #nowMs = ms();
  #service = service();
  #resolution: ServiceWorld['resolution'] = { kind: 'found', taskDefinition: 'web:1', content: content() };
  #revision = 1;
  #clusterExists = true;
  #uids = 0;
  readonly #pods = new Map<string, Pod>();
  readonly #deployments = new Map<string, DeploymentRecord>();
  /** Ids of the tasks that the operator knew of when it wrote their deployments down: these it may not start again. */
  readonly #remembered = new Set<string>();
  /** Steps that are on their way. */
  #late: ServiceStep[] = [];
  readonly #records = new Map<string, Task>();
  /** Names of all the pods there have been, and of those that went while no operator saw it and remembered. */
  readonly #begun = new Set<string>();
  readonly #unseen = new Set<string>();
  /** What the operator remembers, until it dies. */
  #departed: DepartedPod[] = [];
  readonly #reasons = new Map<string, string>();
  #watchedSinceMs = 0;

  get now(): Instant {
    return instantOf(this.#nowMs);
  }

  get service(): Service {
    return this.#service;
  }
  get status(): ServiceStatus {
    return this.#service.status ?? {};
  }
  get records(): readonly Task[] {
    return [...this.#records.values()];
  }

  get pods(): readonly Pod[] {
    return [...this.#pods.values()];
  }

  /** The user changes the spec. */
  change(spec: ServiceInput): void {
    const generation = (this.#service.metadata.generation ?? 0) + 1;
    const merged = { ...this.#service.spec, ...spec };
    this.#service = service(merged, { status: this.#service.status, metadata: { generation } });
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
    for (const step of arrived) this.#perform(step);
  }

  wait(milliseconds: number): void {
    this.#nowMs += milliseconds;
  }

  /** Something happens to one pod, if there is any; nothing does to one whose node is silent. */
  befall(which: number, happen: (pod: Pod) => Pod | undefined): void {
    const pod = this.pods[which % Math.max(1, this.#pods.size)];
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
    return isWaiting || !this.nodes.isHeard(pod) ? pod : progressed(pod, node ?? '', this.now.iso);
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
      deployments: [...this.#deployments.values()],
      tasks: this.pods.map(describeTask),
      nodes: this.nodes.views,
      nodeLossMs,
      gone: this.#gone(),
    });
  }

  #gone(): Launched[] {
    return [...this.#departed.map(({ pod }) => describeTask(pod)), ...this.records.map(launchOf)];
  }

  observeStopped(): StoppedWorld {
    return deepFreeze({
      now: this.now,
      service: this.#service,
      deployments: [...this.#deployments.values()],
      pods: this.pods.filter(hasEnded).map((pod) => ({ pod, reason: this.#reasons.get(pod.metadata.uid) })),
      departed: this.#departed,
      nodes: this.nodes.views,
      records: this.records,
      services: 1,
      known: [...this.pods.map(describeTask), ...this.#gone()],
      keptSeconds,
      watchedSinceMs: this.#watchedSinceMs,
    });
  }

  /** One look at what has stopped, which may end after so many steps. Returns whether it did anything. */
  tidy(crashAfter?: number): { readonly idle: boolean; readonly wakeAtMs?: number } {
    const plan = deepFreeze(planStopped(this.observeStopped()));
    for (const step of plan.steps.slice(0, crashAfter)) this.#tidyUp(step);
    if (crashAfter !== undefined) this.#die();
    return { idle: plan.steps.length === 0, ...plan };
  }

  #tidyUp(step: StoppedStep): void {
    switch (step.kind) {
      case 'recordTask': {
        const { name } = step.record.metadata;
        const pod = this.#pods.get(name);
        assert(!pod || hasEnded(pod), `task ${name} is recorded while it lives`);
        assert(this.#begun.has(name), `task ${name} is recorded, which has never been`);
        const isUnknown = step.record.spec.kubernetes.record.podUid === undefined;
        assert(!isUnknown || this.#unseen.has(name), `task ${name} is recorded as lost, but was seen to go`);
        if (!this.#records.has(name)) this.#records.set(name, stored(step.record, { creationTimestamp: this.now.iso }));
        break;
      }
      case 'removePod': {
        const { name, uid } = step.pod.metadata;
        assert(
          this.#records.has(name) || hasStoppedBefore(step.pod, this.#nowMs - keptSeconds * 1000),
          `the pod of ${name} is removed without a record`,
        );
        this.#delete({ podName: name, podUid: uid });
        break;
      }
      case 'forgetRecord':
        this.#records.delete(step.task.metadata.name);
    }
  }

  /** What it remembers is lost; the next operator begins to watch now. */
  #die(): void {
    for (const { pod } of this.#departed) this.#unseen.add(pod.metadata.name);
    this.#departed = [];
    this.#reasons.clear();
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

  /**
   * The user and the fates rest, the pods come up: reconciles on changes and at `wakeAtMs` only, until nothing is left
   * to do but to wait for the next repeated event. Fails when that takes more rounds than `limit`.
   */
  settle(limit: number): void {
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

  #isConcluded(): boolean {
    const { conditions = [] } = this.status;
    return conditions.some(({ type, status }) => status === 'True' && /^(Ready|Stalled)$/.test(type));
  }

  /** Does the step and holds it against the promises. Returns false when the API server refuses it as out of date. */
  #perform(step: ServiceStep): boolean {
    const before = countOf(this.pods, this.nodes, this.#nowMs);
    const succeeded = this.#write(step);
    assertBoundsKept(this.#service, step.kind, [before, countOf(this.pods, this.nodes, this.#nowMs)]);
    return succeeded;
  }

  #write(step: ServiceStep): boolean {
    if (isPodRevision(step)) return this.#revisePod(step);
    switch (step.kind) {
      case 'createDeployment':
        return this.#createDeployment(step.deployment);
      case 'promoteDeployment':
        return this.#revise(step.deployment, { sequence: step.sequence });
      case 'recordOutcome':
        return this.#revise(step.deployment, { outcome: step.outcome });
      case 'forgetDeployment':
        this.#deployments.delete(step.deployment.name);
        return true;
      case 'startTask':
        return this.#start(step.task);
      case 'stopTask':
        this.#reasons.set(step.task.podUid, step.reason);
        return this.#delete(step.task);
    }
  }

  // A name that is taken is the same deployment, made by an earlier attempt.
  #createDeployment(deployment: NewDeployment): boolean {
    if (this.#deployments.has(deployment.name)) return true;
    const made = { uid: this.#newUid(), createdAt: this.now.iso, resourceVersion: '1' };
    this.#deployments.set(deployment.name, deepFreeze(structuredClone({ ...deployment, ...made })));
    return true;
  }

  /** Only its number and its annotations ever change. */
  #revise({ name, resourceVersion }: DeploymentRecord, change: Partial<DeploymentRecord>): boolean {
    const record = this.#deployments.get(name);
    if (record?.resourceVersion !== resourceVersion) return false;
    this.#deployments.set(name, deepFreeze({ ...record, ...change, resourceVersion: `${resourceVersion}1` }));
    return true;
  }

  #start(task: Extract<ServiceStep, { kind: 'startTask' }>['task']): boolean {
    if (this.#pods.has(task.podName)) return true;
    assert(!this.#remembered.has(task.id), `task ${task.id} (launch ${String(task.launch)}) is started twice`);
    assert(!this.#records.has(task.podName), `task ${task.id} is started though it is recorded as stopped`);
    const body = structuredClone(renderPod(task));
    const uid = this.#newUid();
    this.#begun.add(task.podName);
    const metadata = { ...body.metadata, uid, resourceVersion: '1', creationTimestamp: this.now.iso };
    this.#pods.set(task.podName, deepFreeze({ ...body, metadata, status: { phase: 'Pending' } }));
    return true;
  }

  #delete({ podName, podUid }: { readonly podName: string; readonly podUid: string }): boolean {
    const pod = this.#pods.get(podName);
    if (pod?.metadata.uid === podUid) this.#replace(pod, deleted(pod, this.now.iso));
    return true;
  }

  #revisePod(step: PodRevision): boolean {
    const pod = this.#pods.get(step.task.podName);
    if (pod?.metadata.resourceVersion !== step.task.resourceVersion) return false;
    return this.#replace(pod, revised(pod, step));
  }

  /** Returns whether anything changed. */
  #replace(pod: Pod, next: Pod | undefined): boolean {
    if (next === pod) return false;
    if (!next) {
      this.#departed = [...this.#departed, { pod, atMs: this.#nowMs, reason: this.#reasons.get(pod.metadata.uid) }];
      return this.#pods.delete(pod.metadata.name);
    }
    const resourceVersion = String(Number(pod.metadata.resourceVersion) + 1);
    this.#pods.set(pod.metadata.name, deepFreeze({ ...next, metadata: { ...next.metadata, resourceVersion } }));
    return true;
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

  #newUid(): string {
    return `uid-${String(++this.#uids)}`;
  }
}
