import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Pod } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import type { Task } from '../../src/api/task.ts';
import { passesTheAudit } from '../support/audit.ts';
import {
  applyAll,
  eventually,
  kubectl,
  kubectlJson,
  makeNamespace,
  startOperatorIn,
  type ProxiedOperator,
} from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `stopped-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);

/** What belongs to the service, newest first. */
async function listOf<T extends Task | Pod>(plural: 'ecst' | 'pods', service: string): Promise<readonly T[]> {
  const selector = `--selector=ecs-operator.dev/service=${service}`;
  const { items } = await kubectlJson<{ items: readonly T[] }>('get', '-n', namespace, plural, selector);
  return items.toSorted((a, b) => (a.metadata.creationTimestamp > b.metadata.creationTimestamp ? -1 : 1));
}

const recordsOf = (service: string): Promise<readonly Task[]> => listOf<Task>('ecst', service);
const podsOf = (service: string): Promise<readonly Pod[]> => listOf<Pod>('pods', service);

/** The records of that service, once there are so many and each has its status. */
function recorded(service: string, count: number): Promise<readonly Task[]> {
  return eventually(async () => {
    const records = await recordsOf(service);
    assert.equal(records.length, count);
    assert.ok(records.every(({ status }) => status?.lastStatus === 'STOPPED'));
    return records;
  });
}

async function run(service: string, desiredCount: number, image = `registry.example/${service}:1`): Promise<void> {
  await applyAll(manifests.taskDefinition(service, image), manifests.service(service, desiredCount));
}

async function steady(service: string, runningCount: number): Promise<Service> {
  await kubectl([
    'wait',
    '-n',
    namespace,
    `ecssvc/${service}`,
    `--for=jsonpath={.status.runningCount}=${String(runningCount)}`,
    '--timeout=60s',
  ]);
  await kubectl(['wait', '-n', namespace, `ecssvc/${service}`, '--for=condition=Ready', '--timeout=60s']);
  return kubectlJson('get', '-n', namespace, 'ecssvc', service);
}

async function scale(service: string, desiredCount: number): Promise<void> {
  await kubectl(['scale', '-n', namespace, `ecssvc/${service}`, `--replicas=${String(desiredCount)}`]);
}

describe('a stopped task of a service, on a real API server,', function () {
  this.timeout(180_000);
  let operator: ProxiedOperator;

  before(async () => {
    await makeNamespace(namespace);
    operator = await startOperatorIn(namespace);
    await applyAll(manifests.cluster());
  });

  after(async () => {
    await operator.stop();
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  it('has a record of how its essential container ended', async () => {
    await run('exits', 1, 'fate/exit-3');
    const record = await eventually(async () => {
      const [first] = (await recordsOf('exits')).toReversed();
      assert.equal(first?.status?.lastStatus, 'STOPPED');
      return first;
    });
    await scale('exits', 0);
    const { status, spec, metadata } = record;
    assert.deepEqual(
      [status?.stopCode, status?.stoppedReason],
      ['EssentialContainerExited', 'Essential container in task exited'],
    );
    assert.deepEqual([status?.exitCode, status?.containers?.[0]?.exitCode], [3, 3]);
    assert.match(status?.containers?.[0]?.imageDigest ?? '', /^sha256:[0-9a-f]{64}$/);
    assert.deepEqual([status?.taskDefinition, status?.group], ['exits:1', 'service:exits']);
    assert.match(spec.startedBy ?? '', /^ecs-svc\/\d{19}$/);
    assert.equal(metadata.labels?.['ecs-operator.dev/task-id'], status?.taskId);
    assert.ok((status?.startedAt ?? '') <= (status?.stoppedAt ?? ''), JSON.stringify(status));
    const [pod] = (await podsOf('exits')).filter((each) => each.metadata.name === metadata.name);
    assert.equal(pod?.spec?.nodeName, status?.node, 'its pod is kept for its logs');
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
    const { status: service } = await steady('web', 3);
    await scale('web', 1);
    const records = await recorded('web', 2);
    const reason = `Scaling activity initiated by (deployment ${service?.deployments?.[0]?.id ?? ''})`;
    for (const { status } of records) {
      assert.deepEqual(
        [status?.stopCode, status?.stoppedReason, status?.exitCode],
        ['ServiceSchedulerInitiated', reason, 143],
      );
      assert.equal(status?.conditions?.[0]?.status, 'True');
    }
    assert.equal((await podsOf('web')).length, 1);
  });

  it('has a record that names the deployment which replaced it', async () => {
    await run('web', 1, 'registry.example/web:2');
    await kubectl([
      'wait',
      '-n',
      namespace,
      'ecssvc/web',
      '--for=jsonpath={.status.taskDefinition}=web:2',
      '--timeout=60s',
    ]);
    const { status: service } = await steady('web', 1);
    const [{ status, spec } = {} as Task] = await recorded('web', 3);
    assert.equal(
      status?.stoppedReason,
      `Scaling activity initiated by (deployment ${service?.deployments?.[0]?.id ?? ''})`,
    );
    assert.equal(status?.taskDefinition, 'web:1');
    assert.notEqual(spec.startedBy, service?.deployments?.[0]?.id);
  });

  it('has a record that says so when somebody deleted its pod', async () => {
    const [pod] = await podsOf('web');
    await kubectl(['delete', 'pod', '-n', namespace, pod?.metadata.name ?? '']);
    const [{ status } = {} as Task] = await recorded('web', 4);
    assert.deepEqual(
      [status?.stopCode, status?.stoppedReason, status?.exitCode],
      ['UserInitiated', 'Task stopped by user', 143],
    );
    assert.equal(status?.podUid, pod?.metadata.uid);
    await steady('web', 1);
  });

  it('is recorded once, though the operator is restarted, and never run again', async () => {
    const before = await recorded('web', 4);
    await operator.stop();
    operator = await startOperatorIn(namespace);
    await run('later', 1);
    await steady('later', 1);
    assert.deepEqual(await recordsOf('web'), before);
    assert.equal((await podsOf('web')).length, 1);
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
    await kubectl([
      'wait',
      '-n',
      namespace,
      'ecst/once',
      '--for=jsonpath={.status.lastStatus}=STOPPED',
      '--timeout=60s',
    ]);
    await operator.stop();
    operator = await startOperatorIn(namespace, '--stopped-task-ttl', '10');
    await run('brief', 1);
    await steady('brief', 1);
    await scale('brief', 0);
    await recorded('brief', 1);
    await recorded('brief', 0);
    assert.equal((await recordsOf('web')).length, 4, 'each is kept as long as was meant when it was made');
    assert.equal((await kubectlJson<Task>('get', '-n', namespace, 'ecst', 'once')).status?.lastStatus, 'STOPPED');
  });

  it('leaves its record when its service is deleted', async () => {
    await kubectl(['delete', '-n', namespace, 'ecssvc/web']);
    await eventually(async () => assert.equal((await podsOf('web')).length, 0));
    assert.equal((await recordsOf('web')).length, 4);
  });

  passesTheAudit(namespace);
});
