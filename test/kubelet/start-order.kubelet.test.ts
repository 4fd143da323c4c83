import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { annotations } from '../../src/api/labels.ts';
import type { TaskDefinition } from '../../src/api/task-definition.ts';
import { applyAll, eventually, kubectlJson } from '../support/cluster.ts';
import { endOf, exitCodes, firstEnding, startOf, statusOf } from '../support/kubelet-facts.ts';
import { codesOf, container, obedient, RealTasks, waitsFor } from '../support/real-tasks.ts';

const tasks = new RealTasks(`kubelet-order-${String(process.pid)}`);
const helper = { essential: false };
const healthCheck = { command: ['CMD-SHELL', 'test -f /tmp/healthy'], interval: 5, retries: 2, timeout: 2 };
/** Takes two seconds to end, once it is told to. */
const slow = 'trap "sleep 2; exit 0" TERM; while :; do sleep 1; done';

describe('the start order of real containers', function () {
  this.timeout(120_000);
  tasks.runsOperator();

  before(async () => {
    await Promise.all([
      tasks.runOnce(
        'chain',
        // As they are listed, they would start in the reverse of the order they are to start in.
        container('app', `echo up; ${obedient}`, {
          startTimeout: 2,
          ...waitsFor(['migrate', 'SUCCESS'], ['log', 'START']),
        }),
        container('report', obedient, { ...helper, ...waitsFor(['migrate', 'COMPLETE']) }),
        container('log', `echo up; ${obedient}`),
        container('migrate', 'sleep 3', { ...helper, ...waitsFor(['db', 'HEALTHY']) }),
        container('db', `(sleep 7; touch /tmp/healthy) & ${obedient}`, { healthCheck }),
      ),
      tasks.runOnce(
        'fails',
        container('app', obedient, waitsFor(['migrate', 'SUCCESS'])),
        container('migrate', 'exit 3', helper),
      ),
      tasks.runOnce(
        'sick',
        container('app', obedient, { startTimeout: 2, ...waitsFor(['db', 'HEALTHY']) }),
        container('db', 'trap "exit 5" TERM; while :; do sleep 1; done', { startTimeout: 10, healthCheck }),
      ),
      tasks.runSpec('loses', {
        containerDefinitions: [
          container('app', obedient, waitsFor(['proxy', 'START'])),
          container('proxy', `test -f /data/again || { touch /data/again; sleep 3; exit 9; }; ${obedient}`, {
            mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }],
          }),
        ],
        volumes: [{ name: 'data' }],
      }),
      tasks.runOnce(
        'spares',
        container('app', obedient, waitsFor(['proxy', 'START'])),
        container('proxy', 'sleep 2; exit 9', helper),
      ),
      tasks.runOnce(
        'stops',
        container('app', slow, waitsFor(['inner', 'START'], ['outer', 'START'])),
        container('inner', slow, waitsFor(['outer', 'START'])),
        container('outer', slow),
      ),
    ]);
  });

  it('HEALTHY holds a container back until the first check passes, whatever its own startTimeout is', async () => {
    const pod = await tasks.oldest('chain', (each) => assert.ok(startOf(each, 'app')));
    assert.ok(startOf(pod, 'migrate') - startOf(pod, 'db') >= 7_000, 'the check passes after seven seconds');
    assert.ok(startOf(pod, 'app') - startOf(pod, 'db') > 2_000);
    assert.equal(statusOf(pod, 'app').restartCount, 0);
  });

  it('SUCCESS, and COMPLETE beside it, hold a container back until the other has ended', async () => {
    const pod = await tasks.oldest('chain', (each) => assert.ok(startOf(each, 'app') && startOf(each, 'report')));
    assert.deepEqual(exitCodes(pod), { migrate: 0 });
    assert.ok(endOf(pod, 'migrate') - startOf(pod, 'migrate') >= 3_000);
    for (const name of ['app', 'report']) assert.ok(startOf(pod, name) >= endOf(pod, 'migrate'), name);
  });

  it('START holds a container back until the other has started', async () => {
    const [pod] = await tasks.pods('chain');
    assert.ok(pod);
    const { status } = await tasks.task('chain');
    assert.equal(status?.lastStatus, 'RUNNING');
    const wantStates = ['app RUNNING', 'report RUNNING', 'log RUNNING', 'migrate STOPPED', 'db RUNNING'];
    assert.deepEqual(
      status.containers?.map(({ name, lastStatus }) => `${name} ${lastStatus}`),
      wantStates,
    );
    assert.ok((await tasks.firstLineMs(pod, 'log')) < (await tasks.firstLineMs(pod, 'app')));
  });

  it('a dependency that fails keeps its dependent from ever running, and the task fails to start', async () => {
    const { status } = await tasks.stopped('fails');
    const [pod] = await tasks.pods('fails');
    assert.ok(pod);
    assert.equal(pod.status?.phase, 'Failed');
    assert.deepEqual(exitCodes(pod), { migrate: 3 });
    assert.equal(statusOf(pod, 'app').containerID, undefined, 'it was never made');
    assert.deepEqual([status?.stopCode, status?.startedAt], ['TaskFailedToStart', undefined]);
    assert.deepEqual(codesOf(status), { app: 143, migrate: 3 });
    assert.match(status?.containers?.[0]?.reason ?? '', /^CannotStartContainerError: .*\[migrate\] for target \[app\]/);
  });

  it('COMPLETE alone is refused: a pod fails with the exit code that it is to take', async () => {
    const app = container('app', obedient, waitsFor(['migrate', 'COMPLETE']));
    const containerDefinitions = [app, container('migrate', 'exit 3', helper)];
    await applyAll(tasks.definition('completes', { containerDefinitions }));
    await eventually(async () => {
      const { status } = await kubectlJson<TaskDefinition>('get', '-n', tasks.namespace, 'ecstd', 'completes');
      const stalled = status?.conditions?.find(({ type }) => type === 'Stalled');
      assert.equal(stalled?.reason, 'StartOrderNotPossible');
      assert.match(stalled.message, /^app -> migrate \(COMPLETE\): COMPLETE takes any exit code, but a pod fails/);
    });
  });

  it('a sidecar that exits is started again; when it is not essential the task goes on', async () => {
    const pod = await tasks.oldest('spares', (each) => assert.ok(statusOf(each, 'proxy').restartCount > 0));
    assert.equal(firstEnding(pod, 'proxy').exitCode, 9);
    assert.equal(statusOf(pod, 'app').restartCount, 0);
    assert.ok(statusOf(pod, 'app').state?.running);
    assert.equal(pod.metadata.annotations?.[annotations.stopCode], undefined);
    const { status } = await tasks.task('spares');
    assert.deepEqual([status?.lastStatus, status?.desiredStatus], ['RUNNING', 'RUNNING']);
    assert.deepEqual(codesOf(status), { app: undefined, proxy: 9 });
  });

  it('the first exit of an essential sidecar ends the task, though it runs again by then', async () => {
    const { status } = await tasks.stopped('loses');
    const [pod] = await tasks.pods('loses');
    assert.ok(pod);
    assert.equal(firstEnding(pod, 'proxy').exitCode, 9);
    assert.deepEqual(exitCodes(pod), { app: 0, proxy: 0 });
    assert.ok(endOf(pod, 'app') >= endOf(pod, 'proxy'));
    assert.deepEqual([status?.stopCode, status?.exitCode], ['EssentialContainerExited', 9]);
    assert.deepEqual(codesOf(status), { app: 0, proxy: 9 });
    assert.equal(status?.executionStoppedAt, firstEnding(pod, 'proxy').finishedAt);
  });

  it('sidecars are told to stop after the others have ended, the last to start first', async () => {
    const pod = await tasks.oldest('stops', (each) => assert.ok(startOf(each, 'app')));
    await tasks.keep(pod);
    await tasks.stopTask('stops', 'Seen enough');
    const ended = await tasks.oldest('stops', (each) =>
      assert.deepEqual(exitCodes(each), { app: 0, inner: 0, outer: 0 }),
    );
    await tasks.letGo(pod);
    const [app = 0, inner = 0, outer = 0] = ['app', 'inner', 'outer'].map((name) => endOf(ended, name));
    assert.ok(inner - app >= 2_000, 'two seconds from TERM to its end');
    assert.ok(outer - inner >= 2_000);
    assert.equal((await tasks.stopped('stops')).status?.stopCode, 'UserInitiated');
  });

  it('startTimeout of a dependency that is never healthy ends the task that waits for it', async () => {
    const { status } = await tasks.stopped('sick');
    const [pod] = await tasks.pods('sick');
    assert.ok(pod);
    assert.equal(firstEnding(pod, 'db').exitCode, 5, 'it was told to stop');
    // The last check within ten seconds may come half an interval early; how late it may come is up to the machine.
    assert.ok(endOf(pod, 'db') - startOf(pod, 'db') >= 7_000);
    assert.equal(statusOf(pod, 'app').containerID, undefined, 'it was never made');
    assert.equal(status?.stopCode, 'TaskFailedToStart');
    assert.match(status.stoppedReason ?? '', /\[db\] for target \[app\] has timed out/);
    assert.deepEqual(codesOf(status), { app: 143, db: 5 });
  });
});
