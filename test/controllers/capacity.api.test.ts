import assert from 'node:assert/strict';
import { after, describe, it } from 'mocha';
import type { CapacityProvider } from '../../src/api/capacity-provider.ts';
import type { Node, Pod } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import type { Task } from '../../src/api/task.ts';
import { passesTheAudit } from '../support/audit.ts';
import { applyAll, eventually, kubectl, kubectlJson } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone, as are the providers, which belong to no namespace. */
const run = String(process.pid);
const namespace = `capacity-test-${run}`;
const manifests = manifestsIn(namespace);
const { get, podsOfService, podsOfTask } = objectsIn(namespace);

const groupLabel = 'eks.amazonaws.com/nodegroup';
const general = `general-${run}`;
const compute = `compute-${run}`;

function provider(name: string, spec: object): object {
  return { apiVersion: 'ecs-operator.dev/v1alpha1', kind: 'ECSCapacityProvider', metadata: { name }, spec };
}

const providers = [
  provider(general, { nodeGroup: 'general', allowedNamespaces: [namespace] }),
  provider(compute, { nodeGroup: 'compute', allowedNamespaces: [namespace] }),
];

/** One task on `general`, then four on `compute` for each on `general`. */
const oneToFour = [
  { capacityProvider: general, base: 1, weight: 1 },
  { capacityProvider: compute, weight: 4 },
];

/** Bounds by which a roll-out is soon over. */
const quick = { deploymentConfiguration: { minimumHealthyPercent: 0 } };

/** How many pods that stay there are on nodes of each group; on one that is not its provider's, it fails. */
async function onGroups(pods: readonly Pod[]): Promise<Record<string, number>> {
  const { items } = await kubectlJson<{ items: readonly Node[] }>('get', 'nodes');
  const groups = new Map(items.map(({ metadata }) => [metadata.name, metadata.labels?.[groupLabel] ?? '?']));
  const counts: Record<string, number> = {};
  for (const { metadata, spec } of pods.filter((pod) => pod.metadata.deletionTimestamp === undefined)) {
    const group = groups.get(spec?.nodeName ?? '') ?? 'none';
    assert.equal(metadata.labels?.['ecs-operator.dev/capacity-provider'], `${group}-${run}`);
    counts[group] = (counts[group] ?? 0) + 1;
  }
  return counts;
}

/** Waits until the tasks of the service are spread so, and the service is steady. */
async function reaches(name: string, want: Record<string, number>): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(await onGroups(await podsOfService(name)), want);
    const ready = conditionOf(await get<Service>('ecssvc', name), 'Ready');
    assert.equal(ready?.reason, 'SteadyState', ready?.message);
  });
}

/** What `kubectl` prints of the condition that says why nothing goes on. */
function stalled(object: string): Promise<string> {
  return eventually(async () => {
    const path = `jsonpath={.status.conditions[?(@.type=="Stalled")].message}`;
    const printed = await kubectl(['get', '-n', namespace, object, '-o', path]);
    assert.notEqual(printed, '', `${object} is not stalled`);
    return printed;
  });
}

describe('capacity providers, on a real API server', function () {
  this.timeout(180_000);
  runsOperatorIn(namespace, manifests.cluster(), ...providers);

  after(async () => {
    await kubectl(['delete', 'ecscp', general, compute, `spot-${run}`, '--ignore-not-found', '--wait=false']);
  });

  it('say which nodes they are', async () => {
    const { items } = await kubectlJson<{ items: readonly Node[] }>('get', 'nodes', '-l', `${groupLabel}=general`);
    await eventually(async () => {
      const { status } = await get<CapacityProvider>('ecscp', general);
      const ready = conditionOf({ status }, 'Ready');
      assert.deepEqual([status?.nodes, status?.readyNodes], [items.length, items.length]);
      assert.equal(ready?.message, `${String(items.length)} of its nodes take tasks.`);
    });
  });

  it('get their shares on scale-out, roll-out and scale-in, and a lost task is replaced where it was', async () => {
    const web = (count: number, image = 'registry.example/web:1'): readonly object[] => [
      manifests.taskDefinition('web', image),
      manifests.service('web', count, { capacityProviderStrategy: oneToFour, ...quick }),
    ];
    await applyAll(...web(1));
    await reaches('web', { general: 1 });
    await applyAll(...web(6));
    await reaches('web', { general: 2, compute: 4 });
    await applyAll(...web(11));
    await reaches('web', { general: 3, compute: 8 });
    await applyAll(...web(11, 'registry.example/web:2'));
    await eventually(async () => {
      const revisions = (await podsOfService('web')).map(
        ({ metadata }) => metadata.labels?.['ecs-operator.dev/revision'],
      );
      assert.deepEqual(new Set(revisions), new Set(['2']));
    });
    await reaches('web', { general: 3, compute: 8 });
    const [victim] = (await podsOfService('web')).filter((pod) => pod.spec?.nodeName !== undefined);
    await kubectl(['delete', 'pod', '-n', namespace, victim?.metadata.name ?? '', '--wait=false']);
    await reaches('web', { general: 3, compute: 8 });
    await applyAll(...web(6, 'registry.example/web:2'));
    await reaches('web', { general: 2, compute: 4 });
    await applyAll(...web(1, 'registry.example/web:2'));
    await reaches('web', { general: 1 });
    const { status } = await get<Service>('ecssvc', 'web');
    assert.deepEqual(status?.capacityProviderStrategy, [
      { capacityProvider: general, weight: 1, base: 1 },
      { capacityProvider: compute, weight: 4, base: 0 },
    ]);
  });

  it('move no task when the strategy changes, and start no deployment', async () => {
    const moved = (strategy: readonly object[], count: number): object =>
      manifests.service('moved', count, { capacityProviderStrategy: strategy, ...quick });
    await applyAll(manifests.taskDefinition('moved', 'registry.example/web:1'));
    await applyAll(moved([{ capacityProvider: general }], 2));
    await reaches('moved', { general: 2 });
    const before = (await get<Service>('ecssvc', 'moved')).status?.deployments?.[0]?.id;
    await applyAll(moved([{ capacityProvider: compute }], 4));
    await reaches('moved', { general: 2, compute: 2 });
    assert.equal((await get<Service>('ecssvc', 'moved')).status?.deployments?.[0]?.id, before);
  });

  it('that there are not stall a service, which says so and starts once there are', async () => {
    const spot = `spot-${run}`;
    const strategy = { capacityProviderStrategy: [{ capacityProvider: spot }] };
    await applyAll(
      manifests.taskDefinition('waits', 'registry.example/web:1'),
      manifests.service('waits', 1, strategy),
    );
    const message = await stalled('ecssvc/waits');
    assert.match(
      message,
      new RegExp(`^capacityProviderStrategy names capacity provider ${spot}, which does not exist: there are `),
    );
    assert.ok(message.includes(general) && message.includes(compute), message);
    await applyAll(provider(spot, { nodeSelector: { [groupLabel]: 'general' } }));
    await eventually(async () => {
      const [pod] = await podsOfService('waits');
      assert.equal(pod?.metadata.labels?.['ecs-operator.dev/capacity-provider'], spot);
    });
  });

  it('of other namespaces, and Fargate mixed with nodes, stall a task', async () => {
    await kubectl(['patch', 'ecscp', compute, '--type=merge', '-p', '{"spec":{"allowedNamespaces":["elsewhere"]}}']);
    await applyAll(
      manifests.taskDefinition('job', 'registry.example/job:1'),
      manifests.task('theirs', 'job', { capacityProviderStrategy: [{ capacityProvider: compute }] }),
      manifests.task('mixed', 'job', {
        capacityProviderStrategy: [{ capacityProvider: general, weight: 1 }, { capacityProvider: 'FARGATE' }],
      }),
    );
    assert.equal(
      await stalled('ecst/theirs'),
      `capacityProviderStrategy names capacity provider ${compute}, which namespace ${namespace} may not use: its allowedNamespaces are elsewhere.`,
    );
    assert.equal(
      await stalled('ecst/mixed'),
      `capacityProviderStrategy mixes Fargate (FARGATE) with nodes (${general}): a strategy has one of the two.`,
    );
    await kubectl(['patch', 'ecscp', compute, '--type=merge', '-p', '{"spec":{"allowedNamespaces":null}}']);
    const task = await eventually(async () => {
      const found = await get<Task>('ecst', 'theirs');
      assert.equal(found.status?.lastStatus, 'RUNNING');
      return found;
    });
    assert.deepEqual([task.status?.launchType, task.status?.capacityProviderName], ['EC2', compute]);
    assert.deepEqual(await onGroups(await podsOfTask('theirs')), { compute: 1 });
  });

  it('of the default strategy of a cluster are for all that say nothing', async () => {
    const cluster = {
      ...manifests.cluster(),
      spec: { defaultCapacityProviderStrategy: [{ capacityProvider: compute }] },
    };
    await applyAll(cluster, manifests.taskDefinition('plain', 'registry.example/web:1'), manifests.service('plain', 2));
    await reaches('plain', { compute: 2 });
    await applyAll({ ...manifests.cluster(), spec: { capacityProviders: ['nowhere'] } });
    assert.match(
      await stalled('ecsc/default'),
      /^capacityProviders names capacity provider nowhere, which does not exist/,
    );
  });

  passesTheAudit(namespace);
});

describe('a capacity provider without room, on a real API server', function () {
  this.timeout(300_000);
  const within = `fallback-test-${run}`;
  const own = manifestsIn(within);
  const its = objectsIn(within);
  const [main, reserve, label] = [`main-${run}`, `reserve-${run}`, `test.dev/main-${run}`];
  runsOperatorIn(
    within,
    own.cluster(),
    provider(main, { nodeSelector: { [label]: 'yes' } }),
    provider(reserve, { nodeGroup: 'compute' }),
  );
  let room = '';

  after(async () => {
    await kubectl(['label', 'node', room, `${label}-`]);
    await kubectl(['delete', 'ecscp', main, reserve, '--wait=false']);
  });

  /** Waits until the tasks run there, as many of each provider, and the service is steady. */
  const runsOn = (want: Record<string, number>): Promise<void> =>
    eventually(async () => {
      const live = (await its.podsOfService('web')).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      const names = live.map(({ metadata }) => metadata.labels?.['ecs-operator.dev/capacity-provider'] ?? '');
      const counts = Object.fromEntries(
        [...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]),
      );
      assert.deepEqual(counts, want);
      const ready = conditionOf(await its.get<Service>('ecssvc', 'web'), 'Ready');
      assert.equal(ready?.reason, 'SteadyState', ready?.message);
    }, 150_000);

  it('has another one stand in once its tasks have waited their time', async () => {
    const capacityProviderFallback = { order: [reserve], afterSeconds: 30, retryAfterSeconds: 30 };
    await applyAll(
      own.taskDefinition('web', 'registry.example/web:1'),
      own.service('web', 2, {
        capacityProviderStrategy: [{ capacityProvider: main, weight: 1 }],
        kubernetes: { capacityProviderFallback },
      }),
    );
    await runsOn({ [reserve]: 2 });
    const { status } = await its.get<Service>('ecssvc', 'web');
    assert.deepEqual(
      status?.capacityProviders?.map(({ name }) => name),
      [main],
    );
  });

  it('gets its tasks back, one after the other, once it has room', async () => {
    const [pod] = await its.podsOfService('web');
    room = pod?.spec?.nodeName ?? assert.fail('a task without a node');
    await kubectl(['label', 'node', room, `${label}=yes`]);
    await runsOn({ [main]: 2 });
    const { status } = await its.get<Service>('ecssvc', 'web');
    assert.equal(status?.capacityProviders, undefined);
  });

  passesTheAudit(within);
});
