import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { busyboxImage } from '../../deploy/local/kubelet/images.ts';
import { registryUrl } from '../../deploy/local/kubelet/registry.ts';
import { eventually, kubectl } from '../support/cluster.ts';
import { firstEnding, statusOf } from '../support/kubelet-facts.ts';
import { codesOf, container, deaf, obedient, RealTasks, waitsFor } from '../support/real-tasks.ts';

const tasks = new RealTasks(`kubelet-task-${String(process.pid)}`);

describe('what is kept of standalone tasks of real containers', function () {
  this.timeout(120_000);
  const operator = tasks.runsOperator();

  before(async () => {
    await Promise.all([
      tasks.runOnce(
        'exits',
        container('app', 'sleep 2; exit 3'),
        container('helper', 'trap "exit 7" TERM; while :; do sleep 1; done', { essential: false }),
        container('once', 'exit 1', { essential: false }),
      ),
      tasks.runOnce('oom', container('app', 'sleep 2; exec tail /dev/zero', { memory: 32 })),
      tasks.runOnce(
        'stops',
        container('app', 'trap "exit 4" TERM; while :; do sleep 1; done', { stopTimeout: 3 }),
        container('deaf', deaf, { stopTimeout: 3 }),
        container('once', 'exit 1', { essential: false, stopTimeout: 3 }),
      ),
      tasks.runOnce(
        'missed',
        container('app', obedient, waitsFor(['proxy', 'START'])),
        // The file is gone when it is started again.
        container('proxy', 'trap "exit 0" TERM; until test -f /tmp/end; do sleep 1; done; exit 9'),
      ),
      tasks.runOnce('unpulled', container('app', obedient, { image: 'registry.example/nowhere:1' })),
    ]);
  });

  it('an essential exit: the reason, every exit code, and when', async () => {
    const { status } = await tasks.stopped('exits');
    assert.equal(status?.stopCode, 'EssentialContainerExited');
    assert.equal(status.stoppedReason, 'Essential container in task exited');
    assert.equal(status.exitCode, 3);
    assert.deepEqual(codesOf(status), { app: 3, helper: 7, once: 1 });
    const { startedAt = '', executionStoppedAt = '', stoppedAt = '' } = status;
    assert.ok(startedAt !== '' && startedAt < executionStoppedAt && executionStoppedAt <= stoppedAt);
    const row = await kubectl(['get', '-n', tasks.namespace, 'ecst', 'exits', '--no-headers']);
    assert.match(row, /^exits +STOPPED +3 +EssentialContainerExited +\d+s/);
  });

  it('which image ran, by the digest of the registry, and the id that the runtime gave', async () => {
    const { status } = await tasks.task('exits');
    const [pod] = await tasks.pods('exits');
    const runtimeId = pod && firstEnding(pod, 'app').containerID?.replace('containerd://', '');
    assert.equal(status?.containers?.[0]?.runtimeId, runtimeId);
    const [repository, tag] = busyboxImage.replace(/^[^/]+\//, '').split(':');
    const { headers } = await fetch(`${registryUrl}/v2/${repository ?? ''}/manifests/${tag ?? ''}`, { method: 'HEAD' });
    const digests = new Set(status?.containers?.map(({ imageDigest }) => imageDigest));
    assert.deepEqual([...digests], [headers.get('docker-content-digest')]);
  });

  it('the same once its pod is gone and the operator was restarted', async () => {
    const { status } = await tasks.task('exits');
    const [pod] = await tasks.pods('exits');
    await operator.stop();
    await kubectl(['delete', '-n', tasks.namespace, 'pod', pod?.metadata.name ?? '']);
    await operator.start();
    // The operator has looked at all tasks once it has stopped another one.
    await tasks.stopTask('stops', 'Seen enough');
    await tasks.stopped('stops');
    assert.deepEqual((await tasks.task('exits')).status, status);
    assert.deepEqual(await tasks.pods('exits'), []);
  });

  it('an essential sidecar that exited while no operator looked, and runs again, ends its task', async () => {
    const running = await tasks.oldest('missed', (each) => assert.ok(statusOf(each, 'proxy').state?.running));
    await operator.stop();
    await tasks.exec(running, 'touch /tmp/end', 'proxy');
    await tasks.oldest('missed', (each) => {
      const { restartCount, state } = statusOf(each, 'proxy');
      assert.ok(restartCount === 1 && state?.running, 'it runs again');
    });
    await operator.start();
    const { status } = await tasks.stopped('missed');
    assert.deepEqual([status?.stopCode, status?.exitCode], ['EssentialContainerExited', 9]);
  });

  it('a stop: the reason given, and the code of each container, also of one that had ended and one that is killed', async () => {
    const { status } = await tasks.stopped('stops');
    assert.deepEqual([status?.stopCode, status?.stoppedReason], ['UserInitiated', 'Seen enough']);
    assert.deepEqual(codesOf(status), { app: 4, deaf: 137, once: 1 });
    await eventually(async () => assert.deepEqual(await tasks.pods('stops'), []));
  });

  it('a container over its memory limit: OutOfMemoryError, which tells its 137 from that of a kill', async () => {
    const { status } = await tasks.stopped('oom');
    assert.deepEqual([status?.stopCode, status?.exitCode], ['EssentialContainerExited', 137]);
    assert.equal(status?.containers?.[0]?.reason, 'OutOfMemoryError: Container killed due to memory usage');
    const { status: stopped } = await tasks.stopped('stops');
    assert.deepEqual(stopped?.containers?.map(({ reason }) => reason).filter(Boolean), []);
  });

  it('an image that cannot be pulled: CannotPullContainerError, and no exit code, then or later', async () => {
    await eventually(async () => {
      const { status } = await tasks.task('unpulled');
      assert.match(status?.containers?.[0]?.reason ?? '', /^CannotPullContainerError: /);
      assert.deepEqual([status?.lastStatus, status?.containers?.[0]?.exitCode], ['PENDING', undefined]);
    });
    await tasks.stopTask('unpulled', 'Wrong image');
    const { status } = await tasks.stopped('unpulled');
    assert.deepEqual([status?.stopCode, status?.stoppedReason], ['UserInitiated', 'Wrong image']);
    assert.deepEqual(codesOf(status), { app: undefined });
    assert.equal(status?.exitCode, undefined);
  });
});
