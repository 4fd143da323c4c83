import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations } from '../../../../src/api/labels.ts';
import type { TaskStatus } from '../../../../src/api/task.ts';
import { isTrue } from '../../../../src/base/conditions.ts';
import { planTask } from '../../../../src/core/task/standalone/plan.ts';
import type { TaskWorld } from '../../../../src/core/task/standalone/world.ts';
import { containerDefinition, content, instant, iso, ms, snapshot } from '../../../support/builders.ts';
import { killedForMemory, running, terminated, waiting } from '../../../support/container-status.ts';
import {
  gated,
  launchRecord,
  task,
  taskId,
  taskPod,
  taskWorld,
  type TaskInput,
  type TaskPodParts,
} from '../../../support/standalone.ts';

const stop = { stop: { reason: 'Enough' } };
const begun = { podUid: 'uid-of-pod', lastStatus: 'RUNNING', desiredStatus: 'RUNNING' } as const;
const runs = { phase: 'Running', containerStatuses: [running('app', 5)] } as const;
const failed = { phase: 'Failed', containerStatuses: [terminated('app', 3)] } as const;
const over = { ...begun, lastStatus: 'STOPPED', desiredStatus: 'STOPPED', stoppedAt: iso(90) } as const;
const sidecar = containerDefinition({ name: 'proxy', essential: false });
const two = { task: { snapshot: snapshot({ content: content(containerDefinition(), sidecar) }) } };

const unpulled = { containerStatuses: [waiting('app', 'ErrImagePull', 'no such image')] };
const givenUp = {
  annotations: { [annotations.stopCode]: 'TaskFailedToStart', [annotations.stoppedReason]: 'Because' },
};
const onHost = { kind: 'found', taskDefinition: 'web:1', content: { ...content(), networkMode: 'host' } } as const;

function stepsOf(world: TaskWorld): string[] {
  return planTask(world).steps.map((step) => ('pod' in step ? `${step.kind} ${step.pod.metadata.uid}` : step.kind));
}

describe('planTask does', () => {
  const cases: Record<string, { readonly world: Partial<TaskWorld>; readonly want: readonly string[] }> = {
    'make a pod, which cannot start yet': { world: {}, want: ['createPod'] },
    'nothing while the cluster is missing': { world: { cluster: undefined }, want: [] },
    'nothing while the task definition is missing': {
      world: { resolution: { kind: 'missing', reason: 'TaskDefinitionNotFound', message: 'It is gone.' } },
      want: [],
    },
    'nothing when it is stopped before it began': { world: { task: task(stop) }, want: [] },
    'record the launch of a pod that waits': { world: { pods: [taskPod({ spec: gated })] }, want: ['recordLaunch'] },
    'not record the launch of a pod that leaves': {
      world: { pods: [taskPod({ spec: gated, metadata: { deletionTimestamp: iso(99) } })] },
      want: [],
    },
    'not record the launch of a task that is stopped': {
      world: { task: task(stop), pods: [taskPod({ spec: gated })] },
      want: [],
    },
    'let the recorded pod start': {
      world: { record: launchRecord(), pods: [taskPod({ spec: gated })] },
      want: ['releasePod uid-of-pod'],
    },
    'never let another pod start than the recorded one': {
      world: { record: launchRecord({ podUid: 'uid-of-another' }), pods: [taskPod({ spec: gated })] },
      want: [],
    },
    'delete the pod that was not to start': {
      world: {
        record: launchRecord(),
        pods: [taskPod({ status: runs }), taskPod({ spec: gated, metadata: { uid: 'uid-of-surplus' } })],
      },
      want: ['deletePod uid-of-surplus'],
    },
    'not make a second pod when the recorded one is gone': { world: { record: launchRecord() }, want: [] },
    'not make a second pod when only the status knows of one': {
      world: { task: task({}, { status: begun }) },
      want: [],
    },
    'write the record again when a pod runs without one': {
      world: { pods: [taskPod({ status: runs })] },
      want: ['recordLaunch'],
    },
    'not let a pod start whose record is lost before it is written again': {
      world: { task: task({}, { status: begun }), pods: [taskPod({ spec: gated })] },
      want: ['recordLaunch'],
    },
    'nothing while it runs': { world: { record: launchRecord(), pods: [taskPod({ status: runs })] }, want: [] },
    'end what still runs once an essential container has exited': {
      world: {
        record: launchRecord(),
        pods: [taskPod({ ...two, status: { containerStatuses: [terminated('app', 0), running('proxy')] } })],
      },
      want: ['endPod uid-of-pod'],
    },
    'end a task that cannot start, once it has had its time': {
      world: { record: launchRecord(), pods: [taskPod({ status: unpulled })] },
      want: ['endPod uid-of-pod'],
    },
    'not end it before': {
      world: { now: instant(89), record: launchRecord(), pods: [taskPod({ status: unpulled })] },
      want: [],
    },
    'not end it twice': {
      world: { record: launchRecord(), pods: [taskPod({ status: unpulled, metadata: givenUp })] },
      want: [],
    },
    'leave the end of a non-essential container alone': {
      world: {
        record: launchRecord(),
        pods: [taskPod({ ...two, status: { containerStatuses: [running('app'), terminated('proxy', 1)] } })],
      },
      want: [],
    },
    'delete the pod when the task is to stop': {
      world: { task: task(stop), record: launchRecord(), pods: [taskPod({ status: runs })] },
      want: ['deletePod uid-of-pod'],
    },
    'delete the pod when the task is to stop before it is let start': {
      world: { task: task(stop), record: launchRecord(), pods: [taskPod({ spec: gated })] },
      want: ['deletePod uid-of-pod'],
    },
    'not delete it twice': {
      world: {
        task: task(stop),
        record: launchRecord(),
        pods: [taskPod({ status: runs, metadata: { deletionTimestamp: iso(99) } })],
      },
      want: [],
    },
    'keep the pod of a stopped task': {
      world: { task: task({}, { status: over }), record: launchRecord(), pods: [taskPod({ status: failed })] },
      want: [],
    },
    'remove it after an hour': {
      world: {
        task: task({}, { status: { ...over, stoppedAt: iso(100 - 3600) } }),
        record: launchRecord(),
        pods: [taskPod({ status: failed })],
      },
      want: ['deletePod uid-of-pod'],
    },
    'remove it at once on Fargate': {
      world: {
        task: task({}, { status: { ...over, launchType: 'FARGATE' } }),
        record: launchRecord(),
        pods: [taskPod({ status: failed })],
      },
      want: ['deletePod uid-of-pod'],
    },
    'remove at once what runs though the task has stopped': {
      world: { task: task({}, { status: over }), record: launchRecord(), pods: [taskPod({ status: runs })] },
      want: ['deletePod uid-of-pod'],
    },
    'delete the task when its time is over': {
      world: { task: task({ kubernetes: { ttlSecondsAfterStopped: 10 } }, { status: over }) },
      want: ['deleteTask'],
    },
    'keep the task until then': {
      world: { task: task({ kubernetes: { ttlSecondsAfterStopped: 11 } }, { status: over }) },
      want: [],
    },
  };
  for (const [sentence, { world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(stepsOf(taskWorld(world)), want);
    });
  }

  const times: Record<string, { readonly world: Partial<TaskWorld>; readonly want: number | undefined }> = {
    'when the pod has been kept for an hour': {
      world: { task: task({}, { status: over }), pods: [taskPod({ status: failed })] },
      want: ms(90 + 3600),
    },
    'when the time of the task is over': {
      world: { task: task({ kubernetes: { ttlSecondsAfterStopped: 60 } }, { status: over }) },
      want: ms(150),
    },
    'at once for a pod that is to go once its facts are written': {
      world: {
        record: launchRecord(),
        pods: [taskPod({ task: { capacity: { launchType: 'FARGATE' } }, status: failed })],
      },
      want: ms(100),
    },
    'when a task that cannot start has had its time': {
      world: { now: instant(20), record: launchRecord(), pods: [taskPod({ status: unpulled })] },
      want: ms(90),
    },
    'never again when nothing is left': { world: { task: task({}, { status: over }) }, want: undefined },
  };
  for (const [sentence, { world, want }] of Object.entries(times)) {
    it(`looks again ${sentence}`, () => {
      assert.equal(planTask(taskWorld(world)).wakeAtMs, want);
    });
  }
});

/** Members of the next status, and reason of the condition Ready. */
function told(world: Partial<TaskWorld>, names: readonly (keyof TaskStatus)[]): unknown[] {
  const { status } = planTask(taskWorld(world));
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return [...names.map((name) => status[name]), `${ready?.status ?? ''} ${ready?.reason ?? ''}`];
}

describe('planTask tells', () => {
  it('what it will run, once and for all', () => {
    const { status } = planTask(taskWorld());
    const { conditions: _, ...rest } = status;
    assert.deepEqual(rest, {
      taskId,
      createdAt: iso(),
      group: 'family:web',
      taskDefinition: 'web:1',
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      healthStatus: 'UNKNOWN',
      containers: [{ name: 'app', image: 'shop/web:1', lastStatus: 'PENDING', healthStatus: 'UNKNOWN' }],
      version: 1,
      observedGeneration: 1,
    });
    const later = { kind: 'found', taskDefinition: 'web:2', content: content() } as const;
    const next = planTask(taskWorld({ task: task({}, { status }), resolution: later }));
    assert.equal(next.status.taskDefinition, 'web:1');
  });

  it('the group that was asked for', () => {
    assert.equal(planTask(taskWorld({ task: task({ group: 'nightly' }) })).status.group, 'nightly');
    const pods = [taskPod({ status: runs })];
    assert.equal(planTask(taskWorld({ task: task({ group: 'nightly' }), pods })).status.group, 'nightly');
  });

  it('one version more with each change, and none without', () => {
    const world = taskWorld({ record: launchRecord(), pods: [taskPod({ status: runs })] });
    const { status } = planTask(world);
    assert.equal(status.version, 1);
    const again = planTask({ ...world, task: task({}, { status }) });
    assert.deepEqual(again.status, status);
    const ended = planTask({ ...world, task: task({}, { status }), pods: [taskPod({ status: failed })] });
    assert.equal(ended.status.version, 2);
  });

  const waits: Record<string, { readonly world: Partial<TaskWorld>; readonly want: string }> = {
    'that its cluster is missing': { world: { cluster: undefined }, want: 'False ClusterNotFound' },
    'that its revision is missing': {
      world: { resolution: { kind: 'missing', reason: 'RevisionNotFound', message: 'No.' } },
      want: 'False RevisionNotFound',
    },
    'that its overrides fit no container': {
      world: { task: task({ overrides: { containerOverrides: [{ name: 'db' }] } }) },
      want: 'False InvalidOverrides',
    },
    'that its overrides make it larger than Fargate has it': {
      world: { task: task({ launchType: 'FARGATE', overrides: { cpu: '256', memory: '3 GB' } }) },
      want: 'False LaunchTypeNotSupported',
    },
  };
  it('that its launch type cannot run the definition, for good', () => {
    const world = { task: task({ launchType: 'FARGATE' }), resolution: onHost };
    assert.deepEqual(told(world, ['lastStatus']), ['PROVISIONING', 'False LaunchTypeNotSupported']);
    const { conditions } = planTask(taskWorld(world)).status;
    assert.ok(isTrue(conditions, 'Stalled'));
  });

  it('nothing of the launch type once it runs', () => {
    const world = { task: task({ launchType: 'FARGATE' }), resolution: onHost, record: launchRecord() };
    assert.deepEqual(told({ ...world, pods: [taskPod({ status: runs })] }, []), ['True Running']);
  });

  for (const [sentence, { world, want }] of Object.entries(waits)) {
    it(sentence, () => {
      assert.deepEqual(told(world, ['lastStatus', 'taskDefinition']), ['PROVISIONING', undefined, want]);
    });
  }

  const ends = ['lastStatus', 'stopCode', 'stoppedReason', 'exitCode'] as const;
  const endings: Record<
    string,
    { readonly pod: TaskPodParts; readonly spec?: TaskInput; readonly want: readonly unknown[] }
  > = {
    'that it has ended well': {
      pod: { status: { phase: 'Succeeded', containerStatuses: [terminated('app', 0)] } },
      want: [
        'STOPPED',
        'EssentialContainerExited',
        'Essential container in task exited',
        0,
        'True EssentialContainerExited',
      ],
    },
    'the exit code of a failure': {
      pod: { status: failed },
      want: [
        'STOPPED',
        'EssentialContainerExited',
        'Essential container in task exited',
        3,
        'False EssentialContainerExited',
      ],
    },
    'the exit code of the essential container that ended first': {
      pod: {
        task: {
          snapshot: snapshot({ content: content(sidecar, containerDefinition(), containerDefinition({ name: 'db' })) }),
        },
        status: {
          phase: 'Failed',
          containerStatuses: [terminated('proxy', 9, 1), terminated('app', 2, 8), terminated('db', 137, 9)],
        },
      },
      want: [
        'STOPPED',
        'EssentialContainerExited',
        'Essential container in task exited',
        2,
        'False EssentialContainerExited',
      ],
    },
    'what was written when it was told to end': {
      pod: {
        metadata: {
          annotations: { [annotations.stopCode]: 'EssentialContainerExited', [annotations.stoppedReason]: 'Because' },
        },
        status: { phase: 'Failed', reason: 'DeadlineExceeded', containerStatuses: [terminated('app', 0)] },
      },
      want: ['STOPPED', 'EssentialContainerExited', 'Because', 0, 'True EssentialContainerExited'],
    },
    'that it is stopped because its spec says so': {
      pod: { metadata: { deletionTimestamp: iso(99) }, status: runs },
      spec: stop,
      want: ['STOPPING', 'UserInitiated', 'Enough', undefined, 'False Stopping'],
    },
    'that somebody deletes its pod': {
      pod: { metadata: { deletionTimestamp: iso(99) }, status: runs },
      want: ['STOPPING', 'UserInitiated', 'Task stopped by user', undefined, 'False Stopping'],
    },
    'that its node is gone': {
      pod: {
        spec: { nodeName: 'node-1' },
        metadata: { deletionTimestamp: iso(99) },
        status: { ...runs, conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC' }] },
      },
      want: ['STOPPING', 'TerminationNotice', 'Host EC2 (instance node-1) terminated.', undefined, 'False Stopping'],
    },
    'that its node was drained': {
      pod: {
        metadata: { deletionTimestamp: iso(99) },
        status: {
          ...runs,
          conditions: [
            {
              type: 'DisruptionTarget',
              status: 'True',
              reason: 'EvictionByEvictionAPI',
              message: 'Eviction API: evicting',
            },
          ],
        },
      },
      want: ['STOPPING', 'InfrastructureHealth', 'Eviction API: evicting', undefined, 'False Stopping'],
    },
    'that its node ran out of memory': {
      pod: { status: { ...failed, reason: 'Evicted', message: 'The node was low on resource: memory.' } },
      want: [
        'STOPPED',
        'InfrastructureHealth',
        'The node was low on resource: memory.',
        3,
        'False InfrastructureHealth',
      ],
    },
    'that the node refused it': {
      pod: { status: { phase: 'Failed', reason: 'OutOfcpu', message: 'Node did not have enough resource: cpu' } },
      want: [
        'STOPPED',
        'TaskFailedToStart',
        'Node did not have enough resource: cpu',
        undefined,
        'False TaskFailedToStart',
      ],
    },
    'that its image could not be pulled': {
      pod: { status: { phase: 'Failed', containerStatuses: [waiting('app', 'ErrImagePull', 'no such image')] } },
      want: [
        'STOPPED',
        'TaskFailedToStart',
        'CannotPullContainerError: no such image',
        undefined,
        'False TaskFailedToStart',
      ],
    },
  };
  for (const [sentence, { pod, spec = {}, want }] of Object.entries(endings)) {
    it(sentence, () => {
      assert.deepEqual(told({ task: task(spec), record: launchRecord(), pods: [taskPod(pod)] }, ends), want);
    });
  }

  const gone: Record<
    string,
    { readonly spec?: TaskInput; readonly status?: TaskStatus; readonly want: readonly unknown[] }
  > = {
    'that nobody knows how it ended': {
      status: begun,
      want: [
        'STOPPED',
        undefined,
        'The pod of the task is gone, and nobody saw it end: its exit code is unknown.',
        undefined,
        'False Unknown',
      ],
    },
    'that nobody knows how it ended when the status is lost too': {
      want: [
        'STOPPED',
        undefined,
        'The pod of the task is gone, and nobody saw it end: its exit code is unknown.',
        undefined,
        'False Unknown',
      ],
    },
    'why it was being stopped': {
      status: {
        ...begun,
        lastStatus: 'STOPPING',
        stopCode: 'InfrastructureHealth',
        stoppedReason: 'The node is lost.',
      },
      want: ['STOPPED', 'InfrastructureHealth', 'The node is lost.', undefined, 'False InfrastructureHealth'],
    },
    'that its spec stopped it': {
      spec: stop,
      status: begun,
      want: ['STOPPED', 'UserInitiated', 'Enough', undefined, 'True UserInitiated'],
    },
  };
  for (const [sentence, { spec = {}, status, want }] of Object.entries(gone)) {
    it(`once the pod is gone, ${sentence}`, () => {
      assert.deepEqual(told({ task: task(spec, { status }), record: launchRecord() }, ends), want);
    });
  }

  it('of its containers what the kubelet knows, and no exit code that it does not know', () => {
    const lost = { ...terminated('app', 137), imageID: `registry.example/web@sha256:${'a'.repeat(64)}` };
    const state = { terminated: { ...lost.state?.terminated, exitCode: 137, reason: 'ContainerStatusUnknown' } };
    const status = { phase: 'Failed', containerStatuses: [{ ...lost, state }, killedForMemory('proxy')] };
    const plan = planTask(taskWorld({ record: launchRecord(), pods: [taskPod({ ...two, status })] }));
    assert.deepEqual(plan.status.containers, [
      {
        name: 'app',
        image: 'shop/web:1',
        imageDigest: `sha256:${'a'.repeat(64)}`,
        lastStatus: 'STOPPED',
        reason: 'The exit code is unknown: ContainerStatusUnknown',
        healthStatus: 'UNKNOWN',
      },
      {
        name: 'proxy',
        image: 'shop/web:1',
        lastStatus: 'STOPPED',
        exitCode: 137,
        reason: 'OutOfMemoryError: Container killed due to memory usage',
        healthStatus: 'UNKNOWN',
      },
    ]);
  });

  it('when it started and ended', () => {
    const pods = [taskPod({ status: { ...failed, containerStatuses: [terminated('app', 3, 42)] } })];
    const { status } = planTask(taskWorld({ record: launchRecord(), pods }));
    const { startedAt, executionStoppedAt, stoppingAt, stoppedAt } = status;
    assert.deepEqual([startedAt, executionStoppedAt, stoppingAt, stoppedAt], [iso(), iso(42), iso(42), iso(42)]);
  });

  it('that it runs and that it has stopped, each once', () => {
    const world = taskWorld({ record: launchRecord(), pods: [taskPod({ status: runs })] });
    const first = planTask(world);
    assert.deepEqual(
      first.events.map(({ message }) => message),
      ['(task job) runs web:1.'],
    );
    assert.deepEqual(planTask({ ...world, task: task({}, { status: first.status }) }).events, []);
    const ended = planTask({ ...world, task: task({}, { status: first.status }), pods: [taskPod({ status: failed })] });
    assert.deepEqual(ended.events, [
      {
        type: 'Warning',
        reason: 'TaskStopped',
        action: 'StopTask',
        message: '(task job) has stopped: Essential container in task exited (exit code 3).',
      },
    ]);
  });
});
