import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations } from '../../../src/api/labels.ts';
import { factsOf, haveAllStarted, lastStartOf, type ContainerFacts } from '../../../src/core/task/facts.ts';
import { content, iso, pod, snapshot, type PodParts } from '../../support/builders.ts';
import {
  lost,
  neverCreated,
  notStartable,
  restarted,
  running,
  terminated,
  waiting,
} from '../../support/container-status.ts';
import { containersOf } from '../../support/dependencies.ts';

const order = containersOf('app -> job (SUCCESS), db (HEALTHY); job?; db; log? -> mesh (START); mesh?', {
  job: { image: 'shop/job:1' },
});

function facts(status: NonNullable<PodParts['status']>): ReturnType<typeof factsOf> {
  return factsOf(pod({ task: { snapshot: snapshot({ content: content(...order) }) }, status }));
}

function factsAbout(name: string, status: NonNullable<PodParts['status']>): ContainerFacts {
  const found = facts(status).containers.find((each) => each.name === name);
  assert.ok(found);
  return found;
}

describe('what a pod says of a container of its task', () => {
  type Want = Pick<ContainerFacts, 'hasRun' | 'startedAt' | 'exitedAt' | 'finishedAt'> & { readonly code?: number };
  const nothing: Want = { hasRun: false, startedAt: undefined, exitedAt: undefined, finishedAt: undefined };
  const cases: Record<string, { readonly status: ReturnType<typeof running>; readonly want: Want }> = {
    'it waits': { status: waiting('app'), want: nothing },
    'it runs': { status: running('app', 5), want: { ...nothing, hasRun: true, startedAt: iso(5) } },
    'it has ended': {
      status: terminated('app', 3, 20),
      want: { hasRun: true, startedAt: iso(), exitedAt: iso(20), finishedAt: iso(20), code: 3 },
    },
    'it has ended and runs again: its first exit is its end': {
      status: restarted('app', 3),
      want: { hasRun: true, startedAt: iso(), exitedAt: iso(10), finishedAt: undefined, code: 3 },
    },
    'it has ended, run again, and ended with its pod': {
      status: restarted('app', 3, terminated('app', 143, 50)),
      want: { hasRun: true, startedAt: iso(), exitedAt: iso(10), finishedAt: iso(50), code: 3 },
    },
    'it could not be started: it has an end, and has not run': {
      status: notStartable('app'),
      want: { ...nothing, exitedAt: iso(10), finishedAt: iso(10), code: 128 },
    },
    'it was never created, for which a kubelet makes up 137': { status: neverCreated('app'), want: nothing },
    'it has run and is lost': { status: lost('app'), want: { ...nothing, hasRun: true, code: 137 } },
    'it is lost, and the kubelet remembers no more than that it ran': {
      status: {
        ...waiting('app', 'PodInitializing'),
        lastState: {
          terminated: {
            exitCode: 137,
            reason: 'ContainerStatusUnknown',
            message: 'The container could not be located when the pod was deleted.  The container used to be Running',
          },
        },
      },
      want: { ...nothing, hasRun: true, code: 137 },
    },
  };
  for (const [sentence, { status, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { hasRun, startedAt, exitedAt, finishedAt, exit } = factsAbout('app', { containerStatuses: [status] });
      const code = exit && { code: exit.exitCode };
      assert.deepEqual({ hasRun, startedAt, exitedAt, finishedAt, ...code }, want);
    });
  }

  it('is looked for among the init containers as well, its image too', () => {
    const job = factsAbout('job', { initContainerStatuses: [terminated('job', 0)] });
    assert.deepEqual([job.isEarly, job.image, job.exit?.exitCode], [true, 'shop/job:1', 0]);
    assert.deepEqual([factsAbout('app', {}).isEarly, factsAbout('app', {}).image], [false, 'shop/web:1']);
  });

  it('leaves out what others injected, also before the others', () => {
    const { containers } = facts({
      initContainerStatuses: [terminated('istio-init', 0), running('istio-proxy')],
      containerStatuses: [running('envoy')],
    });
    assert.deepEqual(
      containers.map(({ name, hasRun }) => [name, hasRun]),
      order.map(({ name }) => [name, false]),
    );
  });

  it('takes no injected init container for one of the task, though the annotation is lost', () => {
    const damaged = pod({
      metadata: { annotations: { [annotations.containers]: 'no JSON' } },
      status: { initContainerStatuses: [terminated('istio-init', 0)], containerStatuses: [running('app')] },
    });
    assert.deepEqual(
      factsOf(damaged).containers.map(({ name }) => name),
      ['app'],
    );
  });
});

describe('whether all containers of a task have started', () => {
  const early = [terminated('job', 0), running('db', 12), running('mesh', 13)];
  const cases: Record<string, { readonly status: NonNullable<PodParts['status']>; readonly want: boolean }> = {
    'not while one waits': {
      status: { initContainerStatuses: early, containerStatuses: [running('app'), waiting('log')] },
      want: false,
    },
    'also those that have ended since': {
      status: { initContainerStatuses: early, containerStatuses: [running('app', 20), terminated('log', 1)] },
      want: true,
    },
    'one that is not essential and could not be started holds up nothing': {
      status: { initContainerStatuses: early, containerStatuses: [running('app', 20), notStartable('log')] },
      want: true,
    },
    'an essential one that could not be started has not': {
      status: { initContainerStatuses: early, containerStatuses: [notStartable('app'), running('log')] },
      want: false,
    },
  };
  for (const [sentence, { status, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(haveAllStarted(facts(status)), want);
    });
  }

  it('and when the last did', () => {
    const containerStatuses = [running('app', 20), restarted('log', 1, running('log', 90))];
    assert.equal(lastStartOf(facts({ initContainerStatuses: early, containerStatuses })), iso(20));
    assert.equal(lastStartOf(facts({})), undefined);
  });
});
