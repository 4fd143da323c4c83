import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { startable } from '../../../src/core/service/provisioning.ts';
import { ms, service, taskView } from '../../support/builders.ts';
import { after, look, serviceWorld } from '../../support/world.ts';

const three = service({ desiredCount: 3 });
const limit =
  '(service web) was unable to place tasks in your cluster because the tasks provisioning capacity limit was exceeded.';

describe('While 500 tasks of a cluster may be PROVISIONING', () => {
  const counts: Record<string, { readonly provisioning: number | undefined; readonly want: readonly string[] }> = {
    'all tasks start where others place them': { provisioning: undefined, want: ['start 1', 'start 2', 'start 3'] },
    'all tasks start while there is room': { provisioning: 497, want: ['start 1', 'start 2', 'start 3'] },
    'as many start as there is room for': { provisioning: 498, want: ['start 1', 'start 2'] },
    'none starts beyond': { provisioning: 512, want: [] },
  };
  for (const [sentence, { provisioning, want }] of Object.entries(counts)) {
    it(sentence, () => {
      const world = serviceWorld({ service: three, ...(provisioning !== undefined && { provisioning }) });
      const { steps, events, wakeAtMs } = look(world);
      const isLimited = want.length < 3;
      assert.deepEqual(steps, want);
      assert.equal(
        events.some(({ message }) => message === limit),
        isLimited,
      );
      assert.equal(wakeAtMs, isLimited ? ms(115) : undefined);
    });
  }

  it('none starts beyond, be the launches that nobody has seen as many as they like', () => {
    assert.equal(startable(serviceWorld({ provisioning: 512 }), 3), 0);
  });

  it('it is told once that they are', () => {
    const world = serviceWorld({ service: three, provisioning: 500 });
    const first = look(world);
    assert.deepEqual(look(after(world, first, 15)).events, []);
  });
});

describe('A service looks again every 15 seconds at why its tasks are not placed', () => {
  const waits = taskView({ lastStatus: 'PROVISIONING', pendingReason: 'waits for a node' });
  const cases: Record<string, { readonly task: typeof waits; readonly want: number | undefined }> = {
    'while one waits': { task: waits, want: ms(115) },
    'not for one that is to stop anyway': { task: { ...waits, desiredStatus: 'STOPPED' }, want: undefined },
    'not for one that has its node': { task: { ...waits, lastStatus: 'PENDING' }, want: undefined },
  };
  for (const [sentence, { task, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { healthyAtMs: _healthy, ...young } = task;
      assert.equal(look(serviceWorld({ tasks: [young] })).wakeAtMs, want);
    });
  }
});
