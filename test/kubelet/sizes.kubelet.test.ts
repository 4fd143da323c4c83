import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { endings, exitCodes } from '../support/kubelet-facts.ts';
import { container, obedient, RealTasks } from '../support/real-tasks.ts';

const tasks = new RealTasks(`kubelet-sizes-${String(process.pid)}`);

/** A container without limits of its own. */
function open(name: string, script: string): object {
  return container(name, script, { memory: undefined });
}

const full = 41_943_040;

describe('the size of a task of real containers', function () {
  this.timeout(120_000);
  tasks.runsOperator();

  before(async () => {
    // Forty and forty MiB: each fits, both do not. What is written to memory counts for the one that wrote it.
    const writes = open('app', `dd if=/dev/zero of=/dev/shm/full bs=1M count=40; ${obedient}`);
    const isFull = `[ "$(wc -c </dev/shm/full)" = ${String(full)} ]`;
    const reads = open('log', `until ${isFull}; do sleep 1; done; exec dd if=/dev/zero of=/dev/null bs=40M count=1`);
    await tasks.runSpec('memory', { memory: '64', containerDefinitions: [writes, reads] });
    const idle = ['app', 'log'].map((name) => open(name, obedient));
    await tasks.runSpec('cpu', { cpu: '256', memory: '64', containerDefinitions: idle });
  });

  it('binds the memory of its containers together', async () => {
    const pod = await tasks.oldest('memory', (each) => assert.notEqual(exitCodes(each)['log'], undefined));
    assert.equal(exitCodes(pod)['log'], 137);
    assert.equal(endings(pod)['log']?.reason, 'OOMKilled');
  });

  it('is the ceiling of their CPU', async () => {
    const pod = await tasks.oldest('cpu', ({ status }) => assert.ok(status?.containerStatuses?.[0]?.state?.running));
    const [quota, period] = await Promise.all(
      ['quota', 'period'].map((what) => tasks.exec(pod, `cat /sys/fs/cgroup/cpu/cpu.cfs_${what}_us`)),
    );
    assert.equal(Number(quota) / Number(period), 0.25);
  });
});
