import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations } from '../../../src/api/labels.ts';
import type { Pod } from '../../../src/api/meta.ts';
import { fateOf, recordedFate, type Fate } from '../../../src/core/task/fate.ts';
import { describeTask } from '../../../src/core/task/view.ts';
import { content, iso, ms, pod, snapshot, type PodParts } from '../../support/builders.ts';
import {
  killedForMemory,
  lost,
  neverCreated,
  notStartable,
  running,
  terminated,
  waiting,
  type ContainerStatus,
} from '../../support/container-status.ts';
import { containersOf } from '../../support/dependencies.ts';
import { recordOf } from '../../support/stopped.ts';

/** A pod of containers as `containersOf` has them, with these statuses. */
function podOf(order: string, statuses: readonly ContainerStatus[], parts: PodParts = {}): Pod {
  return pod({
    task: { snapshot: snapshot({ content: content(...containersOf(order)) }) },
    spec: { nodeName: 'node-1' },
    status: { phase: 'Failed', containerStatuses: [...statuses], ...parts.status },
    ...(parts.metadata && { metadata: parts.metadata }),
  });
}

const gaveUp = (reason: string): PodParts => ({
  metadata: { annotations: { [annotations.stopCode]: 'TaskFailedToStart', [annotations.stoppedReason]: reason } },
});
const drained = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Evicting' };
const exited = 'Essential container in task exited';

describe('the fate of a task, by its pod and by its record,', () => {
  const cases: Record<string, { readonly pod: Pod; readonly want: Partial<Fate> }> = {
    'has the exit code of the essential container that ended it': {
      pod: podOf('app; log?', [terminated('app', 3, 15), terminated('log', 143, 20)]),
      want: { stopCode: 'EssentialContainerExited', startedAtMs: ms(), endedAtMs: ms(15), what: 'exit code 3 in app' },
    },
    'has that of the first of several': {
      pod: podOf('app; proxy', [terminated('app', 143, 20), terminated('proxy', 7, 15)]),
      want: { endedAtMs: ms(15), what: 'exit code 7 in proxy' },
    },
    'has the error of a container that was killed': {
      pod: podOf('app; log?', [killedForMemory('app'), terminated('log', 143, 20)]),
      want: { stopCode: 'EssentialContainerExited', what: 'OutOfMemoryError in app' },
    },
    'has the error of an image that was not pulled': {
      pod: podOf('app', [neverCreated('app')], gaveUp('CannotPullContainerError: not found')),
      want: {
        stopCode: 'TaskFailedToStart',
        stoppedReason: 'CannotPullContainerError: not found',
        what: 'CannotPullContainerError in app',
      },
    },
    'has the error of a container that could not be started': {
      pod: podOf('app', [notStartable('app')]),
      want: { stopCode: 'TaskFailedToStart', what: 'CannotStartContainerError in app' },
    },
    'has the error of the container that is to blame, not of one that waited for it': {
      pod: podOf('app -> job (SUCCESS); job?', [waiting('app', 'PodInitializing')], {
        status: {
          phase: 'Failed',
          containerStatuses: [waiting('app', 'PodInitializing')],
          initContainerStatuses: [notStartable('job')],
        },
      }),
      want: { stopCode: 'TaskFailedToStart', what: 'CannotStartContainerError in job' },
    },
    'is what its node says of a task that it did not take': {
      pod: podOf('app', [], { status: { phase: 'Failed', reason: 'OutOfcpu', message: 'no cpu' } }),
      want: { stopCode: 'TaskFailedToStart', stoppedReason: 'no cpu', what: 'no cpu' },
    },
    'is that of its node, where that has put it out': {
      pod: podOf('app', [], {
        status: { phase: 'Failed', conditions: [drained], containerStatuses: [terminated('app', 143)] },
      }),
      want: { stopCode: 'InfrastructureHealth', startedAtMs: ms(), endedAtMs: ms(10) },
    },
    "is nobody's to tell whose container its node has lost": {
      pod: podOf('app', [lost('app')]),
      want: { stoppedReason: exited },
    },
    'is in a few words': {
      pod: podOf('app', [], { status: { phase: 'Failed', reason: 'Odd', message: 'x'.repeat(900) } }),
      want: { what: `${'x'.repeat(119)}…` },
    },
  };
  for (const [sentence, { pod: given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const fate = fateOf(given);
      assert.deepEqual({ ...fate, ...want }, fate);
      if (want.stoppedReason === exited) assert.equal(fate.stopCode, undefined);
      const { record = assert.fail('no record') } = recordOf(given).spec.kubernetes ?? {};
      // A record says when it was noticed where nobody knows when it was.
      const { endedAtMs: _, ...byRecord } = recordedFate(record);
      const { endedAtMs: __, ...byPod } = fate;
      assert.deepEqual(byRecord, byPod);
      if (fate.endedAtMs !== undefined) assert.equal(recordedFate(record).endedAtMs, fate.endedAtMs);
    });
  }
});

describe('the fate of a task whose pod is deleted', () => {
  const deleted = (seconds: number): PodParts => ({
    metadata: { deletionTimestamp: iso(seconds + 30), deletionGracePeriodSeconds: 30 },
  });
  const at = (seconds: number): string | undefined =>
    describeTask(podOf('app', [terminated('app', 3, 15)], deleted(seconds))).fate?.stopCode;

  it('is its own end if that came before', () => {
    assert.equal(at(16), 'EssentialContainerExited');
  });

  it('is that somebody stopped it if that came first, or in the same second', () => {
    assert.deepEqual([at(15), at(14)], ['UserInitiated', 'UserInitiated']);
  });
});

describe('a task', () => {
  const fateAt = (phase: string, status: ContainerStatus, parts: PodParts = {}): Fate | undefined =>
    describeTask(
      podOf('app; log?', [status, running('log')], {
        ...parts,
        status: { phase, containerStatuses: [status, running('log')] },
      }),
    ).fate;

  it('has no fate while it lives', () => {
    assert.equal(fateAt('Running', running('app')), undefined);
  });

  it('has one as soon as an essential container has ended, though others run', () => {
    assert.equal(fateAt('Running', terminated('app', 3))?.what, 'exit code 3 in app');
  });

  it('has one as soon as it is given up, though its pod still ends', () => {
    const waits = waiting('app', 'ErrImagePull', 'not found');
    assert.equal(
      fateAt('Pending', waits, gaveUp('CannotPullContainerError: not found'))?.stopCode,
      'TaskFailedToStart',
    );
  });
});
