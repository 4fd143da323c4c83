import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Pod } from '../../src/api/meta.ts';
import type { Task } from '../../src/api/task.ts';
import { passesTheAudit } from '../support/audit.ts';
import {
  applyAll,
  kubectl,
  kubectlJson,
  makeNamespace,
  startOperatorIn,
  type ProxiedOperator,
} from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `overrides-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);

async function waitFor(name: string, what: string): Promise<Task> {
  await kubectl(['wait', '-n', namespace, `ecst/${name}`, `--for=${what}`, '--timeout=60s']);
  return kubectlJson('get', '-n', namespace, 'ecst', name);
}

async function podsOf(name: string): Promise<readonly Pod[]> {
  const selector = `--selector=ecs-operator.dev/task=${name}`;
  return (await kubectlJson<{ items: readonly Pod[] }>('get', '-n', namespace, 'pods', selector)).items;
}

/** Of the condition of that type; empty when there is none. */
function messageOf({ status }: Task, type: string): string {
  return status?.conditions?.find((condition) => condition.type === type)?.message ?? '';
}

describe('what a task has different from its definition, on a real API server', function () {
  this.timeout(120_000);
  let operator: ProxiedOperator;

  before(async () => {
    await makeNamespace(namespace);
    await applyAll(manifests.cluster(), manifests.taskDefinition('long', 'registry.example/long:1'));
    operator = await startOperatorIn(namespace);
  });

  after(async () => {
    await operator.stop();
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

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
