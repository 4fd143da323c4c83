import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { KubeObject, Pod } from '../../src/api/meta.ts';
import { capacityProviderController } from '../../src/controllers/capacity-provider.ts';
import { clusterController } from '../../src/controllers/cluster.ts';
import { isNewSpec } from '../../src/controllers/capacity.ts';
import { defaultSettings } from '../../src/controllers/index.ts';
import { pods } from '../../src/controllers/resources.ts';
import { serviceController } from '../../src/controllers/service.ts';
import { taskController } from '../../src/controllers/task.ts';
import { capacityOf } from '../../src/core/capacity/capacity.ts';
import { iso, pod, service, taskDefinition } from '../support/builders.ts';
import { node, provider, strategy } from '../support/capacity.ts';
import { running } from '../support/container-status.ts';
import { cluster, deployment, revision, startController, type ControllerBench } from '../support/controller.ts';
import { task } from '../support/standalone.ts';

const services = serviceController(defaultSettings);
const tasks = taskController(defaultSettings);

const gold = provider('gold');
const spot = provider('spot', { providerName: 'FARGATE_SPOT' });
const younger = { creationTimestamp: iso(9) };
const isRunning = { phase: 'Running', containerStatuses: [running('app')] };

/** A pod of a task on that provider. */
function podOf(name: string, launch: number, status: Pod['status'] = { phase: 'Pending' }): Pod {
  const capacity = capacityOf(name, provider(name));
  return pod({ task: { launch, capacity }, status });
}

describe('capacityProviderController', () => {
  const controller = capacityProviderController({ seesAllTasks: true });
  let bench: ControllerBench;

  afterEach(async () => {
    await bench.stop();
  });

  beforeEach(async () => {
    bench = await startController(controller);
  });

  const counted = (): readonly unknown[] => {
    const { nodes, readyNodes, runningTasksCount, pendingTasksCount } = bench.status();
    return [nodes, readyNodes, runningTasksCount, pendingTasksCount];
  };

  it('sums up the nodes and tasks of its own, and writes nothing else', async () => {
    bench.hold(gold, node('a', 'gold'), node('b', 'gold', { isReady: false }), node('c', 'silver'));
    bench.hold(
      podOf('gold', 1, isRunning),
      podOf('gold', 2),
      podOf('gold', 3, { phase: 'Failed' }),
      podOf('silver', 4),
    );
    await bench.reconcile('/gold');
    assert.deepEqual([counted(), bench.writes()], [[2, 1, 1, 1], []]);
  });

  it('counts the tasks of the name that ECS shows', async () => {
    bench.hold(spot, podOf('FARGATE_SPOT', 1, isRunning), podOf('spot', 2, isRunning));
    await bench.reconcile('/spot');
    assert.deepEqual(counted(), [0, 0, 1, 0]);
  });

  it('counts no nodes of Fargate, though one without labels would match them all', async () => {
    bench.hold(provider('fg', { fargate: {} }), node('a', 'gold'));
    await bench.reconcile('/fg');
    assert.deepEqual(counted(), [undefined, undefined, 0, 0]);
  });

  it('counts no node that Fargate has made for a pod, whatever labels it has', async () => {
    const labels = { 'eks.amazonaws.com/compute-type': 'fargate' };
    bench.hold(gold, node('a', 'gold'), node('fargate-b', 'gold', { metadata: { labels } }));
    await bench.reconcile('/gold');
    assert.deepEqual(counted(), [1, 1, 0, 0]);
  });

  it('counts no tasks for an operator of some namespaces, which sees some of them alone', async () => {
    await bench.stop();
    bench = await startController(capacityProviderController({ seesAllTasks: false }));
    bench.hold(gold, node('a', 'gold'), podOf('gold', 1, isRunning));
    await bench.reconcile('/gold');
    assert.deepEqual(counted(), [1, 1, undefined, undefined]);
  });

  it('of two with one name has tasks and Ready for the older alone', async () => {
    bench.hold(gold, provider('young', { providerName: 'gold' }, younger), podOf('gold', 1, isRunning));
    await bench.reconcile('/young');
    assert.equal(bench.status()['runningTasksCount'], 0);
    assert.match(JSON.stringify(bench.status()['conditions']), /CapacityProviderClash/);
    await bench.reconcile('/gold');
    assert.equal(bench.status()['runningTasksCount'], 1);
  });

  const looks: Record<string, { readonly changed: KubeObject; readonly want: readonly string[] }> = {
    'for a node of its group': { changed: node('a', 'gold'), want: ['/gold'] },
    'for no node of another': { changed: node('a', 'silver'), want: [] },
    'for a task of its own': { changed: podOf('FARGATE_SPOT', 1), want: ['/spot'] },
    'for no task without a provider': { changed: pod(), want: [] },
    'for another one of its name': { changed: provider('b', { providerName: 'gold' }, younger), want: ['/gold'] },
  };
  for (const [sentence, { changed, want }] of Object.entries(looks)) {
    it(`looks again ${sentence}`, () => {
      bench.hold(gold, spot);
      assert.deepEqual(bench.keysOf(changed), want);
    });
  }

  it('looks again when a task begins to run, and not for each turn of its pod', () => {
    const isNews = controller.watches.find(({ resource }) => resource === pods)?.isNews;
    assert.ok(isNews);
    const pending = podOf('gold', 1);
    assert.equal(isNews(pending, podOf('gold', 1, isRunning)), true);
    assert.equal(isNews(pending, { ...pending, metadata: { ...pending.metadata, annotations: { a: 'b' } } }), false);
  });
});

describe('What names a capacity provider is looked at again when that changes', () => {
  let bench: ControllerBench;

  afterEach(async () => {
    await bench.stop();
  });

  const named = (name: string): { readonly capacityProviderStrategy: never } =>
    ({ capacityProviderStrategy: strategy(name) }) as never;
  const members = [
    service(named('gold'), { metadata: { name: 'by-name' } }),
    service(named('FARGATE_SPOT'), { metadata: { name: 'by-ecs-name' } }),
    service({}, { metadata: { name: 'by-default' } }),
    service({ cluster: 'other' }, { metadata: { name: 'other' } }),
    service(
      { cluster: 'other' },
      { metadata: { name: 'remembers' }, status: { capacityProviderStrategy: [...strategy('silver')] } },
    ),
    task(named('gold'), { metadata: { name: 'job' } }),
    task(named('gold'), { metadata: { name: 'begun' }, status: { podUid: 'x' } }),
    task({}, { metadata: { name: 'by-default' } }),
    task({ cluster: 'other' }, { metadata: { name: 'other' } }),
  ];
  const clusters = [
    cluster({}, { defaultCapacityProviderStrategy: [...strategy('bronze')] }),
    cluster({ name: 'lists' }, { capacityProviders: ['gold'] }),
    cluster({ name: 'other' }),
  ];

  const cases = [
    { controller: services, changed: gold, want: ['shop/by-name'] },
    { controller: services, changed: spot, want: ['shop/by-ecs-name'] },
    { controller: services, changed: provider('silver'), want: ['shop/remembers'] },
    {
      controller: services,
      changed: provider('bronze'),
      want: ['shop/by-default', 'shop/by-ecs-name', 'shop/by-name'],
    },
    { controller: tasks, changed: gold, want: ['shop/job'] },
    { controller: tasks, changed: provider('bronze'), want: ['shop/by-default', 'shop/job'] },
    { controller: clusterController, changed: gold, want: ['shop/lists'] },
    { controller: clusterController, changed: provider('bronze'), want: ['shop/default'] },
  ];
  for (const { controller, changed, want } of cases) {
    it(`by the ${controller.name} controller for ${changed.metadata.name}`, async () => {
      bench = await startController(controller);
      bench.hold(...members, ...clusters);
      assert.deepEqual(bench.keysOf(changed), want);
    });
  }

  it('also those who wait for a name that another one has', async () => {
    bench = await startController(services);
    bench.hold(...members, provider('gold', { providerName: 'taken' }, younger));
    assert.deepEqual(bench.keysOf(provider('older', { providerName: 'taken' })), ['shop/by-name']);
  });
});

it('What is asked of an object is news, and its status is not', () => {
  const changed = (metadata: Parameters<typeof provider>[2]): boolean =>
    isNewSpec(gold, provider('gold', {}, metadata));
  assert.deepEqual(
    [
      changed({ resourceVersion: '2' }),
      changed({ generation: 2 }),
      changed({ deletionTimestamp: iso() }),
      changed({ uid: 'another' }),
    ],
    [false, true, true, true],
  );
});

describe('serviceController', () => {
  it('starts tasks on a provider, and tells when that is for others', async () => {
    const bench = await startController(services);
    const wanting = service({ capacityProviderStrategy: [...strategy('gold')] });
    bench.hold(wanting, cluster(), taskDefinition(), revision(), deployment(), gold);
    await bench.reconcile();
    const [[, body] = []] = bench.writes();
    assert.equal((body as Pod).metadata.labels?.['ecs-operator.dev/capacity-provider'], 'gold');
    bench.hold(provider('gold', { allowedNamespaces: ['elsewhere'] }, { resourceVersion: '2' }));
    await bench.reconcile();
    assert.match(JSON.stringify(bench.status()), /namespace shop may not use: its allowedNamespaces are elsewhere/);
    await bench.stop();
  });
});
