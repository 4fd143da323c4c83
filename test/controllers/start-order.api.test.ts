import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Pod } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import type { TaskDefinition } from '../../src/api/task-definition.ts';
import { passesTheAudit } from '../support/audit.ts';
import { applyAll, eventually, kubectl } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `start-order-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const objects = objectsIn(namespace);

const app = { name: 'app', image: 'registry.example/app:1', memory: 64 };
const db = {
  ...app,
  name: 'db',
  image: 'registry.example/db:1',
  healthCheck: { command: ['CMD', 'true'], interval: 5 },
};
const dbIsHealthy = { containerName: 'db', condition: 'HEALTHY' };
const migrated = { containerName: 'migrate', condition: 'SUCCESS' };

/** app after migrate after db; `migrate` has that image, and db waits for whatever is given. */
function taskDefinition(migrateImage: string, dependsOn: readonly object[] = []): object {
  const migrate = { ...app, name: 'migrate', image: migrateImage, essential: false, dependsOn: [dbIsHealthy] };
  return {
    apiVersion: 'ecs-operator.dev/v1alpha1',
    kind: 'ECSTaskDefinition',
    metadata: { name: 'shop', namespace },
    spec: { containerDefinitions: [{ ...app, dependsOn: [migrated] }, migrate, { ...db, dependsOn }] },
  };
}

const readService = (): Promise<Service> => objects.get('ecssvc', 'shop');
const readTaskDefinition = (): Promise<TaskDefinition> => objects.get('ecstd', 'shop');
const readPods = (): Promise<readonly Pod[]> => objects.list('pods');

describe('a task with a start order on a real API server', function () {
  this.timeout(120_000);
  runsOperatorIn(namespace);

  it('runs when its init container has ended and its sidecar is healthy', async () => {
    await applyAll(manifests.cluster(), taskDefinition('registry.example/migrate:1'), manifests.service('shop', 2));
    await kubectl(['wait', '-n', namespace, 'ecssvc/shop', '--for=condition=Ready', '--timeout=90s']);
    const { status } = await readService();
    assert.equal(status?.runningCount, 2);
    const [pod] = await readPods();
    const early = pod?.spec?.initContainers?.map(({ name, restartPolicy = 'Never' }) => `${name} ${restartPolicy}`);
    assert.deepEqual(early, ['db Always', 'migrate Never']);
    assert.deepEqual(
      pod?.spec?.containers.map(({ name }) => name),
      ['app'],
    );
  });

  it('has a definition that says how the order is kept, and what differs', async () => {
    const { status } = await readTaskDefinition();
    assert.equal(status?.dependsOnMode, 'mixed');
    const differs = conditionOf({ status }, 'DiffersFromECS');
    assert.match(differs?.message ?? '', /containerDefinitions\[db\]: its exit ends the task/);
  });

  it('is not registered while its order is a cycle, which is named, and the service goes on', async () => {
    await applyAll(taskDefinition('registry.example/migrate:1', [{ containerName: 'app', condition: 'START' }]));
    await eventually(async () => {
      const { status } = await readTaskDefinition();
      const stalled = conditionOf({ status }, 'Stalled');
      assert.equal(stalled?.message, 'dependsOn has a cycle: app -> migrate -> db -> app');
      assert.equal(status?.taskDefinition, 'shop:1');
    });
    assert.equal((await readService()).status?.runningCount, 2);
  });

  it('stops, and says with which code, when its init container fails', async () => {
    await applyAll(manifests.service('shop', 0));
    await applyAll(taskDefinition('registry.example/fate/exit-3'));
    await eventually(async () => assert.equal((await readTaskDefinition()).status?.taskDefinition, 'shop:2'));
    await applyAll(manifests.service('shop', 1));
    await eventually(async () => {
      const { status } = await readService();
      const ready = conditionOf({ status }, 'Ready');
      assert.match(ready?.message ?? '', /Task failed to start \(.*migrate: exit code 3.*\)/);
    });
    await applyAll(manifests.service('shop', 0));
  });
});

passesTheAudit(namespace);
