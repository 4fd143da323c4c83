import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { annotations } from '../../src/api/labels.ts';
import type { Pod } from '../../src/api/meta.ts';
import { movingImage } from '../../deploy/local/kubelet/images.ts';
import { registryUrl } from '../../deploy/local/kubelet/registry.ts';
import { eventually, kubectl } from '../support/cluster.ts';
import { endings, endOf, exitCodes } from '../support/kubelet-facts.ts';
import { codesOf, container, deaf, messages, obedient, RealTasks } from '../support/real-tasks.ts';

const tasks = new RealTasks(`kubelet-endings-${String(process.pid)}`);

describe('how tasks of real containers end', function () {
  this.timeout(120_000);
  tasks.runsOperator();

  before(async () => {
    await Promise.all([
      tasks.run(
        'exits',
        container('app', 'sleep 5; exit 3'),
        // The code shows that it was told, and the second that it was given time.
        container('helper', 'trap "sleep 1; exit 7" TERM; while :; do sleep 1; done'),
      ),
      tasks.run(
        'stops',
        container('app', obedient, { stopTimeout: 2 }),
        container('deaf', deaf, { stopTimeout: 2 }),
        container('deafer', deaf, { stopTimeout: 7 }),
      ),
      tasks.run('oom', container('app', 'sleep 2; exec tail /dev/zero', { memory: 32 })),
      tasks.run('unpulled', container('app', obedient, { image: 'registry.example/nowhere:1' })),
      tasks.run(
        'moving',
        container('app', obedient, { image: movingImage }),
        container('free', obedient, { image: movingImage, versionConsistency: 'disabled' }),
      ),
      tasks.run('logs', container('app', `echo "hello from $((40 + 2))"; ${obedient}`)),
    ]);
  });

  it('logs and exec go through the API server; the pod says which image runs, by digest', async () => {
    const pod = await tasks.oldest('logs', ({ status }) => assert.ok(status?.containerStatuses?.[0]?.state?.running));
    const log = await kubectl(['logs', '-n', tasks.namespace, pod.metadata.name]);
    assert.equal(log, 'hello from 42\n');
    assert.equal(await tasks.exec(pod, 'cat /proc/1/comm'), 'sh\n');
    assert.match(pod.status?.containerStatuses?.[0]?.imageID ?? '', /^registry\.example\/busybox@sha256:[0-9a-f]{64}$/);
  });

  it('a task that starts after the tag has moved runs what the first has pulled, unless that is disabled', async () => {
    const manifests = `${registryUrl}/v2/moving/manifests`;
    const [old = '', moved = ''] = await Promise.all(
      ['1', '2'].map(async (tag) => (await fetch(`${manifests}/${tag}`)).headers.get('docker-content-digest') ?? ''),
    );
    const first = await tasks.oldest('moving', (pod) => assert.deepEqual(pulled(pod), { app: old, free: old }));
    await eventually(async () => {
      const records = await kubectl(['get', '-n', tasks.namespace, 'controllerrevisions', '-o', 'yaml']);
      assert.ok(records.includes(`{"app":"registry.example/moving@${old}"}`));
    });
    const body = await (await fetch(`${manifests}/2`)).text();
    assert.equal((await fetch(`${manifests}/1`, { method: 'PUT', body })).status, 201);
    await kubectl(['delete', '-n', tasks.namespace, 'pod', first.metadata.name, '--wait=false']);
    await eventually(async () => {
      const next = (await tasks.pods('moving')).find(({ metadata }) => metadata.uid !== first.metadata.uid);
      assert.ok(next);
      assert.deepEqual(pulled(next), { app: old, free: moved });
    });
    await tasks.stop('moving');
  });

  it('an essential exit ends the task: TERM and time for the others, every exit code kept, a new task', async () => {
    const pod = await tasks.oldest('exits', (each) => {
      assert.equal(each.status?.phase, 'Failed');
      assert.deepEqual(exitCodes(each), { app: 3, helper: 7 });
    });
    assert.equal(pod.metadata.deletionTimestamp, undefined);
    assert.equal(pod.metadata.annotations?.[annotations.stopCode], 'EssentialContainerExited');
    assert.equal(pod.metadata.annotations[annotations.stoppedReason], 'Essential container in task exited');
    await eventually(async () => assert.ok((await tasks.pods('exits')).length > 1));
    await tasks.stop('exits');
  });

  it('a container over its memory limit is told apart from one that exits with 137', async () => {
    const pod = await tasks.oldest('oom', (each) => assert.ok(endings(each)['app']));
    assert.equal(endings(pod)['app']?.exitCode, 137);
    assert.equal(endings(pod)['app']?.reason, 'OOMKilled');
    await eventually(async () => {
      assert.match(JSON.stringify((await tasks.service('oom')).status), /app: exit code 137, OutOfMemoryError: /);
    });
    await tasks.stop('oom');
  });

  it('an image that is not there is a CannotPullContainerError', async () => {
    await eventually(async () => {
      const service = await tasks.service('unpulled');
      assert.match(JSON.stringify(service.status), /CannotPullContainerError: app: /);
    });
    await tasks.stop('unpulled');
  });

  it('a stop is TERM first: 0 for one that obeys, 137 for others when the longest stopTimeout is over', async () => {
    const running = await tasks.oldest('stops', ({ status }) => assert.equal(status?.phase, 'Running'));
    await tasks.keep(running);
    await tasks.stop('stops');
    const wantCodes = { app: 0, deaf: 137, deafer: 137 };
    const pod = await tasks.oldest('stops', (each) => assert.deepEqual(exitCodes(each), wantCodes));
    await tasks.letGo(running);
    for (const name of ['deaf', 'deafer']) {
      assert.ok(endOf(pod, name) - endOf(pod, 'app') >= 4_000, `${name}: the grace period lies between the two`);
    }
    assert.match(messages(await tasks.service('stops')), /has stopped 1 running tasks/);
  });

  it('each stopped task leaves a record of that, also when its pod is gone at once', async () => {
    await tasks.stop('logs');
    const { stopCode, exitCode, containers } = await tasks.record('logs');
    assert.deepEqual([stopCode, exitCode], ['ServiceSchedulerInitiated', 0]);
    assert.match(containers?.[0]?.imageDigest ?? '', /^sha256:[0-9a-f]{64}$/);
    await eventually(async () => assert.equal((await tasks.pods('logs')).length, 0));
  });

  it('the record has the exit code of each container, and what ended it', async () => {
    assert.deepEqual(codesOf(await tasks.record('stops')), { app: 0, deaf: 137, deafer: 137 });
    const { containers: killed = [] } = await tasks.record('oom');
    assert.match(killed[0]?.reason ?? '', /^OutOfMemoryError: /);
  });
});

/** The digests of what was pulled, by container. */
function pulled({ status }: Pod): Record<string, string> {
  return Object.fromEntries(
    (status?.containerStatuses ?? []).map(({ name, imageID }) => [name, imageID.replace(/^.*@/, '')]),
  );
}
