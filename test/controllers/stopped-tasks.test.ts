import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { labels } from '../../src/api/labels.ts';
import type { KubeObject, Pod } from '../../src/api/meta.ts';
import type { Task } from '../../src/api/task.ts';
import { ownedBy, pods } from '../../src/controllers/resources.ts';
import { stoppedTaskController } from '../../src/controllers/stopped-tasks.ts';
import { withdrawn } from '../../src/core/service/reasons.ts';
import { iso, node, pod as builtPod, service, snapshot, type PodParts } from '../support/builders.ts';
import { running, terminated } from '../support/container-status.ts';
import { deployment, startController, type ControllerBench } from '../support/controller.ts';
import { endedPod, recordOf } from '../support/stopped.ts';

const podsPath = '/api/v1/namespaces/shop/pods';
const tasksPath = '/apis/ecs-operator.dev/v1alpha1/namespaces/shop/ecstasks';
const owner = ownedBy(service());
const fargate = { snapshot: snapshot({ launchType: 'FARGATE' }) };

/** A pod of the service `web` that ended at second 90. */
function ended(launch: number, { metadata, ...parts }: PodParts = {}): Pod {
  return endedPod(launch, 90, { ...parts, metadata: { ownerReferences: [owner], ...metadata } });
}

const runs = builtPod({
  metadata: { ownerReferences: [owner] },
  status: { phase: 'Running', containerStatuses: [running('app')] },
});

let bench: ControllerBench;

beforeEach(async () => {
  bench = await startController(stoppedTaskController({ keptSeconds: 60 }));
});

afterEach(async () => {
  await bench.stop();
});

/** What was recorded: why each task stopped, by launch number. */
function recorded(): unknown[] {
  return bench.writes().map(([, body]) => {
    const { launch, stopCode, stoppedReason, exitCode } = (body as Task).spec.kubernetes?.record ?? {};
    return [launch, stopCode, stoppedReason, exitCode];
  });
}

describe('stoppedTaskController observes', () => {
  it('what has ended of its own service, and records it, for as long as it is told to', async () => {
    const another = [{ ...owner, uid: 'uid-of-an-earlier-web' }];
    bench.hold(service(), deployment(), runs, ended(2), ended(3, { metadata: { ownerReferences: another } }));
    bench.hold(ended(4, { metadata: { namespace: 'elsewhere' } }));
    await bench.reconcile();
    assert.deepEqual(recorded(), [[2, 'EssentialContainerExited', 'Essential container in task exited', 1]]);
    const [[request, body] = []] = bench.writes();
    assert.equal(request, `POST ${tasksPath}`);
    assert.equal((body as Task).spec.kubernetes?.ttlSecondsAfterStopped, 60);
    assert.equal((body as Task).metadata.ownerReferences, undefined);
  });

  it('what is gone, with what was noted when it was deleted', async () => {
    bench.hold(service(), deployment(), runs);
    bench.stores.of(pods).departures.note(runs.metadata.uid, 'Scaling activity');
    const last = { phase: 'Failed', containerStatuses: [terminated('app', 143, 90)] };
    bench.stores.of(pods).remove({
      ...runs,
      metadata: { ...runs.metadata, resourceVersion: '2', deletionTimestamp: iso(90) },
      status: last,
    });
    await bench.reconcile();
    assert.deepEqual(recorded(), [[1, 'ServiceSchedulerInitiated', 'Scaling activity', 143]]);
  });

  it('not a task that was taken back before it could start: its pod is made anew', async () => {
    bench.hold(service(), deployment(), runs);
    const store = bench.stores.of(pods);
    store.departures.note(runs.metadata.uid, withdrawn);
    store.remove({ ...runs, metadata: { ...runs.metadata, resourceVersion: '2' } });
    await bench.reconcile();
    assert.deepEqual(bench.writes(), []);
  });

  it('what has ended because we deleted it, before it is gone', async () => {
    const last = { phase: 'Failed', containerStatuses: [terminated('app', 143, 90)] };
    const leaving = { ...runs, metadata: { ...runs.metadata, deletionTimestamp: iso(90) }, status: last };
    bench.hold(service(), deployment(), leaving);
    bench.stores.of(pods).departures.note(runs.metadata.uid, 'Scaling activity');
    await bench.reconcile();
    assert.deepEqual(recorded(), [[1, 'ServiceSchedulerInitiated', 'Scaling activity', 143]]);
  });

  it('that somebody told a task to stop before it was there itself', async () => {
    bench.stores.of(pods).replace([{ ...runs, metadata: { ...runs.metadata, deletionTimestamp: iso(90) } }], '5');
    bench.hold(service(), deployment());
    bench.stores.of(pods).replace([], '6');
    await bench.reconcile();
    assert.deepEqual(recorded(), [
      [1, undefined, 'The task was told to stop while nobody watched: who did it is unknown.', undefined],
    ]);
  });

  const vanished = { ...runs, spec: { containers: [], ...runs.spec, nodeName: 'node-1' } };
  const goneFrom: Record<string, { readonly held: readonly KubeObject[]; readonly want: readonly unknown[] }> = {
    'one that is gone with it': {
      held: [node('node-2')],
      want: [1, 'TerminationNotice', 'Host EC2 (instance node-1) terminated.', undefined],
    },
    'one that is there': {
      held: [node('node-1')],
      want: [1, undefined, 'The pod of the task is gone, and nobody saw it end: its exit code is unknown.', undefined],
    },
  };
  for (const [sentence, { held, want }] of Object.entries(goneFrom)) {
    it(`the node of a pod that is gone without a word: ${sentence}`, async () => {
      bench.hold(service(), deployment(), vanished, ...held);
      bench.stores.of(pods).replace([], '6');
      await bench.reconcile();
      assert.deepEqual(recorded(), [want]);
    });
  }

  it('what is recorded already, and looks again when the pod has been kept for an hour', async () => {
    bench.hold(service(), deployment(), ended(2), recordOf(ended(2)));
    const wakeAtMs = await bench.reconcile();
    assert.deepEqual([bench.writes(), wakeAtMs], [[], Date.parse(iso(90 + 3600))]);
  });
});

describe('stoppedTaskController writes', () => {
  it('no status', async () => {
    bench.hold(service(), deployment(), ended(2));
    await bench.reconcile();
    assert.deepEqual(bench.status(), {});
  });

  it('removePod: a delete of that very pod', async () => {
    const done = ended(2, { task: fargate });
    bench.hold(service(), deployment(), done, recordOf(done));
    await bench.reconcile();
    assert.deepEqual(bench.writes(), [[`DELETE ${podsPath}/${done.metadata.name}`, deletion(done.metadata.uid)]]);
  });

  it('forgetRecord: a delete of that very record', async () => {
    const records = Array.from({ length: 101 }, (_, index) => recordOf(endedPod(index + 1, index - 100)));
    bench.hold(service(), deployment(), ...records);
    await bench.reconcile();
    const { name = '', uid = '' } = records[0]?.metadata ?? {};
    assert.deepEqual(bench.writes(), [[`DELETE ${tasksPath}/${name}`, deletion(uid)]]);
  });

  function deletion(uid: string): object {
    return { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
  }
});

describe('stoppedTaskController plans again', () => {
  const { record: _, ...noRecord } = recordOf(ended(2)).spec.kubernetes ?? {};
  const task = { ...recordOf(ended(2)), spec: { ...recordOf(ended(2)).spec, kubernetes: noRecord } };
  const cases: Record<
    string,
    { readonly changed: KubeObject; readonly isThere?: boolean; readonly want: readonly string[] }
  > = {
    'the service of a pod that has ended': { changed: ended(2), isThere: true, want: ['shop/web'] },
    'the service of a pod that is gone': { changed: runs, want: ['shop/web'] },
    'none for a pod that runs': { changed: runs, isThere: true, want: [] },
    'the service of a record': { changed: recordOf(ended(2)), want: ['shop/web'] },
    'none for a task that is no record': { changed: task, want: [] },
    'none for the pod of no service': {
      changed: { ...ended(2), metadata: { ...ended(2).metadata, labels: { [labels.task]: 'job' } } },
      want: [],
    },
  };
  for (const [sentence, { changed, isThere = false, want }] of Object.entries(cases)) {
    it(sentence, () => {
      if (isThere) bench.hold(changed);
      assert.deepEqual(bench.keysOf(changed), want);
    });
  }
});
