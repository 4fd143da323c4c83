import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Task } from '../../src/api/task.ts';
import { passesTheAudit } from '../support/audit.ts';
import { applyAll } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `overrides-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const { get, podsOfTask: podsOf, wait } = objectsIn(namespace);

async function waitFor(name: string, what: string): Promise<Task> {
  await wait(`ecst/${name}`, what);
  return get('ecst', name);
}

/** Of the condition of that type; empty when there is none. */
function messageOf(task: Task, type: string): string {
  return conditionOf(task, type)?.message ?? '';
}

describe('what a task has different from its definition, on a real API server', function () {
  this.timeout(120_000);
  runsOperatorIn(namespace, manifests.cluster(), manifests.taskDefinition('long', 'registry.example/long:1'));

  it('has the ServiceAccount, the tags and the storage that it asks for, and says what has no effect', async () => {
    await applyAll({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'migrate', namespace } });
    const role = 'arn:aws:iam::111122223333:role/migrate';
    await applyAll(
      manifests.task('other', 'long', {
        overrides: { taskRoleArn: role, executionRoleArn: role, ephemeralStorage: { sizeInGiB: 21 } },
        kubernetes: { serviceAccountName: 'migrate' },
        tags: [{ key: 'run', value: '7' }],
        enableECSManagedTags: true,
      }),
    );
    const told = await waitFor('other', 'jsonpath={.status.podUid}');
    const [pod] = await podsOf('other');
    assert.ok(pod?.spec);
    assert.equal(pod.spec.serviceAccountName, 'migrate');
    assert.equal(pod.spec.containers[0]?.resources?.limits?.['ephemeral-storage'], '21Gi');
    const { 'ecs-operator.dev/tags': tags = '' } = pod.metadata.annotations ?? {};
    assert.deepEqual(JSON.parse(tags), { run: '7', 'aws:ecs:clusterName': 'default' });
    assert.match(messageOf(told, 'DiffersFromECS'), /overrides\.executionRoleArn: it has no effect/);
  });

  it('is Stalled where its launch type cannot run what it names', async () => {
    const spec = { networkMode: 'host', containerDefinitions: [{ name: 'app', image: 'a', memory: 64 }] };
    const metadata = { name: 'host', namespace };
    await applyAll({ apiVersion: 'ecs-operator.dev/v1alpha1', kind: 'ECSTaskDefinition', metadata, spec });
    await applyAll(manifests.task('misplaced', 'host', { launchType: 'FARGATE' }));
    const told = messageOf(await waitFor('misplaced', 'condition=Stalled'), 'Stalled');
    assert.equal(told, 'host:1 cannot be launched on FARGATE: networkMode must be awsvpc, not host.');
    assert.deepEqual(await podsOf('misplaced'), []);
  });

  passesTheAudit(namespace);
});
