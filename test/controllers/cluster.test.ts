import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { ObjectMeta } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import type { Task } from '../../src/api/task.ts';
import { clusterController } from '../../src/controllers/cluster.ts';
import { service } from '../support/builders.ts';
import { cluster, startController, type ControllerBench } from '../support/controller.ts';
import { task } from '../support/standalone.ts';

const elsewhere = { namespace: 'elsewhere' };
const main = cluster({ name: 'main' }, { clusterName: 'Main_Cluster' });

/** A service of that name with two tasks in the cluster of that name. */
function serviceIn(named: string, name: string, metadata: Partial<ObjectMeta> = {}): Service {
  const status = { runningCount: 2, pendingCount: 1 };
  return service({ cluster: named }, { status, metadata: { name, ...metadata } });
}

describe('clusterController', () => {
  let bench: ControllerBench;

  beforeEach(async () => {
    bench = await startController(clusterController);
  });

  afterEach(async () => {
    await bench.stop();
  });

  const counted = (): readonly unknown[] => {
    const { activeServicesCount, runningTasksCount, pendingTasksCount } = bench.status();
    return [activeServicesCount, runningTasksCount, pendingTasksCount];
  };

  it('sums up the services of its namespace that name it, by either name, and writes nothing else', async () => {
    bench.hold(main, serviceIn('main', 'a'), serviceIn('Main_Cluster', 'b'), serviceIn('other', 'c'));
    bench.hold(serviceIn('main', 'd', elsewhere));
    await bench.reconcile('shop/main');
    assert.deepEqual([counted(), bench.writes()], [[2, 4, 2], []]);
  });

  it('counts the standalone tasks that name it too, by either name', async () => {
    const running = { status: { lastStatus: 'RUNNING' as const } };
    bench.hold(main, task({ cluster: 'main' }, running), cluster());
    bench.hold(task({ cluster: 'Main_Cluster' }, { ...running, metadata: { name: 'b' } }));
    bench.hold(task({}, { ...running, metadata: { name: 'of-default' } }));
    bench.hold(task({ cluster: 'main' }, { ...running, metadata: elsewhere }));
    await bench.reconcile('shop/main');
    assert.deepEqual(counted(), [0, 2, 0]);
  });

  it('leaves a service to the cluster of the very name it gives', async () => {
    bench.hold(main, cluster({ name: 'b' }, { clusterName: 'main' }), serviceIn('main', 'a'));
    await bench.reconcile('shop/b');
    assert.deepEqual(counted(), [0, 0, 0]);
  });

  it('is a cluster without services too', async () => {
    bench.hold(main);
    await bench.reconcile('shop/main');
    assert.deepEqual(counted(), [0, 0, 0]);
  });

  it('asks for nothing when it has said all there is to say', async () => {
    bench.hold(main, serviceIn('main', 'a'));
    await bench.reconcile('shop/main');
    bench.clock.advance(60_000);
    await bench.reconcile('shop/main');
    assert.equal(bench.inbox.requests.length, 1);
  });

  const changes: Record<string, { readonly changed: Service | Task; readonly want: readonly string[] }> = {
    'the cluster that a service names': { changed: serviceIn('main', 'a'), want: ['shop/main'] },
    'the cluster that a service names as ECS shows it': {
      changed: serviceIn('Main_Cluster', 'a'),
      want: ['shop/main'],
    },
    'the cluster that a task names': { changed: task({ cluster: 'main' }), want: ['shop/main'] },
    'no cluster of another namespace': { changed: serviceIn('main', 'a', elsewhere), want: [] },
  };
  for (const [sentence, { changed, want }] of Object.entries(changes)) {
    it(`plans again: ${sentence}`, () => {
      bench.hold(main, cluster());
      assert.deepEqual(bench.keysOf(changed), want);
    });
  }
});
