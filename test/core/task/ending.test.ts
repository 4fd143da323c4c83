import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations } from '../../../src/api/labels.ts';
import type { StopCode } from '../../../src/api/task.ts';
import { endingOf } from '../../../src/core/task/ending.ts';
import { describeTask, endOf } from '../../../src/core/task/view.ts';
import { content, healthCheck, iso, ms, pod, snapshot, type PodParts } from '../../support/builders.ts';
import {
  lost,
  neverCreated,
  notStartable,
  restarted,
  running,
  terminated,
  waiting,
  type ContainerStatus,
} from '../../support/container-status.ts';
import { containersOf } from '../../support/dependencies.ts';

interface Given {
  /** As `containersOf` has it. */
  readonly order?: string;
  readonly status: NonNullable<PodParts['status']>;
  readonly written?: readonly [stopCode: string, reason: string];
  readonly metadata?: PodParts['metadata'];
}

/** Of a definition whose `db`, if there is any, has 10 seconds to become healthy, checked each 5. */
function podOf({ order = 'app', status, written, metadata }: Given) {
  const db = order.includes('db (HEALTHY)')
    ? { db: { healthCheck: { ...healthCheck, interval: 5 }, startTimeout: 12 } }
    : {};
  const [stopCode = '', reason = ''] = written ?? [];
  const told = { [annotations.stopCode]: stopCode, [annotations.stoppedReason]: reason };
  return pod({
    task: { snapshot: snapshot({ content: content(...containersOf(order, db)) }) },
    spec: { nodeName: 'node-1' },
    metadata: { ...metadata, ...(written && { annotations: told }) },
    status,
  });
}

const drained = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Evicting' };
const ended = 'Essential container in task exited';
const failed = (...containerStatuses: readonly ContainerStatus[]): Given['status'] => ({
  phase: 'Failed',
  containerStatuses,
});

describe('why a task has stopped', () => {
  const cases: Record<string, { readonly given: Given; readonly want: readonly [StopCode | undefined, string] }> = {
    'an essential container has exited': {
      given: { status: failed(terminated('app', 0)) },
      want: ['EssentialContainerExited', ended],
    },
    'an essential container is lost': {
      given: { status: failed(lost('app')) },
      want: ['EssentialContainerExited', ended],
    },
    'an essential container could not be started by its runtime': {
      given: { status: failed(notStartable('app', 'no such file')) },
      want: ['TaskFailedToStart', 'CannotStartContainerError: no such file'],
    },
    'none was ever created, and nobody says why': {
      given: { status: failed(neverCreated('app')) },
      want: ['TaskFailedToStart', 'Task failed to start'],
    },
    'it was given up': {
      given: {
        status: { ...failed(neverCreated('app')), reason: 'DeadlineExceeded', message: 'Pod was active' },
        written: ['TaskFailedToStart', 'CannotPullContainerError: not found'],
      },
      want: ['TaskFailedToStart', 'CannotPullContainerError: not found'],
    },
    'it was ended with a code that is none': {
      given: { status: failed(terminated('app', 0)), written: ['Because', 'Nobody knows'] },
      want: [undefined, 'Nobody knows'],
    },
    'its node was drained': {
      given: { status: { ...failed(terminated('app', 143)), conditions: [drained] } },
      want: ['InfrastructureHealth', 'Evicting'],
    },
    'its node refused it': {
      given: { status: { ...failed(), reason: 'OutOfcpu', message: 'no cpu' } },
      want: ['TaskFailedToStart', 'no cpu'],
    },
    'its node was short of something while only what starts early ran': {
      given: {
        order: 'app -> db (START); db',
        status: {
          ...failed(waiting('app', 'PodInitializing')),
          initContainerStatuses: [running('db')],
          reason: 'Evicted',
          message: 'no memory',
        },
      },
      want: ['InfrastructureHealth', 'no memory'],
    },
    'a container that others waited for has failed': {
      given: {
        order: 'app -> job (SUCCESS); job?',
        status: { ...failed(waiting('app', 'PodInitializing')), initContainerStatuses: [terminated('job', 3)] },
      },
      want: ['TaskFailedToStart', 'Task failed to start'],
    },
    'an essential container that starts early has exited': {
      given: {
        order: 'app -> db (START); db',
        status: {
          ...failed(terminated('app', 143)),
          initContainerStatuses: [restarted('db', 3, terminated('db', 143, 50))],
        },
      },
      want: ['EssentialContainerExited', ended],
    },
    'somebody deleted its pod': {
      given: { status: failed(terminated('app', 143)), metadata: { deletionTimestamp: iso(50) } },
      want: ['UserInitiated', 'Task stopped by user'],
    },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { stopCode, stoppedReason } = endingOf(podOf(given), undefined);
      assert.deepEqual([stopCode, stoppedReason], want);
    });
  }

  it('is told with the exit codes that are known, and none of a container that never ran', () => {
    const { stoppedReason } = describeTask(
      podOf({ order: 'app; db; log', status: failed(terminated('app', 3), lost('db'), neverCreated('log')) }),
    );
    assert.equal(stoppedReason, `${ended} (app: exit code 3; db: exit code unknown)`);
  });
});

describe('why a task has to be ended', () => {
  const order = 'app -> db (HEALTHY); db';
  const db = (exitCode: number, seconds: number): ContainerStatus =>
    restarted('db', 0, { ...waiting('db'), lastState: terminated('db', exitCode, seconds).state ?? {} });
  const held = { phase: 'Pending', containerStatuses: [waiting('app', 'PodInitializing')] };
  const endedBy = (given: Given): ReturnType<typeof endOf> => endOf(describeTask(podOf(given)), ms(60));
  const exited = { stopCode: 'EssentialContainerExited', stoppedReason: ended } as const;
  const gaveUp = {
    stopCode: 'TaskFailedToStart',
    stoppedReason: 'Task failed to start: container ordering dependency [db] for target [app] has timed out.',
  } as const;
  const lateDb = { ...terminated('db', 137, 10), restartCount: 0 };

  const cases: Record<string, { readonly given: Given; readonly want: ReturnType<typeof endOf> }> = {
    'those that wait for the health of a container have given up (conformance 7)': {
      given: { order, status: { ...held, initContainerStatuses: [lateDb] } },
      want: gaveUp,
    },
    'they have given up with a second check that came as early as it may, after one and a half intervals of five seconds':
      {
        given: { order, status: { ...held, initContainerStatuses: [terminated('db', 137, 7)] } },
        want: gaveUp,
      },
    'a container exits that others wait for, before its time is over': {
      given: { order, status: { ...held, initContainerStatuses: [terminated('db', 1, 6)] } },
      want: exited,
    },
    'a container exits after it was healthy': {
      given: { order, status: { containerStatuses: [running('app', 8)], initContainerStatuses: [db(1, 30)] } },
      want: exited,
    },
    'an essential container could not be started by its runtime, while another runs': {
      given: { order: 'app; db', status: { containerStatuses: [notStartable('app', 'no'), running('db')] } },
      want: { stopCode: 'TaskFailedToStart', stoppedReason: 'CannotStartContainerError: no' },
    },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(endedBy(given), want);
    });
  }

  it('is nothing while a container that is not essential could not be started', () => {
    const given = podOf({ order: 'app; log?', status: { containerStatuses: [running('app'), notStartable('log')] } });
    const view = describeTask(given);
    assert.deepEqual([view.lastStatus, endOf(view, ms(9999))], ['RUNNING', undefined]);
  });
});
