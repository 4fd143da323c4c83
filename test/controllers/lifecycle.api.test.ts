import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Pod } from '../../src/api/meta.ts';
import type { Task, TaskStatus } from '../../src/api/task.ts';
import { passesTheAudit } from '../support/audit.ts';
import { applyAll, eventually, kubectl } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `lifecycle-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const objects = objectsIn(namespace);

const app = { name: 'app', image: 'registry.example/app:1', memory: 64 };
const migrate = { ...app, name: 'migrate', essential: false };
const db = { ...app, name: 'db', healthCheck: { command: ['CMD', 'true'], interval: 5 } };
const afterBoth = [
  { containerName: 'db', condition: 'HEALTHY' },
  { containerName: 'migrate', condition: 'SUCCESS' },
];

function taskDefinition(name: string, ...containerDefinitions: readonly object[]): object {
  return { ...manifests.taskDefinition(name, ''), spec: { containerDefinitions } };
}

async function statusOf(name: string): Promise<TaskStatus> {
  return (await objects.get<Task>('ecst', name)).status ?? {};
}

async function reaches(name: string, lastStatus: string): Promise<TaskStatus> {
  return (await objects.reaches(name, lastStatus)).status ?? {};
}

/** Each container as `name: lastStatus, exit code`. */
function told({ containers = [] }: TaskStatus): string[] {
  return containers.map(({ name, lastStatus, exitCode }) =>
    [`${name}: ${lastStatus}`, exitCode].filter((part) => part !== undefined).join(', '),
  );
}

/** Lets the pod look as if it had been tried to start for an hour. */
async function backdate({ metadata, status }: Pod): Promise<void> {
  const lastTransitionTime = '2026-01-01T12:00:00Z';
  const conditions = status?.conditions?.map((each) => ({ ...each, lastTransitionTime }));
  const patch = JSON.stringify({ status: { conditions } });
  await kubectl(['patch', '-n', namespace, 'pod', metadata.name, '--subresource=status', '-p', patch]);
}

describe('the life of a task on a real API server', function () {
  this.timeout(120_000);
  runsOperatorIn(namespace, manifests.cluster());

  it('shows the containers that start early, from the first to the last', async () => {
    const definition = taskDefinition('shop', { ...app, dependsOn: afterBoth }, migrate, db);
    await applyAll(definition, manifests.task('shop', 'shop'));
    const runs = await reaches('shop', 'RUNNING');
    assert.deepEqual(told(runs), ['app: RUNNING', 'migrate: STOPPED, 0', 'db: RUNNING']);
    for (const { imageDigest = '', runtimeId = '' } of runs.containers ?? []) {
      assert.match(imageDigest, /^sha256:[0-9a-f]{64}$/);
      assert.match(runtimeId, /^[0-9a-f]{64}$/);
    }
    assert.notEqual(runs.startedAt, undefined);
    await eventually(async () => assert.equal((await statusOf('shop')).healthStatus, 'HEALTHY'));
    const stop = '{"spec":{"stop":{}}}';
    await kubectl(['patch', '-n', namespace, 'ecst/shop', '--type=merge', '-p', stop]);
    const stopped = await reaches('shop', 'STOPPED');
    assert.deepEqual(told(stopped), ['app: STOPPED, 143', 'migrate: STOPPED, 0', 'db: STOPPED, 143']);
    const { createdAt = '', startedAt = '', stoppingAt = '', stoppedAt = '' } = stopped;
    assert.deepEqual([createdAt, startedAt, stoppingAt, stoppedAt].toSorted(), [
      createdAt,
      startedAt,
      stoppingAt,
      stoppedAt,
    ]);
  });

  it('tells what never ran because what it waits for has failed', async () => {
    const failing = { ...migrate, image: 'registry.example/fate/exit-3' };
    await applyAll(
      taskDefinition('fails', { ...app, dependsOn: afterBoth }, failing, db),
      manifests.task('fails', 'fails'),
    );
    const stopped = await reaches('fails', 'STOPPED');
    assert.deepEqual([stopped.stopCode, stopped.startedAt], ['TaskFailedToStart', undefined]);
    assert.deepEqual(told(stopped).slice(0, 2), ['app: STOPPED, 143', 'migrate: STOPPED, 3']);
    assert.match(stopped.containers?.[0]?.reason ?? '', /^CannotStartContainerError: .*\[migrate\] for target \[app\]/);
  });

  const unpulled = { ...app, image: 'registry.example/fate/pull-error/1s' };

  it('ends when an image cannot be pulled, without an exit code', async () => {
    await applyAll(taskDefinition('unpulled', unpulled), manifests.task('unpulled', 'unpulled'));
    await eventually(async () => {
      const { lastStatus, containers = [] } = await statusOf('unpulled');
      assert.equal(lastStatus, 'PENDING');
      assert.match(containers[0]?.reason ?? '', /^CannotPullContainerError: failed to pull/);
    });
    const [pod] = await objects.podsOfTask('unpulled');
    assert.ok(pod);
    await backdate(pod);
    const { stopCode, stoppedReason, exitCode, startedAt, containers = [] } = await reaches('unpulled', 'STOPPED');
    assert.deepEqual([stopCode, exitCode, startedAt], ['TaskFailedToStart', undefined, undefined]);
    assert.match(stoppedReason ?? '', /^CannotPullContainerError: failed to pull/);
    assert.deepEqual(
      containers.map((each) => [each.lastStatus, each.exitCode, each.reason]),
      [['STOPPED', undefined, stoppedReason]],
    );
    const [ended] = await objects.podsOfTask('unpulled');
    assert.equal(ended?.status?.reason, 'DeadlineExceeded');
  });

  it('ends in a service too, which starts another one', async () => {
    await applyAll(manifests.service('unpulled', 1));
    const failing = await eventually(async () => {
      const [pod] = await objects.podsOfService('unpulled');
      assert.match(pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason ?? '', /Image/);
      return pod;
    });
    assert.ok(failing);
    await backdate(failing);
    await eventually(async () => {
      const pods = await objects.podsOfService('unpulled');
      assert.ok(pods.some(({ metadata }) => metadata.uid !== failing.metadata.uid));
    });
    // There is nothing to read in it, so that its record is all that stays.
    const { stopCode, stoppedReason, exitCode } = await eventually(async () => {
      const status = await statusOf(failing.metadata.name);
      assert.equal(status.lastStatus, 'STOPPED');
      return status;
    });
    assert.deepEqual([stopCode, exitCode], ['TaskFailedToStart', undefined]);
    assert.match(stoppedReason ?? '', /^CannotPullContainerError: /);
    await applyAll(manifests.service('unpulled', 0));
  });
});

passesTheAudit(namespace);
