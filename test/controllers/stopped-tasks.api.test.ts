import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Task, TaskStatus } from '../../src/api/task.ts';
import { passesTheAudit } from '../support/audit.ts';
import { applyAll, eventually, kubectl } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `stopped-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const { get, list, podsOfService: podsOf, reaches, wait } = objectsIn(namespace);

type Recorded = Task & { readonly status: TaskStatus };

/** The records of the service's tasks, newest first. */
async function recordsOf(service: string): Promise<readonly Recorded[]> {
  const items = await list<Task>('ecst', `ecs-operator.dev/service=${service}`);
  const stopped = items.filter((each): each is Recorded => each.status?.lastStatus === 'STOPPED');
  assert.equal(stopped.length, items.length, 'one shows nothing yet');
  return stopped.toSorted((a, b) => (a.metadata.creationTimestamp > b.metadata.creationTimestamp ? -1 : 1));
}

/** The records of that service, once there are so many. */
function recorded(service: string, count: number): Promise<readonly Recorded[]> {
  return eventually(async () => {
    const records = await recordsOf(service);
    assert.equal(records.length, count);
    return records;
  });
}

/** The one made last. */
async function lastRecord(service: string, count: number): Promise<Recorded> {
  const [last] = await recorded(service, count);
  assert.ok(last);
  return last;
}

/** Id of the PRIMARY deployment. */
function primaryOf(service: string): Promise<string> {
  return kubectl(['get', '-n', namespace, 'ecssvc', service, '-o=jsonpath={.status.deployments[0].id}']);
}

async function run(service: string, desiredCount: number, image = `registry.example/${service}:1`): Promise<void> {
  await applyAll(manifests.taskDefinition(service, image), manifests.service(service, desiredCount));
}

async function steady(service: string, runningCount: number): Promise<void> {
  await wait(`ecssvc/${service}`, `jsonpath={.status.runningCount}=${String(runningCount)}`);
  await wait(`ecssvc/${service}`, 'condition=Ready');
}

async function scale(service: string, desiredCount: number): Promise<void> {
  await kubectl(['scale', '-n', namespace, `ecssvc/${service}`, `--replicas=${String(desiredCount)}`]);
}

describe('a stopped task of a service, on a real API server,', function () {
  this.timeout(180_000);
  const operator = runsOperatorIn(namespace, manifests.cluster());

  it('has a record of how its essential container ended', async () => {
    await run('exits', 1, 'fate/exit-3');
    const { status, spec, metadata } = await eventually(async () => {
      const [first] = (await recordsOf('exits')).toReversed();
      assert.ok(first);
      return first;
    });
    await scale('exits', 0);
    const { stopCode, stoppedReason, exitCode, taskDefinition, group } = status;
    assert.deepEqual(
      { stopCode, stoppedReason, exitCode, taskDefinition, group },
      {
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        exitCode: 3,
        taskDefinition: 'exits:1',
        group: 'service:exits',
      },
    );
    assert.equal(spec.startedBy, await primaryOf('exits'));
    assert.equal(metadata.labels?.['ecs-operator.dev/task-id'], status.taskId);
    const { startedAt = '-', stoppedAt = '' } = status;
    assert.ok(startedAt <= stoppedAt, JSON.stringify(status));
    const pods = await podsOf('exits');
    const pod = pods.find((each) => each.metadata.name === metadata.name);
    assert.equal(pod?.spec?.nodeName, status.node, 'its pod is kept for its logs');
  });

  it('has its containers in it, with the digests of their images', async () => {
    const [{ status } = assert.fail('no record')] = await recordsOf('exits');
    const [container, ...others] = status.containers ?? [];
    assert.deepEqual([container?.name, container?.exitCode, others], ['app', 3, []]);
    assert.match(container?.imageDigest ?? '', /^sha256:[0-9a-f]{64}$/);
  });

  it('is shown by kubectl get', async () => {
    const table = await kubectl(['get', '-n', namespace, 'ecst', '-l', 'ecs-operator.dev/service=exits']);
    assert.match(table, /^NAME +STATUS +EXIT CODE +REASON +AGE +STOPPED REASON\n/);
    assert.match(
      table,
      /\nexits-[0-9a-f]{12} +STOPPED +3 +EssentialContainerExited +\d+s +Essential container in task exited\n/,
    );
  });

  it('has a record of why its service stopped it on scale-in, and no pod', async () => {
    await run('web', 3);
    await steady('web', 3);
    await scale('web', 1);
    const reason = `Scaling activity initiated by (deployment ${await primaryOf('web')})`;
    for (const { status } of await recorded('web', 2)) {
      const { stopCode, stoppedReason, exitCode, conditions } = status;
      assert.deepEqual([stopCode, stoppedReason, exitCode], ['ServiceSchedulerInitiated', reason, 143]);
      assert.equal(conditions?.[0]?.status, 'True');
    }
    assert.equal((await podsOf('web')).length, 1);
  });

  it('has a record that names the deployment which replaced it', async () => {
    const before = await primaryOf('web');
    await run('web', 1, 'registry.example/web:2');
    await eventually(async () => assert.notEqual(await primaryOf('web'), before));
    await steady('web', 1);
    const { status, spec } = await lastRecord('web', 3);
    assert.equal(status.stoppedReason, `Scaling activity initiated by (deployment ${await primaryOf('web')})`);
    assert.deepEqual([status.taskDefinition, spec.startedBy], ['web:1', before]);
  });

  it('has a record that says so when somebody deleted its pod', async () => {
    const [{ metadata } = assert.fail('no pod')] = await podsOf('web');
    await kubectl(['delete', 'pod', '-n', namespace, metadata.name]);
    const { stopCode, stoppedReason, exitCode, podUid } = (await lastRecord('web', 4)).status;
    assert.deepEqual([stopCode, stoppedReason, exitCode], ['UserInitiated', 'Task stopped by user', 143]);
    assert.equal(podUid, metadata.uid);
    await steady('web', 1);
  });

  it('is recorded once, though the operator is restarted, and never run again', async () => {
    const before = await recorded('web', 4);
    await operator.stop();
    await operator.start();
    await run('later', 1);
    await steady('later', 1);
    assert.deepEqual(await recordsOf('web'), before);
    assert.equal((await podsOf('web')).length, 1);
  });

  it('has a record that says that nobody saw it end, when its pod went while no operator was there', async () => {
    await operator.stop();
    const [{ metadata } = assert.fail('no pod')] = await podsOf('web');
    await kubectl(['delete', 'pod', '-n', namespace, '--force', '--grace-period=0', metadata.name]);
    await operator.start();
    const { metadata: own, status } = await lastRecord('web', 5);
    assert.deepEqual([own.name, status.exitCode, status.stopCode], [metadata.name, undefined, undefined]);
    assert.match(status.stoppedReason ?? '', /nobody saw it end: its exit code is unknown/);
    await steady('web', 1);
  });

  it('has one of a hundred records at most, and of many that stop at once the pods are gone all the same', async () => {
    await run('many', 120);
    await steady('many', 120);
    await scale('many', 0);
    await eventually(async () => assert.equal((await podsOf('many')).length, 0));
    await recorded('many', 100);
  });

  it('has a record for as long as the operator is told to keep it; what a user applied stays', async () => {
    await applyAll(manifests.taskDefinition('once', 'fate/exit-0'), manifests.task('once', 'once'));
    await reaches('once', 'STOPPED');
    await operator.stop();
    await operator.start('--stopped-task-ttl', '10');
    await run('brief', 1);
    await steady('brief', 1);
    await scale('brief', 0);
    await recorded('brief', 1);
    await recorded('brief', 0);
    assert.equal((await recordsOf('web')).length, 5, 'each is kept as long as was meant when it was made');
    assert.equal((await get<Task>('ecst', 'once')).status?.lastStatus, 'STOPPED');
  });

  it('leaves its record when its service is deleted', async () => {
    await kubectl(['delete', '-n', namespace, 'ecssvc/web']);
    await eventually(async () => assert.equal((await podsOf('web')).length, 0));
    assert.equal((await recordsOf('web')).length, 5);
  });

  passesTheAudit(namespace);
});
