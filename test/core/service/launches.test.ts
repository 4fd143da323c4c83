import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ServiceStatus } from '../../../src/api/service-status.ts';
import { launchesOf, nextLaunches, withLaunches, type Launches } from '../../../src/core/service/launches.ts';
import { deploymentRecord, service, taskView } from '../../support/builders.ts';
import { look, serviceWorld } from '../../support/world.ts';

const record = deploymentRecord();

/** The launches of the deployment whose tasks have these numbers, in a service with that status. */
function launches(seen: readonly number[], status?: ServiceStatus, gone: readonly number[] = []): Launches {
  const tasks = seen.map((launch) => taskView({ id: `task-${String(launch)}`, launch }));
  const others = [{ deployment: 'another', launch: 99 }];
  const past = [...gone.map((launch) => ({ deployment: record.digits, launch })), ...others];
  return launchesOf(serviceWorld({ service: service({}, { status }), tasks, gone: past }), record);
}

/** A status that remembers these. */
function remembering(launched: number, unsettled?: number[]): ServiceStatus {
  const [shown] = look(serviceWorld()).status.deployments ?? [];
  assert.ok(shown);
  return { deployments: [{ ...shown, launched, ...(unsettled && { unsettled }) }] };
}

describe('launchesOf', () => {
  const cases: Record<
    string,
    { seen: readonly number[]; gone?: readonly number[]; status?: ServiceStatus; want: Launches }
  > = {
    'takes from the status what was used': {
      seen: [2, 3],
      status: remembering(3),
      want: { launched: 3, unsettled: [] },
    },
    'adds the gaps that a predecessor has left above it': {
      seen: [3, 5, 7],
      status: remembering(3),
      want: { launched: 7, unsettled: [4, 6] },
    },
    'settles those that have come': {
      seen: [2],
      status: remembering(4, [2, 3]),
      want: { launched: 4, unsettled: [3] },
    },
    'begins at nothing for a deployment that the status does not have yet': {
      seen: [2],
      status: {},
      want: { launched: 2, unsettled: [1] },
    },
    'settles those whose pods are gone, but whose records tell of them': {
      seen: [4],
      gone: [2, 6],
      status: remembering(4, [2, 3]),
      want: { launched: 6, unsettled: [3, 5] },
    },
    'takes the highest number from a record when the status is lost and no pod is left': {
      seen: [],
      gone: [5],
      want: { launched: 5, unsettled: [] },
    },
    'takes every number below the highest for used when the status is lost': {
      seen: [2, 5],
      want: { launched: 5, unsettled: [] },
    },
    'does so too when the status has no room for the deployment': {
      seen: [2],
      status: {
        deployments: Array.from({ length: 10 }, () => ({ ...remembering(1).deployments?.[0], id: 'other' })),
      } as ServiceStatus,
      want: { launched: 2, unsettled: [] },
    },
  };
  for (const [sentence, { seen, gone, status, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(launches(seen, status, gone), want);
    });
  }
});

describe('withLaunches', () => {
  it('remembers a hundred open numbers at most, the lowest', () => {
    const { launched, unsettled } = withLaunches({ launched: 0, unsettled: [] }, [500]);
    assert.deepEqual([launched, unsettled.length, unsettled[0], unsettled.at(-1)], [500, 100, 1, 100]);
  });
});

describe('nextLaunches', () => {
  it('takes the open numbers first, then new ones', () => {
    assert.deepEqual(nextLaunches({ launched: 7, unsettled: [4, 6] }, 4), [4, 6, 8, 9]);
  });

  it('takes no more than are wanted', () => {
    assert.deepEqual(nextLaunches({ launched: 7, unsettled: [4, 6] }, 1), [4]);
  });
});

it('a number that somebody has made up is no reason to count up to it', () => {
  const { launched, unsettled } = withLaunches({ launched: 0, unsettled: [] }, [2, 2 ** 53 - 1]);
  assert.equal(launched, 2 ** 53 - 1);
  assert.deepEqual([unsettled.length, unsettled[0], unsettled[1]], [100, 1, 3]);
});
