import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { LocalApi } from '../../deploy/local/api.ts';
import { nodeName } from '../../deploy/local/kubelet/config.ts';
import { killKubelet, restartKubelet } from '../../deploy/local/kubelet/process.ts';
import { createNode, ec2Node } from '../../deploy/local/nodes.ts';
import type { Node, Pod } from '../../src/api/meta.ts';
import type { Task } from '../../src/api/task.ts';
import { passesTheAudit, podsCreated } from '../support/audit.ts';
import { clusterSetting, eventually, kubectl, kubectlJson } from '../support/cluster.ts';
import { container, obedient, RealTasks } from '../support/real-tasks.ts';

const tasks = new RealTasks(`kubelet-node-loss-${String(process.pid)}`);
const { namespace } = tasks;
const nodeLossSeconds = 5;
/** Simulated: the other node, where there is room for what the real one loses. */
const other = ec2Node(0);

const readyOf = async (name: string): Promise<string | undefined> => {
  const { status } = await kubectlJson<Node>('get', 'node', name);
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status;
};

const podsOfTask = async (name: string): Promise<readonly Pod[]> =>
  (await kubectlJson<{ items: readonly Pod[] }>('get', 'pods', '-n', namespace, '-l', `ecs-operator.dev/task=${name}`))
    .items;

/** Who it is, whether anybody has told it to stop, and which container runs. */
function lifeOf({ metadata, status }: Pod): readonly unknown[] {
  return [metadata.uid, metadata.deletionTimestamp, status?.phase, status?.containerStatuses?.[0]?.containerID];
}

/** Which nodes the tasks of the service that nobody has told to stop are on. */
async function nodesOf(service: string): Promise<readonly string[]> {
  const pods = await tasks.pods(service);
  const live = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return live.map(({ spec }) => spec?.nodeName ?? '').toSorted();
}

async function runs(name: string): Promise<void> {
  await tasks.run(name, container('app', obedient, { healthCheck: { command: ['CMD', 'true'], interval: 5 } }));
}

describe('a node whose kubelet is killed', function () {
  this.timeout(120_000);
  tasks.runsOperator('--node-loss-seconds', String(nodeLossSeconds));
  let once: Pod;
  let killedMs = 0;

  before(async () => {
    await Promise.all([runs('web'), tasks.runOnce('once', container('app', obedient))]);
    await tasks.oldest('web', ({ status }) => assert.equal(status?.containerStatuses?.[0]?.ready, true));
    await kubectl(['wait', '-n', namespace, 'ecst/once', '--for=jsonpath={.status.lastStatus}=RUNNING']);
    once = (await podsOfTask('once'))[0] as Pod;
    const api = new LocalApi(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG'));
    await createNode(api, other);
    await api.close();
    await eventually(async () => assert.equal(await readyOf(other.metadata.name), 'True'));
    killKubelet();
    killedMs = Date.now();
  });

  after(async () => {
    if ((await readyOf(nodeName)) !== 'True') restartKubelet();
    await kubectl(['delete', 'node', other.metadata.name]);
    await eventually(async () => {
      const { spec } = await kubectlJson<Node>('get', 'node', nodeName);
      assert.deepEqual([await readyOf(nodeName), spec?.taints], ['True', undefined]);
    });
  });

  it('is not Ready any more once Kubernetes has missed its lease for a while', async () => {
    await eventually(async () => assert.equal(await readyOf(nodeName), 'Unknown'));
    assert.ok(Date.now() - killedMs > 10_000, 'not before the lease has ended');
    assert.deepEqual(await nodesOf('web'), [nodeName], 'it may come back yet');
  });

  it('has the task of a service replaced on another node once it is lost', async () => {
    await eventually(async () => assert.deepEqual(await nodesOf('web'), [nodeName, other.metadata.name].toSorted()));
    await eventually(async () => {
      const [, fresh] = await tasks.pods('web');
      assert.equal(fresh?.status?.containerStatuses?.[0]?.ready, true);
    });
  });

  it('has its standalone task not started again: it may run on, as its container does', async () => {
    assert.deepEqual((await podsOfTask('once')).map(lifeOf), [lifeOf(once)]);
    assert.equal((await kubectlJson<Task>('get', 'ecst', '-n', namespace, 'once')).status?.lastStatus, 'RUNNING');
  });

  it('has the surplus stopped when its kubelet is back, and the standalone task goes on', async () => {
    restartKubelet();
    await eventually(async () => assert.equal(await readyOf(nodeName), 'True'));
    await eventually(async () => assert.equal((await tasks.pods('web')).length, 1));
    assert.deepEqual((await podsOfTask('once')).map(lifeOf), [lifeOf(once)]);
    assert.equal(podsCreated(namespace).length, 3, 'two of the service, one standalone');
  });

  passesTheAudit(namespace, { nodeLossMs: nodeLossSeconds * 1000 });
});
