import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { applyAll, kubectl, startOperatorIn, type ProxiedOperator } from '../support/cluster.ts';
import { endings, exitCodes } from '../support/kubelet-facts.ts';
import { manifestsIn } from '../support/manifests.ts';
import { container, obedient, RealTasks } from '../support/real-tasks.ts';

const tasks = new RealTasks(`kubelet-sizes-${String(process.pid)}`);
const open = { memory: undefined };

/** Runs a service of one task of that size, whose containers have no limits of their own. */
async function run(name: string, size: object, scripts: Readonly<Record<string, string>>): Promise<void> {
  const manifests = manifestsIn(tasks.namespace);
  const containerDefinitions = Object.entries(scripts).map(([each, script]) => container(each, script, open));
  const spec = { ...size, containerDefinitions };
  await applyAll({ ...manifests.taskDefinition(name, ''), spec }, manifests.service(name, 1));
}

describe('the size of a task of real containers', function () {
  this.timeout(120_000);
  let operator: ProxiedOperator;

  before(async () => {
    await tasks.open();
    operator = await startOperatorIn(tasks.namespace);
    // Forty and forty MiB: each fits, both do not. What is written to memory counts for the one that wrote it.
    const write = 'dd if=/dev/zero of=/dev/shm/full bs=1M count=40; ';
    await run(
      'memory',
      { memory: '64' },
      {
        app: `${write}${obedient}`,
        log: 'while [ "$(wc -c </dev/shm/full)" != 41943040 ]; do sleep 1; done; exec dd if=/dev/zero of=/dev/null bs=40M count=1',
      },
    );
    await run('cpu', { cpu: '256', memory: '64' }, { app: obedient, log: obedient });
  });

  after(async () => {
    await operator.stop();
    await kubectl(['delete', 'namespace', tasks.namespace, '--wait=false']);
  });

  it('binds the memory of its containers together', async () => {
    const pod = await tasks.oldest('memory', (each) => assert.equal(exitCodes(each)['log'], 137));
    assert.equal(endings(pod)['log']?.reason, 'OOMKilled');
    await tasks.stop('memory');
  });

  it('is the ceiling of their CPU', async () => {
    const pod = await tasks.oldest('cpu', ({ status }) => assert.ok(status?.containerStatuses?.[0]?.state?.running));
    const [quota, period] = await Promise.all(
      ['quota', 'period'].map((of) => tasks.exec(pod, `cat /sys/fs/cgroup/cpu/cpu.cfs_${of}_us`)),
    );
    assert.equal(Number(quota) / Number(period), 0.25);
    await tasks.stop('cpu');
  });
});
