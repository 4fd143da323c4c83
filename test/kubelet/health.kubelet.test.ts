import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { eventually } from '../support/cluster.ts';
import { isReady } from '../support/kubelet-facts.ts';
import { container, messages, obedient, RealTasks, waitsFor } from '../support/real-tasks.ts';

const tasks = new RealTasks(`kubelet-health-${String(process.pid)}`);
const healthCheck = { command: ['CMD-SHELL', 'test -f /tmp/healthy'], interval: 5, retries: 2, timeout: 2 };
/** Checks every five seconds, and notes when; the rest of the line decides. */
function noting(verdict: string, more: object = {}): object {
  const line = `read up idle < /proc/uptime; echo $up $$ >> /tmp/checks; ${verdict}`;
  return { healthCheck: { command: ['CMD-SHELL', line], interval: 5, timeout: 2, ...more } };
}
/** Notes when it has started. */
const noticed = `cat /proc/uptime > /tmp/start; ${obedient}`;

/** Seconds from the container's start to each check so far. */
async function checksOf(name: string, containerName = 'app'): Promise<readonly number[]> {
  const [pod] = await tasks.pods(name);
  assert.ok(pod);
  const notes = await tasks.exec(pod, 'cat /tmp/start /tmp/checks', containerName);
  const [start = '', ...checks] = notes.trimEnd().split('\n');
  // What the kubelet makes of $$ is no number of a process.
  for (const check of checks) assert.match(check, /^\d+\.\d+ \d+$/);
  return checks.map((check) => Number.parseFloat(check) - Number.parseFloat(start));
}

describe('health checks of real containers', function () {
  this.timeout(120_000);
  tasks.runsOperator();

  before(async () => {
    await tasks.run('web', container('app', obedient, { healthCheck }));
    await tasks.run(
      'beside',
      container('app', obedient, { healthCheck: { command: ['CMD', 'true'], interval: 5 } }),
      container('once', 'exit 1', { essential: false }),
    );
    await Promise.all([
      tasks.runOnce(
        'falls',
        container('app', noticed, noting('test $(busybox wc -l < /tmp/checks) -le 1', { retries: 3 })),
      ),
      tasks.runOnce(
        'rises',
        container('app', noticed, noting('test -f /tmp/healthy', { retries: 1, startPeriod: 120 })),
      ),
      tasks.runOnce(
        'awaited',
        container('app', obedient, waitsFor(['db', 'HEALTHY'])),
        container('db', noticed, noting('false', { interval: 10 })),
      ),
    ]);
  });

  it('a task runs, is not healthy before its check passes, and then makes its service steady', async () => {
    const pod = await tasks.oldest('web', ({ status }) => assert.ok(status?.containerStatuses?.[0]?.state?.running));
    const { status } = await tasks.service('web');
    assert.equal(isReady(pod), false);
    assert.doesNotMatch(messages({ status } as never), /steady state/);
    await tasks.exec(pod, 'touch /tmp/healthy');
    assert.match(messages(await tasks.steady('web')), /has reached a steady state/);
    const healthy = await tasks.oldest('web', (each) => assert.ok(isReady(each)));
    assert.equal(healthy.metadata.name, pod.metadata.name, 'the same task all the time');
  });

  it('a non-essential container that has finished leaves the task RUNNING and healthy, and the service steady', async () => {
    const pod = await tasks.oldest('beside', (each) => assert.ok(isReady(each)));
    const service = await tasks.steady('beside');
    assert.equal(pod.status?.phase, 'Running');
    assert.equal(pod.status.conditions?.find(({ type }) => type === 'Ready')?.status, 'False');
    assert.equal(pod.status.containerStatuses?.find(({ name }) => name === 'once')?.state?.terminated?.exitCode, 1);
    assert.equal(service.status?.runningCount, 1);
    assert.deepEqual(
      (await tasks.pods('beside')).map(({ metadata }) => metadata.name),
      [pod.metadata.name],
    );
  });

  it('an application that turns unhealthy is seen as such', async () => {
    const [pod] = await tasks.pods('web');
    assert.ok(pod);
    await tasks.exec(pod, 'rm -f /tmp/healthy');
    await tasks.oldest('web', (each) => assert.equal(isReady(each), false));
  });

  it('checks that fail within startPeriod say nothing, and the first that passes makes the task HEALTHY', async () => {
    const [pod] = await tasks.pods('rises');
    assert.ok(pod);
    await eventually(async () => assert.ok((await checksOf('rises')).length >= 2, 'failed twice'));
    const { status } = await tasks.task('rises');
    assert.deepEqual([status?.lastStatus, status?.healthStatus], ['RUNNING', 'UNKNOWN']);
    await tasks.exec(pod, 'touch /tmp/healthy');
    await eventually(async () => assert.equal((await tasks.task('rises')).status?.healthStatus, 'HEALTHY'));
  });

  it('the first check comes one interval after the start, and as many failures as retries make it UNHEALTHY', async () => {
    const { status } = await eventually(async () => {
      const task = await tasks.task('falls');
      assert.equal(task.status?.healthStatus, 'UNHEALTHY');
      return task;
    });
    const [first = 0, ...failed] = await checksOf('falls');
    assert.ok(first > 4.5 && first < 10, String(first));
    // With fewer than three there is no third, or it came by itself, soon after the one that was counted.
    assert.ok((failed[2] ?? 0) - (failed[0] ?? 0) > 8, String(failed));
    assert.equal(status?.lastStatus, 'RUNNING', 'nobody stops it for that');
  });

  it('the first check of a container that others wait for comes about one interval after its start', async () => {
    const [first = 0] = await eventually(async () => {
      const checks = await checksOf('awaited', 'db');
      assert.ok(checks.length > 0);
      return checks;
    });
    assert.ok(first >= 5 && first < 17, String(first));
  });
});
