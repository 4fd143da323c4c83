import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { annotations } from '../../src/api/labels.ts';
import type { CapacityProvider } from '../../src/api/capacity-provider.ts';
import type { CoreService, KubeObject } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import type { Task } from '../../src/api/task.ts';
import { systemClock } from '../../src/base/clock.ts';
import { caches } from '../../src/controllers/caches.ts';
import { controllersWith, defaultSettings } from '../../src/controllers/index.ts';
import { Client } from '../../src/kube/client.ts';
import { isConflict } from '../../src/kube/errors.ts';
import { Leader } from '../../src/kube/leader/leader.ts';
import type { Lease } from '../../src/kube/leader/lease.ts';
import { noFeatures } from '../../src/kube/features.ts';
import { Manager } from '../../src/kube/manager.ts';
import { Transport, type KubeRequest } from '../../src/kube/transport.ts';
import type { ApiServer } from './api-server.ts';
import { manifestsIn } from './manifests.ts';
import { RecordingMeter, type RecordingLog } from './recording.ts';

/** Where an operator works, and how the people and things around it reach the API server. */
export interface Place {
  readonly namespace: string;
  readonly admin: ApiServer;
}

/** An operator that looks at one namespace, where its lease is too. */
export interface Life extends Place {
  readonly lease: string;
  /** Of the operator. */
  readonly kubeConfig: KubeConfig;
  /** In the user agent, after `ecs-operator/`. */
  readonly identity: string;
  readonly log: RecordingLog;
}

const deadlineMs = 120_000;

/**
 * Runs the operator's controllers under leader election through a life in which they need all that they may do: tasks
 * start, roll over and back, are routed and end by themselves, objects change under its hands, answers get lost. Ends early, and
 * well, once `isEnough`. The cluster has to have TargetGroupBindings.
 * @throws AssertionError when something does not come about within two minutes.
 */
export async function live(life: Life, isEnough: () => boolean): Promise<void> {
  const { kubeConfig, identity, namespace, log } = life;
  const common = { log, meter: new RecordingMeter(), clock: systemClock };
  const transport = new Transport({ kubeConfig, userAgent: `ecs-operator/${identity}`, ...common });
  const conflicts = new Set<string>();
  const client = new Client(disturbed(transport, life.admin, conflicts));
  const random = Math.random;
  const manager = new Manager({
    client,
    identity,
    caches,
    controllers: controllersWith(defaultSettings),
    findFeatures: () => Promise.resolve(noFeatures),
    namespaces: [namespace],
    concurrency: 4,
    random,
    ...common,
  });
  const monotonicMs = (): number => performance.now();
  const leader = new Leader({ client, namespace, name: life.lease, identity, monotonicMs, ...common });
  const stop = new AbortController();
  const running = leader.run(stop.signal, (lifetime) => manager.run(stop.signal, lifetime));
  try {
    await goThrough({ ...life, conflicts }, client, isEnough);
  } finally {
    stop.abort();
    await running;
    await transport.close();
  }
}

/** Resources whose creates look at what is there, when something of the name is. */
const isSentTwice = /^(pods|controllerrevisions|ecstasks|poddisruptionbudgets|services|targetgroupbindings)$/;

/**
 * What a busy cluster does now and then: an object changes just before its status is written, for each resource until
 * that was a conflict, and a create, the first of each resource, has been done though its answer was lost, so that it is
 * sent again.
 * @param conflicts gets the resources whose status has met one.
 */
function disturbed(
  transport: Transport,
  admin: ApiServer,
  conflicts: Set<string>,
): Pick<Transport, 'request' | 'lines'> {
  const created = new Set<string>();
  return {
    request: async <T>(request: KubeRequest): Promise<T> => {
      const { verb, resource, path } = request;
      const isStatus = verb === 'update' && path.endsWith('/status');
      if (isStatus && !conflicts.has(resource)) await annotate(admin, path.replace(/\/status$/, ''));
      if (verb === 'create' && isSentTwice.test(resource) && !created.has(resource)) {
        created.add(resource);
        await transport.request<T>(request);
      }
      try {
        return await transport.request<T>(request);
      } catch (error) {
        if (isStatus && isConflict(error)) conflicts.add(resource);
        throw error;
      }
    },
    lines: (request) => transport.lines(request),
  };
}

/** Changes an object, each time to something else. It may be gone: providers are everybody's, and go with their makers. */
async function annotate(admin: ApiServer, path: string): Promise<void> {
  const body = { metadata: { annotations: { 'example.com/changed': randomUUID() } } };
  const answer = await admin({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
  assert.ok([200, 404].includes(answer.status), String(answer.body['message']));
}

/** Thrown to leave a life early. */
class Enough extends Error {
  override readonly name = 'Enough';
}

type Until = (what: string, check: () => Promise<boolean>) => Promise<void>;

/**
 * Services go through all that makes an operator write. @throws AssertionError when something does not come about
 * within two minutes.
 */
export async function serve(place: Place): Promise<void> {
  const until = untilWithin(place.namespace, () => false);
  await Promise.all([
    rollOverAndBack(place, until),
    endByThemselves(place, until),
    deployOften(place, until),
    scale(place, until),
    runOnce(place, until),
    provide(place, until),
    beReached(place, until),
  ]);
}

function untilWithin(namespace: string, isEnough: () => boolean): Until {
  return async (what, check) => {
    for (const deadline = Date.now() + deadlineMs; !(await check()); await delay(50)) {
      if (isEnough()) throw new Enough();
      assert.ok(Date.now() < deadline, `${namespace}: not within two minutes: ${what}`);
    }
  };
}

async function goThrough(
  life: Life & { readonly conflicts: ReadonlySet<string> },
  client: Client,
  isEnough: () => boolean,
): Promise<void> {
  const until = untilWithin(life.namespace, isEnough);
  const results = await Promise.allSettled([
    rollOverAndBack(life, until),
    endByThemselves(life, until),
    deployOften(life, until),
    scale(life, until),
    runOnce(life, until),
    provide(life, until, () => life.conflicts.has('ecscapacityproviders')),
    beReached(life, until),
    beBound(life, until),
    renew(life, until),
    repeatAnEvent(life, client, until),
  ]);
  for (const result of results) {
    if (result.status === 'rejected' && !(result.reason instanceof Enough)) throw result.reason;
  }
}

/** A service goes on to tasks that never become healthy, and back to those that still run. */
async function rollOverAndBack(life: Place, until: Until): Promise<void> {
  await apply(life, 'ecsclusters', manifestsIn(life.namespace).cluster());
  await deploy(life, 'web', 'registry.example/web:1');
  await apply(life, 'ecsservices', manifestsIn(life.namespace).service('web', 1));
  const deployments = async (): Promise<string> => {
    const { status } = await read<Service>(life, 'ecsservices', 'web');
    const withTasks = status?.deployments?.filter((each) => each.runningCount + each.pendingCount > 0) ?? [];
    return withTasks.map(({ taskDefinition, rolloutState }) => `${taskDefinition} ${rolloutState}`).join();
  };
  await until('web is steady', async () => (await deployments()) === 'web:1 COMPLETED');
  await deploy(life, 'web', 'fate/never-ready');
  await until('web rolls over', async () => /^web:2 .*,web:1 /.test(await deployments()));
  await deploy(life, 'web', 'registry.example/web:1');
  await until('web is back', async () => /^web:1 [^,]*$/.test(await deployments()));
}

/** Of two containers one exits, which ends the task, and it is recorded. */
async function endByThemselves(life: Place, until: Until): Promise<void> {
  await deploy(life, 'ending', 'registry.example/app:1', 'fate/exit-1');
  await apply(life, 'ecsservices', manifestsIn(life.namespace).service('ending', 1));
  await until('a task is told why it ends', async () => {
    const { body } = await life.admin({ method: 'GET', path: `/api/v1/namespaces/${life.namespace}/pods` });
    const { items } = body as unknown as { items: readonly KubeObject[] };
    return items.some(({ metadata }) => metadata.annotations?.[annotations.stopCode] !== undefined);
  });
  await until('a stopped task is recorded', async () => {
    const path = `${groups.ecstasks}/namespaces/${life.namespace}/ecstasks`;
    const { items } = (await life.admin({ method: 'GET', path })).body as unknown as { items: readonly Task[] };
    return items.some(({ spec, status }) => spec.kubernetes?.record !== undefined && status?.lastStatus === 'STOPPED');
  });
}

/** A task runs and is deleted after a second, as it asks for. */
async function runOnce(life: Place, until: Until): Promise<void> {
  await deploy(life, 'once', 'fate/exit-0');
  const spec = { kubernetes: { ttlSecondsAfterStopped: 1 } };
  await apply(life, 'ecstasks', manifestsIn(life.namespace).task('once', 'once', spec));
  await until('a task is deleted after it has stopped', async () => {
    const { metadata } = await read<KubeObject>(life, 'ecstasks', 'once');
    return metadata?.uid === undefined;
  });
}

/**
 * A capacity provider says how many nodes it has, and goes when that is seen. It is in no namespace: each operator of
 * the cluster has a hand in its status, so it is changed again until the one that is meant has met a conflict.
 */
async function provide(life: Place, until: Until, hasMetConflict = (): boolean => true): Promise<void> {
  const providers = `${groups.ecstasks}/ecscapacityproviders`;
  const path = `${providers}/${life.namespace}`;
  const body = manifestsIn(life.namespace).provider(life.namespace);
  assert.equal((await life.admin({ method: 'POST', path: providers, body })).status, 201);
  try {
    await until('a capacity provider is told its nodes', async () => {
      const answer = await life.admin({ method: 'GET', path });
      const { metadata, status } = answer.body as unknown as CapacityProvider;
      if (status?.nodes === undefined || status.observedGeneration !== metadata.generation) return false;
      if (hasMetConflict()) return true;
      const spec = { allowedNamespaces: [randomUUID()] };
      await life.admin({ method: 'PATCH', path, body: { spec }, contentType: 'application/merge-patch+json' });
      return false;
    });
  } finally {
    await life.admin({ method: 'DELETE', path });
  }
}

/** More deployments than are remembered, each of no task. */
async function deployOften(life: Place, until: Until): Promise<void> {
  await deploy(life, 'idle', 'registry.example/idle:1');
  await apply(life, 'ecsservices', manifestsIn(life.namespace).service('idle', 0));
  for (let revision = 1; revision <= 14; revision++) {
    await deploy(life, 'idle', `registry.example/idle:${String(revision)}`);
    await until(`idle:${String(revision)} is deployed`, async () => {
      const { status } = await read<Service>(life, 'ecsservices', 'idle');
      return status?.deployments?.[0]?.taskDefinition === `idle:${String(revision)}`;
    });
  }
}

/** A service gets a budget that follows its size, and loses it with its second task. */
async function scale(life: Place, until: Until): Promise<void> {
  await deploy(life, 'scaled', 'registry.example/scaled:1');
  for (const [desiredCount, minAvailable] of [[2, 1], [3, 2], [1]] as const) {
    await apply(life, 'ecsservices', manifestsIn(life.namespace).service('scaled', desiredCount));
    await until(`the budget of ${String(desiredCount)} tasks`, async () => {
      const ofScaled = encodeURIComponent('ecs-operator.dev/service=scaled');
      const path = `/apis/policy/v1/namespaces/${life.namespace}/poddisruptionbudgets?labelSelector=${ofScaled}`;
      const { items } = (await life.admin({ method: 'GET', path })).body as unknown as { items: readonly Budget[] };
      return items[0]?.spec.minAvailable === minAvailable;
    });
  }
}

/** A task is found under a name on one port, then another one on another, and is not routed in the end. */
async function beReached(life: Place, until: Until): Promise<void> {
  const ofRouted = encodeURIComponent('ecs-operator.dev/service=routed');
  const path = `/api/v1/namespaces/${life.namespace}/services?labelSelector=${ofRouted}`;
  const ports = async (): Promise<string> => {
    const { items } = (await life.admin({ method: 'GET', path })).body as unknown as { items: readonly CoreService[] };
    return items.map(({ spec }) => String(spec?.ports?.[0]?.port)).join();
  };
  const kubernetes = { drainSeconds: 1 };
  for (const [index, port] of [8080, 9090].entries()) {
    await listen(life, 'routed', port);
    const serviceRegistries = [{ registryArn: 'service:found', containerName: 'app', containerPort: port }];
    const spec = { serviceRegistries, kubernetes };
    await apply(life, 'ecsservices', manifestsIn(life.namespace).service('routed', 1, spec));
    await until(`a task is found on port ${String(port)}`, async () => {
      const { status } = await read<Service>(life, 'ecsservices', 'routed');
      const [primary] = status?.deployments ?? [];
      const isDone = primary?.taskDefinition === `routed:${String(index + 1)}` && primary.rolloutState === 'COMPLETED';
      return isDone && (await ports()) === String(port);
    });
  }
  await apply(life, 'ecsservices', manifestsIn(life.namespace).service('routed', 1, { kubernetes }));
  await until('nothing is found any more', async () => (await ports()) === '');
}

/** A service of no task is bound to a target group for a while. */
async function beBound(life: Place, until: Until): Promise<void> {
  const path = `/apis/elbv2.k8s.aws/v1beta1/namespaces/${life.namespace}/targetgroupbindings`;
  const bindings = async (): Promise<number | undefined> => {
    const { items } = (await life.admin({ method: 'GET', path })).body as { items?: readonly unknown[] };
    return items?.length;
  };
  const targetGroupArn = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/bound/0123456789abcdef';
  const loadBalancers = [{ targetGroupArn, containerName: 'app', containerPort: 8080 }];
  await listen(life, 'bound', 8080);
  await apply(life, 'ecsservices', manifestsIn(life.namespace).service('bound', 0, { loadBalancers }));
  await until('a target group is bound', async () => (await bindings()) === 1);
  await apply(life, 'ecsservices', manifestsIn(life.namespace).service('bound', 0));
  await until('no target group is bound', async () => (await bindings()) === 0);
}

/** A task definition of one container that listens there. */
async function listen(life: Place, name: string, containerPort: number): Promise<void> {
  const object = manifestsIn(life.namespace).taskDefinition(name, 'registry.example/app:1') as Definition;
  const containerDefinitions = object.spec.containerDefinitions.map((each) => ({
    ...each,
    portMappings: [{ containerPort }],
  }));
  await apply(life, 'ecstaskdefinitions', { ...object, spec: { containerDefinitions } });
}

interface Definition {
  readonly spec: { readonly containerDefinitions: readonly object[] };
}

interface Budget {
  readonly spec: { readonly minAvailable: number };
}

async function renew(life: Life, until: Until): Promise<void> {
  await until('the lease is renewed', async () => {
    const { spec } = await read<Lease>(life, 'leases', life.lease);
    return spec !== undefined && spec.renewTime !== spec.acquireTime;
  });
}

/** By the client alone, over the operator's connections: no controller repeats an event within seconds. */
async function repeatAnEvent(life: Life, client: Client, until: Until): Promise<void> {
  const { namespace } = life;
  const path = `${groups.events}/namespaces/${namespace}/events`;
  let name: string | undefined;
  await until('an event is told', async () => {
    const { items } = (await life.admin({ method: 'GET', path })).body as unknown as { items: readonly Told[] };
    name = items.find(({ reportingController }) => reportingController === 'ecs-operator.dev/ecs-operator')?.metadata
      .name;
    return name !== undefined;
  });
  const series = { count: 2, lastObservedTime: new Date().toISOString().replace('Z', '000Z') };
  try {
    await client.patch(events, { namespace, name }, { type: 'merge', body: { series } });
  } catch (error) {
    life.log.warn('Event was not patched', { error });
  }
}

interface Told extends KubeObject {
  readonly reportingController?: string;
}

const events = { group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events', namespaced: true } as const;

const groups = {
  ecsclusters: '/apis/ecs-operator.dev/v1alpha1',
  ecstaskdefinitions: '/apis/ecs-operator.dev/v1alpha1',
  ecsservices: '/apis/ecs-operator.dev/v1alpha1',
  ecstasks: '/apis/ecs-operator.dev/v1alpha1',
  leases: '/apis/coordination.k8s.io/v1',
  events: '/apis/events.k8s.io/v1',
} as const;

/** Empty when there is no such object yet. */
async function read<T extends object>(life: Place, plural: keyof typeof groups, name: string): Promise<Partial<T>> {
  const path = `${groups[plural]}/namespaces/${life.namespace}/${plural}/${name}`;
  return (await life.admin({ method: 'GET', path })).body as Partial<T>;
}

/** A task definition whose containers have those images, all of them essential. */
async function deploy(life: Place, name: string, ...images: readonly string[]): Promise<void> {
  const healthCheck = { command: ['CMD', 'true'], interval: 5 };
  const containerDefinitions = images.map((image, index) => ({
    name: `c${String(index)}`,
    image,
    memory: 64,
    healthCheck,
  }));
  const { apiVersion, kind } = manifestsIn(life.namespace).taskDefinition(name, '') as KubeObject;
  await apply(life, 'ecstaskdefinitions', { apiVersion, kind, metadata: { name }, spec: { containerDefinitions } });
}

async function apply(life: Place, plural: keyof typeof groups, object: object): Promise<void> {
  const { name } = (object as KubeObject).metadata;
  const path = `${groups[plural]}/namespaces/${life.namespace}/${plural}/${name}?fieldManager=test&force=true`;
  const answer = await life.admin({ method: 'PATCH', path, body: object, contentType: 'application/apply-patch+yaml' });
  assert.ok(answer.status < 300, String(answer.body['message']));
}
