import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations } from '../../../src/api/labels.ts';
import type { StopCode } from '../../../src/api/task.ts';
import { containersOf } from '../../../src/core/task/container-statuses.ts';
import { containerTimesOf } from '../../../src/core/task/times.ts';
import { content, iso, pod, snapshot, type PodParts } from '../../support/builders.ts';
import {
  killedForMemory,
  lost,
  neverCreated,
  notStartable,
  restarted,
  running,
  terminated,
  waiting,
} from '../../support/container-status.ts';
import { containersOf as ordered } from '../../support/dependencies.ts';

const hex = 'a'.repeat(64);
const order = 'app -> job (SUCCESS), db (HEALTHY); job?; db; log? -> mesh (START); mesh?';

/** The pod of a task of these containers, for which that was written when it was given up or ended. */
function podOf(containers: string, status: PodParts['status'], written?: readonly [StopCode, string]) {
  const [stopCode = '', reason = ''] = written ?? [];
  return pod({
    task: { snapshot: snapshot({ content: content(...ordered(containers)) }) },
    status,
    ...(written && {
      metadata: { annotations: { [annotations.stopCode]: stopCode, [annotations.stoppedReason]: reason } },
    }),
  });
}

/** Each container as `name: lastStatus, exit code, reason`. */
function told(...given: Parameters<typeof containersOf>): string[] {
  return containersOf(...given).map(({ name, lastStatus, exitCode, reason }) =>
    [`${name}: ${lastStatus}`, exitCode, reason].filter((part) => part !== undefined).join(', '),
  );
}

const early = [terminated('job', 0), running('db', 12), running('mesh', 13)];
const late = [running('app', 20), running('log', 21)];
const held = [waiting('app', 'PodInitializing'), waiting('log', 'PodInitializing')];

describe('the containers of a task', () => {
  const gaveUp = ['TaskFailedToStart', 'CannotPullContainerError: web: not found'] as const;
  const cases: Record<string, { readonly got: string[]; readonly want: readonly string[] }> = {
    'are all told of, those that start early too': {
      got: told(podOf(order, { initContainerStatuses: early, containerStatuses: late })),
      want: ['app: RUNNING', 'job: STOPPED, 0', 'db: RUNNING', 'log: RUNNING', 'mesh: RUNNING'],
    },
    'are PENDING while they wait for another': {
      got: told(podOf(order, { initContainerStatuses: [running('job'), waiting('db')], containerStatuses: held })),
      want: ['app: PENDING', 'job: RUNNING', 'db: PENDING', 'log: PENDING', 'mesh: PENDING'],
    },
    'end with their first exit, though they are started again': {
      got: told(
        podOf(order, {
          initContainerStatuses: [terminated('job', 0), running('db'), restarted('mesh', 3)],
          containerStatuses: late,
        }),
      ),
      want: ['app: RUNNING', 'job: STOPPED, 0', 'db: RUNNING', 'log: RUNNING', 'mesh: STOPPED, 3'],
    },
    'say why they cannot start': {
      got: told(podOf('app; log?', { containerStatuses: [running('app'), waiting('log', 'ErrImagePull', 'no log')] })),
      want: ['app: RUNNING', 'log: PENDING, CannotPullContainerError: no log'],
    },
    'are told apart when one used too much memory and one exited with 137': {
      got: told(
        podOf('app; db', { phase: 'Failed', containerStatuses: [killedForMemory('app'), terminated('db', 137)] }),
      ),
      want: ['app: STOPPED, 137, OutOfMemoryError: Container killed due to memory usage', 'db: STOPPED, 137'],
    },
    'have no exit code when the kubelet has lost them': {
      got: told(podOf('app', { phase: 'Failed', containerStatuses: [lost('app')] })),
      want: ['app: STOPPED, The exit code is unknown: The container could not be located when the pod was terminated'],
    },
    'say that the runtime could not start them': {
      got: told(podOf('app', { phase: 'Failed', containerStatuses: [notStartable('app')] })),
      want: ['app: STOPPED, 128, CannotStartContainerError: exec: "web": executable file not found in $PATH'],
    },
    'have no exit code when they never ran, and say why (conformance 30)': {
      got: told(
        podOf('app', { phase: 'Failed', containerStatuses: [waiting('app', 'ErrImagePull', 'web: not found')] }),
      ),
      want: ['app: STOPPED, CannotPullContainerError: web: not found'],
    },
    'have no exit code when they never ran, though a kubelet makes up one (conformance 30)': {
      got: told(podOf('app', { phase: 'Failed', containerStatuses: [neverCreated('app')] }, gaveUp)),
      want: ['app: STOPPED, CannotPullContainerError: web: not found'],
    },
    'say no more than what was known of them before': {
      got: told(podOf('app', { phase: 'Failed', containerStatuses: [neverCreated('app')] }), [
        {
          name: 'app',
          image: '',
          lastStatus: 'PENDING',
          reason: 'CannotPullContainerError: a',
          healthStatus: 'UNKNOWN',
        },
      ]),
      want: ['app: STOPPED, CannotPullContainerError: a'],
    },
    'never start when what they wait for was given up': {
      got: told(
        podOf(
          'app -> job (SUCCESS); job?; db',
          {
            phase: 'Failed',
            initContainerStatuses: [waiting('job', 'ImagePullBackOff', 'job: not found')],
            containerStatuses: [waiting('app', 'PodInitializing'), waiting('db', 'PodInitializing')],
          },
          ['TaskFailedToStart', 'CannotPullContainerError: job: not found'],
        ),
      ),
      want: [
        'app: STOPPED, 143, CannotStartContainerError: dependency graph: failed to resolve the container ordering dependency [job] for target [app].',
        'job: STOPPED, CannotPullContainerError: job: not found',
        'db: STOPPED',
      ],
    },
    'might have started yet when their task was stopped': {
      got: told(
        podOf(
          'app -> job (SUCCESS); job?',
          {
            phase: 'Failed',
            initContainerStatuses: [waiting('job', 'ImagePullBackOff', 'job: not found')],
            containerStatuses: [waiting('app', 'PodInitializing')],
          },
          ['UserInitiated', 'Task stopped by user'],
        ),
      ),
      want: ['app: STOPPED', 'job: STOPPED, CannotPullContainerError: job: not found'],
    },
    'take with them those that wait for those that wait for them': {
      got: told(
        podOf('app -> b (SUCCESS); b? -> a (SUCCESS); a?; log? -> db (START); db', {
          phase: 'Failed',
          initContainerStatuses: [
            terminated('a', 3),
            waiting('b', 'PodInitializing'),
            waiting('db', 'PodInitializing'),
          ],
          containerStatuses: held,
        }),
      ),
      want: [
        'app: STOPPED, 143, CannotStartContainerError: dependency graph: failed to resolve the container ordering dependency [b] for target [app].',
        'b: STOPPED, 143, CannotStartContainerError: dependency graph: failed to resolve container ordering dependency [a] for target [b] as dependency did not exit successfully.',
        'a: STOPPED, 3',
        'log: STOPPED',
        'db: STOPPED',
      ],
    },
  };
  for (const [sentence, { got, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(got, want);
    });
  }

  it('go round in circles in a damaged annotation only, which ends nowhere else', () => {
    const circle = (name: string, containerName: string): object => {
      return { name, container: name, essential: true, healthCheck: false, dependsOn: [{ containerName }] };
    };
    const annotation = JSON.stringify([circle('app', 'db'), circle('db', 'app')]);
    const damaged = pod({
      metadata: { annotations: { [annotations.containers]: annotation } },
      status: { phase: 'Failed', containerStatuses: [waiting('app'), waiting('db')] },
    });
    assert.deepEqual(told(damaged), ['app: STOPPED', 'db: STOPPED']);
  });

  it('say which image they run and what the runtime calls them, as far as that means something to others', () => {
    const ids = (imageID: string, containerID: string): unknown[] => {
      const status = { ...running('app'), imageID, containerID };
      return containersOf(podOf('app', { containerStatuses: [status] })).flatMap(({ imageDigest, runtimeId }) => [
        imageDigest,
        runtimeId,
      ]);
    };
    assert.deepEqual(ids(`registry.example/web@sha256:${hex}`, `containerd://${hex}`), [`sha256:${hex}`, hex]);
    assert.deepEqual(ids(`docker-pullable://web@sha256:${hex}`, 'cri-o://b'), [`sha256:${hex}`, 'b']);
    assert.deepEqual(ids(`sha256:${hex}`, ''), [undefined, undefined]);
  });

  it('keep a reason to 1024 characters', () => {
    const status = { containerStatuses: [waiting('app', 'ErrImagePull', 'x'.repeat(2000))] };
    assert.equal(containersOf(podOf('app', status))[0]?.reason?.length, 1024);
  });
});

describe('when things happened to a task', () => {
  const cases: Record<
    string,
    { readonly pod: ReturnType<typeof podOf>; readonly want: ReturnType<typeof containerTimesOf> }
  > = {
    'it started with the last of its containers': {
      pod: podOf(order, { initContainerStatuses: early, containerStatuses: late }),
      want: { startedAt: iso(21), stoppedAt: iso(10) },
    },
    'it has not started while one waits': {
      pod: podOf(order, { initContainerStatuses: early, containerStatuses: held }),
      want: { stoppedAt: iso(10) },
    },
    'it was over with its first essential end, and stopped with the last': {
      pod: podOf(order, {
        phase: 'Failed',
        initContainerStatuses: [
          terminated('job', 0, 5),
          restarted('db', 3, terminated('db', 143, 50)),
          running('mesh', 13),
        ],
        containerStatuses: [terminated('app', 143, 40), terminated('log', 0, 60)],
      }),
      want: {
        startedAt: iso(13),
        stoppingAt: iso(10),
        executionStoppedAt: iso(10),
        stoppedAt: iso(60),
        exitCode: 3,
      },
    },
    'it failed to start, and never ran': {
      pod: podOf('app', { phase: 'Failed', containerStatuses: [neverCreated('app')] }),
      want: {},
    },
    'nobody knows when the one ended that is lost, nor how': {
      pod: podOf('app; db', { phase: 'Failed', containerStatuses: [lost('app'), terminated('db', 3, 40)] }),
      want: {
        startedAt: iso(),
        stoppingAt: iso(40),
        executionStoppedAt: iso(40),
        stoppedAt: iso(40),
        exitCode: 3,
      },
    },
  };
  for (const [sentence, { pod: given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(containerTimesOf(given), want);
    });
  }

  it('it was told to stop when its pod was deleted, not when the time to do so is over', () => {
    const deletion = { deletionTimestamp: iso(80), deletionGracePeriodSeconds: 30 };
    const stopping = pod({ metadata: deletion, status: { containerStatuses: [running('app')] } });
    assert.equal(containerTimesOf(stopping).stoppingAt, iso(50));
  });
});
