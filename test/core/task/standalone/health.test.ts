import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { TaskStatus } from '../../../../src/api/task.ts';
import { planTask } from '../../../../src/core/task/standalone/plan.ts';
import { containerDefinition, content, healthCheck, instant, ms, snapshot } from '../../../support/builders.ts';
import { running } from '../../../support/container-status.ts';
import { launchRecord, task, taskPod, taskWorld } from '../../../support/standalone.ts';

describe('the health that planTask tells', () => {
  const proxy = containerDefinition({ name: 'proxy', essential: false });
  const checked = { snapshot: snapshot({ content: content(containerDefinition({ healthCheck }), proxy) }) };
  /** Of a task that started after 5 seconds, so many seconds after the beginning; its checks may fail until 130. */
  const look = (ready: boolean, seconds: number, status?: TaskStatus): ReturnType<typeof planTask> => {
    const containerStatuses = [running('app', 5, ready), running('proxy')];
    const pods = [taskPod({ task: checked, status: { phase: 'Running', containerStatuses } })];
    const world = { now: instant(seconds), task: task({}, { status }), record: launchRecord(), pods };
    return planTask(taskWorld(world));
  };
  const health = (...of: Parameters<typeof look>): string | undefined => look(...of).status.healthStatus;

  it('is unknown until a check has passed, or could have', () => {
    const { status, wakeAtMs } = look(false, 129);
    assert.deepEqual([status.healthStatus, status.containers?.[0]?.healthStatus], ['UNKNOWN', 'UNKNOWN']);
    assert.equal(wakeAtMs, ms(130));
    assert.deepEqual(
      [health(false, 130), health(false, 130, status), health(true, 129)],
      ['UNHEALTHY', 'UNHEALTHY', 'HEALTHY'],
    );
  });

  it('is unhealthy as soon as a check fails that has passed', () => {
    const { status } = look(true, 40);
    assert.equal(health(false, 50, status), 'UNHEALTHY');
    assert.equal(health(true, 50, look(false, 50, status).status), 'HEALTHY');
  });
});
