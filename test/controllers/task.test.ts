import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { ControllerRevision, KubeObject, Pod } from '../../src/api/meta.ts';
import type { TaskStatus } from '../../src/api/task.ts';
import { launchBody } from '../../src/controllers/revisions.ts';
import { defaultSettings } from '../../src/controllers/index.ts';
import { taskController } from '../../src/controllers/task.ts';
import { launchGate, renderStandalonePod } from '../../src/core/task/standalone/pod.ts';
import type { LaunchRecord } from '../../src/core/task/standalone/world.ts';
import { containerDefinition, content, iso, node, service, snapshot, taskDefinition } from '../support/builders.ts';
import { failure } from '../support/kube-objects.ts';
import { replies } from '../support/inbox.ts';
import { running, terminated } from '../support/container-status.ts';
import { cluster, revision, startController, type ControllerBench } from '../support/controller.ts';
import { gated, launchRecord, newStandaloneTask, podName, task, taskOwner, taskPod } from '../support/standalone.ts';

const podsPath = '/api/v1/namespaces/shop/pods';
const revisionsPath = '/apis/apps/v1/namespaces/shop/controllerrevisions';
const tasksPath = '/apis/ecs-operator.dev/v1alpha1/namespaces/shop/ecstasks';
const elsewhere = { namespace: 'elsewhere' };
const first = [cluster(), taskDefinition(), revision()];
const runs = { phase: 'Running', containerStatuses: [running('app')] };
const failed = { phase: 'Failed', containerStatuses: [terminated('app', 3)] };
const over = { lastStatus: 'STOPPED', podUid: 'uid-of-pod', stoppedAt: iso(90) } as const;

/** A launch as the API server has it. */
function launch(record: LaunchRecord = launchRecord(), owner = taskOwner): ControllerRevision {
  const { metadata, revision: number, data } = launchBody(record, 'job');
  const own = { namespace: 'shop', uid: 'uid-of-launch', resourceVersion: '1', creationTimestamp: iso() };
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { ...own, ...metadata, ownerReferences: [owner] },
    revision: number,
    data,
  };
}

function deletion(uid: string): object {
  return { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
}

let bench: ControllerBench;

beforeEach(async () => {
  bench = await startController(taskController(defaultSettings));
});

afterEach(async () => {
  await bench.stop();
});

function reasonOf(): string | undefined {
  const conditions = bench.status()['conditions'] as { type: string; reason: string }[] | undefined;
  return conditions?.find(({ type }) => type === 'Ready')?.reason;
}

describe('taskController writes', () => {
  const made = renderStandalonePod(newStandaloneTask());
  const stop = { stop: { reason: 'Enough' } };
  const sidecar = containerDefinition({ name: 'proxy', essential: false });
  const ending = taskPod({
    task: { snapshot: snapshot({ content: content(containerDefinition(), sidecar) }) },
    metadata: { resourceVersion: '7' },
    status: { phase: 'Running', containerStatuses: [terminated('app', 3), running('proxy')] },
  });
  const cases: Record<
    string,
    { readonly held: readonly KubeObject[]; readonly want: readonly (readonly [request: string, body: unknown])[] }
  > = {
    'createPod: a gated pod of its own': {
      held: [...first, task()],
      want: [[`POST ${podsPath}`, { ...made, metadata: { ...made.metadata, ownerReferences: [taskOwner] } }]],
    },
    'recordLaunch: a ControllerRevision of its own that names the pod': {
      held: [...first, task(), taskPod({ spec: gated })],
      want: [
        [
          `POST ${revisionsPath}`,
          {
            apiVersion: 'apps/v1',
            kind: 'ControllerRevision',
            metadata: {
              name: podName,
              labels: { 'app.kubernetes.io/managed-by': 'ecs-operator', 'ecs-operator.dev/task': 'job' },
              ownerReferences: [taskOwner],
            },
            revision: 1,
            data: { podUid: 'uid-of-pod', taskDefinition: 'web:1' },
          },
        ],
      ],
    },
    'releasePod: the gate away, from the version that was read, and no other gate': {
      held: [
        task(),
        launch(),
        taskPod({
          metadata: { resourceVersion: '5' },
          spec: { schedulingGates: [{ name: launchGate }, { name: 'example.com/wait' }] },
        }),
      ],
      want: [
        [
          `PATCH ${podsPath}/${podName}`,
          { metadata: { resourceVersion: '5' }, spec: { schedulingGates: [{ name: 'example.com/wait' }] } },
        ],
      ],
    },
    'endPod: a deadline, with the reason': {
      held: [task(), launch(), ending],
      want: [
        [
          `PATCH ${podsPath}/${podName}`,
          {
            metadata: {
              resourceVersion: '7',
              annotations: {
                'ecs-operator.dev/stop-code': 'EssentialContainerExited',
                'ecs-operator.dev/stopped-reason': 'Essential container in task exited',
              },
            },
            spec: { activeDeadlineSeconds: 1 },
          },
        ],
      ],
    },
    'deletePod: a delete of that very pod': {
      held: [task(stop), launch(), taskPod({ status: runs })],
      want: [[`DELETE ${podsPath}/${podName}`, deletion('uid-of-pod')]],
    },
    'deleteTask: a delete of that very task': {
      held: [task({ kubernetes: { ttlSecondsAfterStopped: 1 } }, { status: over })],
      want: [[`DELETE ${tasksPath}/job`, deletion('uid-of-job')]],
    },
    'nothing for a task whose pod is gone': { held: [...first, task(), launch()], want: [] },
  };
  for (const [sentence, { held, want }] of Object.entries(cases)) {
    it(sentence, async () => {
      bench.hold(...held);
      await bench.reconcile('shop/job');
      assert.deepEqual(bench.writes(), want);
    });
  }

  it('how the task ended, at once', async () => {
    bench.hold(task(), launch(), taskPod({ status: runs }));
    await bench.reconcile('shop/job');
    assert.equal(bench.status()['lastStatus'], 'RUNNING');
    bench.hold(taskPod({ metadata: { resourceVersion: '2' }, status: failed }));
    await bench.reconcile('shop/job');
    const { lastStatus, exitCode, stopCode } = bench.status() as TaskStatus;
    assert.deepEqual([lastStatus, exitCode, stopCode], ['STOPPED', 3, 'EssentialContainerExited']);
  });

  it('why the task could not be launched', async () => {
    const taken = taskPod({ metadata: { ownerReferences: [], uid: 'uid-of-a-stranger' } });
    bench.hold(...first, task());
    bench.inbox.on(`POST ${podsPath}`, replies(409, failure(409, 'AlreadyExists', 'the name is taken')));
    bench.inbox.on(`GET ${podsPath}/${podName}`, replies(200, taken));
    await assert.rejects(bench.reconcile('shop/job'), /the name is taken/);
    assert.equal(reasonOf(), 'LaunchFailed');
    assert.equal(bench.status()['podUid'], undefined);
  });
});

describe('taskController observes', () => {
  it('its own pod and record, and those of no earlier task of the same name', async () => {
    const earlier = { ...taskOwner, uid: 'uid-of-an-earlier-job' };
    bench.hold(...first, task(), launch(launchRecord({ podUid: 'uid-of-old' }), earlier));
    bench.hold(taskPod({ metadata: { uid: 'uid-of-old', ownerReferences: [earlier] } }));
    await bench.reconcile('shop/job');
    assert.deepEqual(
      bench.writes().map(([request]) => request),
      [`POST ${podsPath}`],
    );
  });

  it('the revision that its status names, whatever has come since', async () => {
    const second = revision({ number: 2, content: content(containerDefinition({ image: 'shop/web:2' })) });
    bench.hold(...first, second, task({}, { status: { taskDefinition: 'web:1' } }));
    await bench.reconcile('shop/job');
    const [[, body] = []] = bench.writes();
    assert.equal((body as Pod).spec?.containers[0]?.image, 'shop/web:1');
  });

  it('that its node is gone when its pod is', async () => {
    const status = { ...over, lastStatus: 'RUNNING', node: 'node-1' } as const;
    bench.hold(...first, task({}, { status }), launch(), node('node-2'));
    await bench.reconcile('shop/job');
    assert.equal(bench.status()['stoppedReason'], 'Host EC2 (instance node-1) terminated.');
  });

  it('that its node is there though its pod is not', async () => {
    const status = { ...over, lastStatus: 'RUNNING', node: 'node-1' } as const;
    bench.hold(...first, task({}, { status }), launch(), node('node-1'));
    await bench.reconcile('shop/job');
    assert.match(String(bench.status()['stoppedReason']), /nobody saw it end/);
  });

  it('that its node is lost', async () => {
    const silent = node('node-1', { ready: { status: 'Unknown', since: 40 } });
    bench.hold(...first, task(), launch(), taskPod({ spec: { nodeName: 'node-1' }, status: runs }), silent);
    await bench.reconcile('shop/job');
    const types = (bench.status()['conditions'] as { type: string }[]).map(({ type }) => type);
    assert.deepEqual(types, ['Ready', 'Disconnected']);
  });

  it('that its cluster is in another namespace, and waits', async () => {
    bench.hold(cluster(elsewhere), taskDefinition(), revision(), task());
    await bench.reconcile('shop/job');
    assert.deepEqual([bench.writes(), reasonOf()], [[], 'ClusterNotFound']);
  });
});

describe('taskController starts nothing that cannot run', () => {
  const volumes = [{ name: 'data', configuredAtLaunch: true }];
  const cases: Record<string, { readonly held: readonly KubeObject[]; readonly want: string }> = {
    'on its launch type': {
      held: [revision({ content: { ...content(), networkMode: 'host' } }), task({ launchType: 'FARGATE' })],
      want: 'LaunchTypeNotSupported',
    },
    'without its volume': {
      held: [revision({ content: { ...content(), volumes } }), task()],
      want: 'VolumesNotConfigured',
    },
  };
  for (const [sentence, { held, want }] of Object.entries(cases)) {
    it(sentence, async () => {
      bench.hold(cluster(), taskDefinition(), ...held);
      await bench.reconcile('shop/job');
      assert.deepEqual([bench.writes(), reasonOf()], [[], want]);
    });
  }
});

describe('taskController is concerned by', () => {
  const cases: Record<string, { readonly object: KubeObject; readonly want: readonly string[] }> = {
    'its pod': { object: taskPod(), want: ['shop/job'] },
    'its record': { object: launch(), want: ['shop/job'] },
    'its cluster, while it waits': { object: cluster(), want: ['shop/waits'] },
    'its task definition, while it waits': { object: taskDefinition(), want: ['shop/waits'] },
    'a revision of its family, while it waits': { object: revision({ number: 2 }), want: ['shop/waits'] },
    'its node': { object: node('node-1'), want: ['shop/job'] },
    'no other node': { object: node('node-2'), want: [] },
    'no cluster of another name': { object: cluster({ name: 'other' }), want: [] },
    'no pod of a service': {
      object: taskPod({ metadata: { labels: { 'ecs-operator.dev/task': 'other' } } }),
      want: ['shop/other'],
    },
  };
  for (const [sentence, { object, want }] of Object.entries(cases)) {
    it(sentence, () => {
      bench.hold(service(), taskDefinition(), task({}, { status: { podUid: 'uid-of-pod' } }));
      bench.hold(task({}, { metadata: { name: 'waits', uid: 'uid-of-waits' } }));
      bench.hold(taskPod({ spec: { nodeName: 'node-1' } }));
      assert.deepEqual(bench.keysOf(object), want);
    });
  }
});
