import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { placementGate } from '../../../../src/api/labels.ts';
import type { WhyNot } from '../../../../src/core/placement/model-types.ts';
import { planTask } from '../../../../src/core/task/standalone/plan.ts';
import { ms } from '../../../support/builders.ts';
import { launchRecord, task, taskPod, taskWorld } from '../../../support/standalone.ts';

const sentence = '2 nodes lack 512 MiB; closest n1 lacks 88 MiB';
const whyNot: WhyNot = { reason: 'RESOURCE:MEMORY', counts: [], sentence };
const pods = [taskPod({ spec: { schedulingGates: [{ name: placementGate }] } })];

describe('A standalone task that no node takes', () => {
  it('says why in its condition, tells it, and looks again after 15 seconds', () => {
    const { status, events, wakeAtMs } = planTask(taskWorld({ record: launchRecord(), pods, whyNot }));
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    const message = `The task is unable to be placed. Reason: ${sentence}.`;
    assert.deepEqual(
      [ready?.reason, ready?.message, status.lastStatus],
      ['InsufficientMemory', message, 'PROVISIONING'],
    );
    assert.deepEqual(
      events.map((event) => event.message),
      [`(task job) was unable to be placed. Reason: ${sentence}.`],
    );
    assert.equal(wakeAtMs, ms(115));
  });

  it('tells it once for each reason', () => {
    const world = taskWorld({ record: launchRecord(), pods, whyNot });
    const { status } = planTask(world);
    const told = (reason: string): number => {
      const next = { record: launchRecord(), pods, task: task({}, { status }), whyNot: { ...whyNot, reason } };
      return planTask(taskWorld(next)).events.length;
    };
    assert.deepEqual([told('RESOURCE:MEMORY'), told('MemberOf')], [0, 1]);
  });

  it('waits for nobody to tell it while we have not looked', () => {
    const { status, events } = planTask(taskWorld({ record: launchRecord(), pods }));
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    assert.deepEqual([ready?.message, events], ['The task is pending: waits for a node.', []]);
  });
});
