import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { LocalApi } from '../../deploy/local/api.ts';
import { loseNode, returnNode } from '../../deploy/local/node-loss.ts';
import type { Task } from '../../src/api/task.ts';
import { passesTheAudit, podsCreated } from '../support/audit.ts';
import { applyAll, clusterSetting, eventually, kubectl } from '../support/cluster.ts';
import { afterForwarding, beforeForwarding, type Fault } from '../support/fault-proxy.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `task-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const { get, podsOfTask: podsOf, reaches } = objectsIn(namespace);
const readTask = (name: string): Promise<Task> => get('ecst', name);

/** How often a pod was created for that task. */
function creations(name: string): number {
  return podsCreated(namespace).filter((pod) => pod.startsWith(`${name}-`)).length;
}

describe('a task on a real API server', function () {
  this.timeout(120_000);
  const operator = runsOperatorIn(namespace);

  async function restart(signal?: 'SIGKILL'): Promise<void> {
    await operator.stop(signal);
    await operator.start();
  }

  it('waits for its cluster, then for its task definition, and says so', async () => {
    await applyAll(manifests.task('three', 'three'));
    const reason = async (): Promise<string | undefined> => conditionOf(await readTask('three'), 'Ready')?.reason;
    await eventually(async () => assert.equal(await reason(), 'ClusterNotFound'));
    await applyAll(manifests.cluster());
    await eventually(async () => assert.equal(await reason(), 'TaskDefinitionNotFound'));
    assert.deepEqual(await podsOf('three'), []);
  });

  it('ends with its essential container, and keeps the exit code', async () => {
    await applyAll(manifests.taskDefinition('three', 'fate/exit-3'));
    const { status } = await reaches('three', 'STOPPED');
    assert.equal(status?.stopCode, 'EssentialContainerExited');
    assert.equal(status.stoppedReason, 'Essential container in task exited');
    assert.equal(status.exitCode, 3);
    assert.equal(status.containers?.[0]?.exitCode, 3);
    assert.equal(status.taskDefinition, 'three:1');
    assert.match(status.taskId ?? '', /^[0-9a-f]{32}$/);
    assert.ok((status.startedAt ?? '') <= (status.stoppedAt ?? ''), JSON.stringify(status));
    const table = await kubectl(['get', '-n', namespace, 'ecst', 'three', '--no-headers']);
    assert.match(table, /^three +STOPPED +3 +EssentialContainerExited +\d+s/);
  });

  it('stays so after its pod is deleted and the operator restarted', async () => {
    const before = (await readTask('three')).status;
    const [pod] = await podsOf('three');
    await kubectl(['delete', 'pod', '-n', namespace, pod?.metadata.name ?? '']);
    await restart();
    await settles();
    assert.deepEqual((await readTask('three')).status, before);
    assert.equal(creations('three'), 1);
  });

  it('is not started again though its status is lost with its pod', async () => {
    await operator.stop();
    await kubectl(['patch', '-n', namespace, 'ecst/three', '--subresource=status', '--type=json', '-p', lostStatus]);
    await operator.start();
    const { status } = await reaches('three', 'STOPPED');
    assert.match(status?.stoppedReason ?? '', /its exit code is unknown/);
    assert.equal(status?.exitCode, undefined);
    assert.equal(creations('three'), 1);
  });

  it('stops with the reason that its spec gives, and runs what the overrides say until then', async () => {
    await applyAll(
      manifests.taskDefinition('long', 'registry.example/long:1'),
      manifests.task('long', 'long', {
        overrides: { containerOverrides: [{ name: 'app', command: ['migrate'], environment: [{ name: 'A' }] }] },
      }),
    );
    await reaches('long', 'RUNNING');
    const [pod] = await podsOf('long');
    assert.deepEqual(pod?.spec?.containers[0]?.args, ['migrate']);
    assert.deepEqual(pod.spec.schedulingGates, undefined);
    await kubectl([
      'patch',
      '-n',
      namespace,
      'ecst/long',
      '--type=merge',
      '-p',
      '{"spec":{"stop":{"reason":"Enough"}}}',
    ]);
    const { status } = await reaches('long', 'STOPPED');
    assert.deepEqual([status?.stopCode, status?.stoppedReason], ['UserInitiated', 'Enough']);
    await eventually(async () => assert.deepEqual(await podsOf('long'), []));
  });

  it('is stopped when it has run for as long as it may', async () => {
    await applyAll(manifests.task('slow', 'long', { kubernetes: { maxRunTimeSeconds: 1 } }));
    const { status } = await reaches('slow', 'STOPPED');
    assert.equal(status?.stopCode, 'UserInitiated');
    assert.match(
      status.stoppedReason ?? '',
      /^TaskTimedOutError: the task has run for its kubernetes.maxRunTimeSeconds, 1/,
    );
    const [pod] = await podsOf('slow');
    assert.equal(pod?.status?.reason, 'DeadlineExceeded');
  });

  it('says that nobody knows how it ended, when its pod is deleted while the operator is away', async () => {
    await applyAll(manifests.task('lost', 'long'));
    await reaches('lost', 'RUNNING');
    await operator.stop();
    const [pod] = await podsOf('lost');
    await kubectl(['delete', 'pod', '-n', namespace, '--force', '--grace-period=0', pod?.metadata.name ?? '']);
    await operator.start();
    const { status } = await reaches('lost', 'STOPPED');
    assert.match(status?.stoppedReason ?? '', /its exit code is unknown/);
    assert.equal(status?.containers?.[0]?.exitCode, undefined);
    assert.equal(creations('lost'), 1);
  });

  it('is not started again when its node is lost', async () => {
    const api = new LocalApi(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG'));
    await applyAll(manifests.task('far', 'long'));
    const { status } = await reaches('far', 'RUNNING');
    const node = status?.node ?? '';
    await loseNode(api, node);
    try {
      const [pod] = await podsOf('far');
      const name = pod?.metadata.name ?? '';
      // What the control plane does in time: it tells the pod to stop, which nobody hears, and takes it away in the end.
      await kubectl(['delete', 'pod', '-n', namespace, '--wait=false', name]);
      await reaches('far', 'STOPPING');
      await kubectl(['delete', 'pod', '-n', namespace, '--force', '--grace-period=0', name]);
      const { status: after } = await reaches('far', 'STOPPED');
      assert.deepEqual([after?.node, after?.exitCode], [node, undefined]);
      await settles();
      assert.equal(creations('far'), 1);
    } finally {
      await returnNode(api, node);
    }
  });

  it('is deleted after the time that it gives itself', async () => {
    await applyAll(manifests.task('brief', 'three', { kubernetes: { ttlSecondsAfterStopped: 1 } }));
    await kubectl(['wait', '-n', namespace, 'ecst/brief', '--for=delete', '--timeout=60s']);
  });

  const moments: Record<string, (hook: () => Promise<'cut'>) => Fault> = {
    'just before': beforeForwarding,
    'just after': afterForwarding,
  };
  const writes = {
    'its pod is made': { verb: 'create', resource: 'pods' },
    'its launch is recorded': { verb: 'create', resource: 'controllerrevisions' },
    'it is let start': { verb: 'patch', resource: 'pods' },
  } as const;
  Object.entries(writes).forEach(([what, write], index) => {
    Object.entries(moments).forEach(([when, moment], place) => {
      it(`starts once though the operator is killed ${when} ${what}`, async () => {
        const name = `killed-${String(index)}${String(place)}`;
        operator.proxy.on(
          { ...write, times: 1 },
          moment(() => operator.kill().then(() => 'cut')),
        );
        await applyAll(manifests.task(name, 'three'));
        await eventually(async () => assert.notEqual(operator.ended(), undefined));
        await operator.stop();
        await operator.start();
        const { status } = await reaches(name, 'STOPPED');
        assert.equal(status?.exitCode, 3);
        assert.equal(creations(name), 1);
      });
    });
  });

  /** Until a task that is applied now has run, after which everything of before was looked at too. */
  async function settles(): Promise<void> {
    const name = `settles-${String(Math.round(performance.now()))}`;
    await applyAll(manifests.task(name, 'three'));
    await reaches(name, 'STOPPED');
  }

  passesTheAudit(namespace);
});

const lostStatus = '[{"op": "remove", "path": "/status"}]';
