import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Pod } from '../../../src/api/meta.ts';
import { describeTask, endOf } from '../../../src/core/task/view.ts';
import { content, iso, ms, pod, snapshot } from '../../support/builders.ts';
import { restarted, running, terminated, waiting, type ContainerStatus } from '../../support/container-status.ts';
import { containersOf } from '../../support/dependencies.ts';

type Condition = NonNullable<NonNullable<Pod['status']>['conditions']>[number];

function since(type: string, seconds: number, status: 'True' | 'False' = 'True'): Condition {
  return { type, status, lastTransitionTime: iso(seconds) };
}

interface Given {
  /** As `containersOf` has it; app and a non-essential log that nobody waits for when absent. */
  readonly order?: string;
  readonly early?: readonly ContainerStatus[];
  readonly late: readonly ContainerStatus[];
  readonly conditions?: readonly Condition[];
}

/** A task of a pod that was made at the beginning. */
function task({ order = 'app; log?', early = [], late, conditions = [] }: Given): ReturnType<typeof describeTask> {
  return describeTask(
    pod({
      task: { snapshot: snapshot({ content: content(...containersOf(order)) }) },
      spec: { nodeName: 'node-1' },
      status: { phase: 'Pending', conditions, initContainerStatuses: early, containerStatuses: late },
    }),
  );
}

const unpulled = waiting('app', 'ImagePullBackOff', 'Back-off pulling image "web": ErrImagePull: web: not found');
const throttled = waiting('app', 'ErrImagePull', 'toomanyrequests: Rate exceeded');
const placed = since('PodScheduled', 7);

describe('a task that cannot start', () => {
  const cases: Record<string, { readonly given: Given; readonly want: readonly [number, string] | undefined }> = {
    'has 90 seconds from when it was placed: time for three pulls': {
      given: { late: [unpulled], conditions: [placed] },
      want: [97, 'CannotPullContainerError: web: not found'],
    },
    'is told of the pull, whether it is the time after it or before the next': {
      given: { late: [waiting('app', 'ErrImagePull', 'web: not found')], conditions: [placed] },
      want: [97, 'CannotPullContainerError: web: not found'],
    },
    'has them from when its pod had a network': {
      given: { late: [unpulled], conditions: [placed, since('PodReadyToStartContainers', 20)] },
      want: [110, 'CannotPullContainerError: web: not found'],
    },
    'has them from when it was made, if nobody says more': {
      given: { late: [unpulled], conditions: [since('PodScheduled', 50, 'False'), since('Ready', 60)] },
      want: [90, 'CannotPullContainerError: web: not found'],
    },
    'has ten minutes while its pulls are put off': {
      given: { late: [throttled], conditions: [placed] },
      want: [607, 'CannotPullContainerError: toomanyrequests: Rate exceeded'],
    },
    'has ten minutes while its node pulls too much': {
      given: { late: [waiting('app', 'ErrImagePull', 'pull QPS exceeded')], conditions: [placed] },
      want: [607, 'CannotPullContainerError: pull QPS exceeded'],
    },
    'lacks a secret': {
      given: { late: [waiting('app', 'CreateContainerConfigError', 'secret "web" not found')], conditions: [placed] },
      want: [97, 'ResourceInitializationError: secret "web" not found'],
    },
    'cannot be created': {
      given: { late: [waiting('app', 'CreateContainerError', 'no such mount')], conditions: [placed] },
      want: [97, 'CannotCreateContainerError: no such mount'],
    },
    'has an image of no valid name': {
      given: { late: [waiting('app', 'InvalidImageName', 'invalid reference')], conditions: [placed] },
      want: [97, 'CannotPullContainerError: invalid reference'],
    },
    'ends with the first of its containers whose time is over': {
      given: { order: 'app; db', late: [throttled, { ...unpulled, name: 'db' }], conditions: [placed] },
      want: [97, 'CannotPullContainerError: web: not found'],
    },
    'may still be pulling': { given: { late: [waiting('app')], conditions: [placed] }, want: undefined },
    'may lack a container that is not essential and that nobody waits for': {
      given: { late: [running('app'), { ...unpulled, name: 'log' }], conditions: [placed] },
      want: undefined,
    },
    'lacks one that is not essential, for which the others wait': {
      given: {
        order: 'app -> job (SUCCESS); job?',
        early: [{ ...unpulled, name: 'job' }],
        late: [waiting('app', 'PodInitializing')],
        conditions: [placed],
      },
      want: [97, 'CannotPullContainerError: web: not found'],
    },
    'is past its init containers: what these took is not held against it': {
      given: {
        order: 'app -> job (SUCCESS); job?',
        early: [terminated('job', 0, 500)],
        late: [unpulled],
        conditions: [placed, since('Initialized', 501)],
      },
      want: [591, 'CannotPullContainerError: web: not found'],
    },
    'is past the first of its init containers': {
      given: {
        order: 'app -> job (SUCCESS), seed (SUCCESS); job?; seed?',
        early: [terminated('job', 0, 500), { ...unpulled, name: 'seed' }],
        late: [waiting('app', 'PodInitializing')],
        conditions: [placed],
      },
      want: [590, 'CannotPullContainerError: web: not found'],
    },
    'has a sidecar that is started again and again, which wins it no time': {
      given: {
        order: 'app -> mesh (START); mesh?',
        early: [restarted('mesh', 1, running('mesh', 500))],
        late: [unpulled],
        conditions: [placed],
      },
      want: [97, 'CannotPullContainerError: web: not found'],
    },
    'has a sidecar whose image is not there when it is started again, which is over anyway': {
      given: {
        order: 'app -> mesh (START); mesh?',
        early: [restarted('mesh', 1, { ...unpulled, name: 'mesh' })],
        late: [waiting('app')],
        conditions: [placed],
      },
      want: undefined,
    },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { giveUp, lastStatus, desiredStatus } = task(given);
      assert.deepEqual(giveUp, want && { atMs: ms(want[0]), reason: want[1] });
      assert.deepEqual([lastStatus, desiredStatus], ['PENDING', 'RUNNING']);
    });
  }

  it('is ended in that very millisecond, as TaskFailedToStart', () => {
    const failing = task({ late: [unpulled], conditions: [placed] });
    assert.equal(endOf(failing, ms(97) - 1), undefined);
    const stoppedReason = 'CannotPullContainerError: web: not found';
    assert.deepEqual(endOf(failing, ms(97)), { stopCode: 'TaskFailedToStart', stoppedReason });
  });

  it('is not given up once it runs, or is over', () => {
    assert.equal(task({ late: [running('app'), terminated('log', 1)] }).giveUp, undefined);
    const over = task({ order: 'app; db', late: [terminated('app', 0), { ...unpulled, name: 'db' }] });
    assert.equal(over.giveUp, undefined);
    assert.equal(endOf(over, ms())?.stopCode, 'EssentialContainerExited');
  });
});
