import { podNameOf, standaloneTaskIdOf, taskIdOf } from '../../src/core/task/identity.ts';
import type { AuditEntry } from './audit-check.ts';

const namespace = 'shop';
const serviceUid = 'service-uid';
const deployment = '1234567890123456789';
const taskUid = 'task-uid';
const taskPodName = podNameOf('job', standaloneTaskIdOf(taskUid));
const epochMs = Date.UTC(2026, 0, 1);

/** Who asks, and what comes of it; the operator, with success, when absent. */
export interface Asking {
  readonly agent?: string;
  readonly code?: number;
  /** How long the answer takes. */
  readonly tookMs?: number;
}

export const operator = 'ecs-operator/one';
export const other = 'kubectl/v1.35';

/** An audit log made by hand: each request comes 10 ms after the one before it, unless time is let pass. */
export class AuditScript {
  readonly entries: AuditEntry[] = [];
  nowMs = epochMs;

  pass(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  /** @param what such as `patch pods/status web-1`. */
  ask(what: string, requestObject?: AuditEntry['requestObject'], asking: Asking = {}): this {
    const { agent = operator, code = 200, tookMs = 2 } = asking;
    const [verb = '', place = '', name] = what.split(' ');
    const objectRef = objectRefOf(place, name);
    this.pass(10);
    this.entries.push({
      auditID: `audit-${String(this.entries.length)}`,
      stage: 'ResponseComplete',
      verb,
      userAgent: agent,
      ...(objectRef && { objectRef }),
      responseStatus: { code },
      ...(requestObject !== undefined && { requestObject }),
      requestReceivedTimestamp: microTime(this.nowMs),
      stageTimestamp: microTime(this.nowMs + tookMs),
    });
    return this;
  }

  /** A user applies the service: by default at least 2 healthy and at most 4 live tasks of 3. */
  service(desiredCount = 3, minimumHealthyPercent = 50, maximumPercent = 150): this {
    const deploymentConfiguration = { minimumHealthyPercent, maximumPercent };
    return this.ask('create ecsservices web', { spec: { desiredCount, deploymentConfiguration } }, { agent: other });
  }

  /** The operator starts tasks with these launch numbers. */
  start(launches: readonly number[], asking: Asking & PodOptions = {}): this {
    for (const launch of launches) {
      const body = podBody(launch, asking);
      this.ask(`create pods ${body.metadata?.name ?? ''}`, body, { code: 201, ...asking });
    }
    return this;
  }

  /** Its containers have started, and its health checks say that. */
  status(launches: readonly number[], ready = true): this {
    const state = { running: { startedAt: new Date(this.nowMs).toISOString() } };
    const status = { phase: 'Running', containerStatuses: [{ name: 'app', ready, state }] };
    for (const launch of launches) this.ask(`patch pods/status ${podName(launch)}`, { status }, { agent: 'kwok/v1' });
    return this;
  }

  /** The scheduler puts tasks on a node. */
  bind(launches: readonly number[], node: string): this {
    const body = { target: { name: node } };
    for (const launch of launches) {
      this.ask(`create pods/binding ${podName(launch)}`, body, { agent: 'kube-scheduler/v1', code: 201 });
    }
    return this;
  }

  /** The status of a node is written: whether it is Ready, and since when that is so. */
  ready(node: string, status: 'True' | 'False' | 'Unknown', sinceMs = this.nowMs + 10): this {
    const lastTransitionTime = new Date(sinceMs).toISOString();
    const conditions = [
      { type: 'MemoryPressure', status },
      { type: 'Ready', status, lastTransitionTime },
    ];
    return this.ask(`patch nodes/status ${node}`, { status: { conditions } }, { agent: 'kube-controller-manager/v1' });
  }

  /** Somebody puts taints on a node, instead of those that it has. */
  taint(node: string, ...keys: readonly string[]): this {
    const taints = keys.map((key) => ({ key, effect: 'NoExecute' }));
    return this.ask(`patch nodes ${node}`, { spec: { taints } }, { agent: other });
  }

  /** The operator makes the pod of an ECSTask; what the pod differs in is told. */
  make(
    differing: { readonly spec?: object; readonly labels?: object; readonly ownerReferences?: readonly [] } = {},
  ): this {
    const { spec = { schedulingGates: [{ name: 'ecs-operator.dev/launch' }] }, ownerReferences } = differing;
    const id = standaloneTaskIdOf(taskUid);
    const labels = { 'ecs-operator.dev/task': 'job', 'ecs-operator.dev/task-id': id, ...differing.labels };
    const owner = { kind: 'ECSTask', name: 'job', uid: taskUid };
    const metadata = { name: taskPodName, labels, ownerReferences: ownerReferences ?? [owner] };
    return this.ask(`create pods ${taskPodName}`, { metadata, spec: { ...spec } }, { code: 201 });
  }

  /** The operator records which pod of an ECSTask may start. */
  record(): this {
    const owner = { kind: 'ECSTask', name: 'job', uid: taskUid };
    const metadata = { labels: { 'ecs-operator.dev/task': 'job' }, ownerReferences: [owner] };
    return this.ask(`create controllerrevisions ${taskPodName}`, { metadata, revision: 1 }, { code: 201 });
  }

  /** The operator takes its gate from the pod of an ECSTask. @param left the gates that it leaves. */
  release(asking: Asking = {}, ...left: readonly string[]): this {
    const schedulingGates = left.map((name) => ({ name }));
    const body = { metadata: { resourceVersion: '3' }, spec: { schedulingGates } };
    return this.ask(`patch pods ${taskPodName}`, body, asking);
  }

  /** Somebody protects a task until so long from now, or no longer. */
  protect(launch: number, forMs: number | undefined): this {
    const until = forMs === undefined ? null : new Date(this.nowMs + forMs).toISOString();
    const annotations = { 'ecs-operator.dev/protected-until': until } as unknown as Record<string, string>;
    return this.ask(`patch pods ${podName(launch)}`, { metadata: { annotations } }, { agent: other });
  }

  fail(launch: number): this {
    return this.ask(`patch pods/status ${podName(launch)}`, { status: { phase: 'Failed' } }, { agent: 'kwok/v1' });
  }

  /** The operator makes the record of a stopped task; what its spec differs in is told. */
  recordTask(launch: number, spec: object = {}): this {
    const name = podName(launch);
    const record = { stop: { reason: 'Enough' }, kubernetes: { record: { podName: name } }, ...spec };
    return this.ask(`create ecstasks ${name}`, { metadata: { name }, spec: { ...record } }, { code: 201 });
  }

  stop(launches: readonly number[], asking: Asking = {}): this {
    const body = { preconditions: { uid: 'pod-uid' } };
    for (const launch of launches) this.ask(`delete pods ${podName(launch)}`, body, asking);
    return this;
  }
}

/** As the log has it: what there is not, is left out. */
function objectRefOf(place: string, name: string | undefined): AuditEntry['objectRef'] {
  const [resource = '', subresource] = place.split('/');
  const found = { resource, subresource, ...(resource !== 'nodes' && { namespace }), name };
  return JSON.parse(JSON.stringify(found)) as AuditEntry['objectRef'];
}

interface PodOptions {
  readonly owner?: string;
  readonly taskId?: string;
  readonly name?: string;
  readonly healthCheck?: boolean;
}

/** The pod of a launch, or one that differs as told. */
function podBody(launch: number, options: PodOptions): Extract<AuditEntry['requestObject'], { metadata?: unknown }> {
  const { owner = serviceUid, healthCheck = true } = options;
  const id = options.taskId ?? taskIdOf({ serviceUid: owner, deployment, number: launch });
  return {
    metadata: {
      name: options.name ?? podNameOf('web', id),
      labels: {
        'ecs-operator.dev/service': 'web',
        'ecs-operator.dev/deployment': deployment,
        'ecs-operator.dev/task-id': id,
      },
      annotations: {
        'ecs-operator.dev/launch': String(launch),
        'ecs-operator.dev/containers': JSON.stringify([{ container: 'app', essential: true, healthCheck }]),
      },
      ownerReferences: [{ kind: 'ECSService', name: 'web', uid: owner }],
    },
  };
}

export function podName(launch: number): string {
  return podNameOf('web', taskIdOf({ serviceUid, deployment, number: launch }));
}

/** As the API server writes times. */
function microTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}
