import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { kubectl, startOperatorIn, type ProxiedOperator } from '../support/cluster.ts';
import { container, isReady, messages, obedient, RealTasks } from '../support/real-tasks.ts';

const tasks = new RealTasks(`kubelet-health-${String(process.pid)}`);
const healthCheck = { command: ['CMD-SHELL', 'test -f /tmp/healthy'], interval: 5, retries: 2, timeout: 2 };

describe('health checks of real containers', function () {
  this.timeout(120_000);
  let operator: ProxiedOperator;

  before(async () => {
    await tasks.open();
    operator = await startOperatorIn(tasks.namespace);
    await tasks.run('web', container('app', obedient, { healthCheck }));
    await tasks.run(
      'beside',
      container('app', obedient, { healthCheck: { command: ['CMD', 'true'], interval: 5 } }),
      container('once', 'exit 0', { essential: false }),
    );
  });

  after(async () => {
    await operator.stop();
    await kubectl(['delete', 'namespace', tasks.namespace, '--wait=false']);
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
    assert.equal(pod.status.containerStatuses?.find(({ name }) => name === 'once')?.state?.terminated?.exitCode, 0);
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
});
