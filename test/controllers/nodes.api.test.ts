import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { LocalApi } from '../../deploy/local/api.ts';
import { loseNode, returnNode } from '../../deploy/local/node-loss.ts';
import type { Pod } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import type { Task } from '../../src/api/task.ts';
import { isTrue } from '../../src/base/conditions.ts';
import { passesTheAudit, podsCreated } from '../support/audit.ts';
import { applyAll, clusterSetting, eventually, kubectl } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `nodes-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const objects = objectsIn(namespace);

const desiredCount = 12;

/** The service with those percentages. */
function service(minimumHealthyPercent: number, maximumPercent: number): object {
  return manifests.service('web', desiredCount, {
    deploymentConfiguration: { minimumHealthyPercent, maximumPercent },
  });
}

const readService = (): Promise<Service> => objects.get('ecssvc', 'web');

/** Of tasks that are meant to go on. */
async function livePods(): Promise<readonly Pod[]> {
  return (await objects.podsOfService('web')).filter(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase === 'Running',
  );
}

async function podsOn(node: string): Promise<readonly Pod[]> {
  return (await livePods()).filter(({ spec }) => spec?.nodeName === node);
}

/** A node with tasks of the service, once that is steady. */
async function someNode(): Promise<string> {
  await steady();
  const [pod] = await livePods();
  return pod?.spec?.nodeName ?? '';
}

async function steady(): Promise<void> {
  await eventually(async () => {
    const { status } = await readService();
    assert.ok(isTrue(status?.conditions, 'Ready') && status?.runningCount === desiredCount, JSON.stringify(status));
    assert.equal((await livePods()).length, desiredCount);
  }, 90_000);
}

/** Once nothing of the service is there any more. */
async function isEmptied(node: string): Promise<void> {
  await eventually(async () => assert.deepEqual(await podsOn(node), []), 90_000);
  await steady();
}

/** Does that while the node takes no pods. */
async function whileCordoned(node: string, act: () => Promise<void>): Promise<void> {
  await kubectl(['cordon', node]);
  try {
    await act();
  } finally {
    await kubectl(['uncordon', node]);
  }
}

describe('a service whose nodes leave', function () {
  this.timeout(240_000);
  const operator = runsOperatorIn(
    namespace,
    manifests.cluster(),
    manifests.taskDefinition('web', 'registry.example/web:1'),
    service(100, 150),
  );
  let api: LocalApi;

  before(() => {
    api = new LocalApi(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG'));
  });

  after(async () => {
    await api.close();
  });

  it('empties one that is cordoned, and starts the replacements first', async () => {
    const node = await someNode();
    await whileCordoned(node, () => isEmptied(node));
    assert.equal(conditionOf(await readService(), 'Draining'), undefined);
  });

  it('leaves it alone at 100/100, and empties it at 50/100', async () => {
    await applyAll(service(100, 100));
    const node = await someNode();
    const there = (await podsOn(node)).length;
    const reason = async (): Promise<string | undefined> => conditionOf(await readService(), 'Draining')?.reason;
    await whileCordoned(node, async () => {
      await eventually(async () => assert.equal(await reason(), 'DrainingBlocked'));
      const stuck = await readService();
      assert.match(conditionOf(stuck, 'Draining')?.message ?? '', new RegExp(`^${String(there)} tasks .*${node} `));
      assert.equal(stuck.status?.drainingCount, there);
      assert.ok(isTrue(stuck.status.conditions, 'Ready'));
      assert.equal((await podsOn(node)).length, there);
      await applyAll(service(50, 100));
      await isEmptied(node);
    });
  });

  it('records a Spot interruption as such', async () => {
    await applyAll(service(100, 200));
    const node = await someNode();
    const names = (await podsOn(node)).map(({ metadata }) => metadata.name);
    const key = 'aws-node-termination-handler/spot-itn';
    await kubectl(['taint', 'node', node, `${key}=event:NoSchedule`]);
    try {
      await isEmptied(node);
      await eventually(async () => {
        const records = await Promise.all(names.map((name) => objects.get<Task>('ecst', name)));
        for (const { status } of records) {
          assert.deepEqual(
            [status?.stopCode, status?.stoppedReason],
            ['SpotInterruption', 'Your Spot Task was interrupted.'],
          );
        }
      });
    } finally {
      await kubectl(['taint', 'node', node, `${key}-`]);
    }
  });

  it('replaces what was on one that is lost, starts no standalone task again, and stops the surplus', async () => {
    await operator.stop();
    await operator.start('--node-loss-seconds', '3');
    const node = await someNode();
    const there = (await podsOn(node)).length;
    await applyAll(alone(node), manifests.task('alone', 'alone'));
    await objects.reaches('alone', 'RUNNING');
    await loseNode(api, node);
    try {
      await eventually(async () => assert.equal((await livePods()).length, desiredCount + there));
      await eventually(async () => {
        const { status } = await readService();
        assert.deepEqual([status?.lostCount, status?.runningCount], [there, desiredCount]);
        assert.ok(isTrue(status?.conditions, 'Ready') && isTrue(status?.conditions, 'TasksLost'));
      });
      const told = (await readService()).status?.events ?? [];
      assert.equal(told.filter(({ message }) => message.includes(`has lost ${String(there)} tasks on`)).length, 1);
      await objects.wait('ecst/alone', 'condition=Disconnected');
      assert.equal((await objects.get<Task>('ecst', 'alone')).status?.lastStatus, 'RUNNING');
    } finally {
      await returnNode(api, node);
    }
    await eventually(async () => {
      assert.equal(conditionOf(await readService(), 'TasksLost'), undefined);
      assert.equal(conditionOf(await objects.get<Task>('ecst', 'alone'), 'Disconnected'), undefined);
    });
    await steady();
    assert.equal(podsCreated(namespace).filter((name) => name.startsWith('alone-')).length, 1);
  });
});

/** A definition whose tasks run on that node. */
function alone(node: string): object {
  const { spec, ...rest } = manifests.taskDefinition('alone', 'registry.example/alone:1') as { spec: object };
  return { ...rest, spec: { ...spec, kubernetes: { nodeSelector: { 'kubernetes.io/hostname': node } } } };
}

passesTheAudit(namespace, { nodeLossMs: 3_000 });
