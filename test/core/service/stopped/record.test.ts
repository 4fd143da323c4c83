import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations, labels } from '../../../../src/api/labels.ts';
import type { Pod } from '../../../../src/api/meta.ts';
import { taskKind, type TaskRecord } from '../../../../src/api/task.ts';
import { renderRecord, type NewRecord } from '../../../../src/core/service/stopped/record.ts';
import { stoppedTasks } from '../../../../src/core/service/stopped/task.ts';
import type { DepartedPod, StoppedWorld } from '../../../../src/core/service/stopped/world.ts';
import {
  containerDefinition,
  content,
  deploymentRecord,
  iso,
  ms,
  node,
  nodesNamed,
  pod,
  service,
  snapshot,
  type PodParts,
} from '../../../support/builders.ts';
import { running, terminated, waiting } from '../../../support/container-status.ts';
import { departed, endedPod, endedPods, stoppedWorld } from '../../../support/stopped.ts';

const scaling = 'Scaling activity initiated by (deployment ecs-svc/1)';
const unknown = 'The pod of the task is gone, and nobody saw it end: its exit code is unknown.';
const runs = { phase: 'Running', containerStatuses: [running('app', 5)] };
const killed = { phase: 'Failed', containerStatuses: [terminated('app', 143, 80)] };
const interrupted = { spec: { taints: [{ key: 'aws-node-termination-handler/spot-itn', effect: 'NoSchedule' }] } };
/** Told to stop at second 60, and given 30 more. */
const told = { deletionTimestamp: iso(90), deletionGracePeriodSeconds: 30 };
const ended = {
  [annotations.stopCode]: 'EssentialContainerExited',
  [annotations.stoppedReason]: 'Essential container in task exited',
};

function recordOf(what: Pod | DepartedPod, overrides: Partial<StoppedWorld> = {}): NewRecord {
  const world = stoppedWorld({ ...('pod' in what ? { departed: [what] } : { pods: endedPods(what) }), ...overrides });
  const [task] = stoppedTasks(world);
  assert.ok(task);
  return renderRecord(task, world);
}

function factsOf(what: Pod | DepartedPod, overrides: Partial<StoppedWorld> = {}): TaskRecord {
  return recordOf(what, overrides).spec.kubernetes.record;
}

function gone(parts: PodParts, reason?: string): DepartedPod {
  return departed(pod(parts), 95, reason);
}

describe('the record of a stopped task tells why it stopped:', () => {
  const disrupted = (reason: string): NonNullable<NonNullable<Pod['status']>['conditions']> => [
    { type: 'DisruptionTarget', status: 'True', reason, message: 'It is drained' },
  ];
  const cases: Record<
    string,
    {
      readonly what: Pod | DepartedPod;
      readonly world?: Partial<StoppedWorld>;
      readonly want: readonly [stopCode: string | undefined, reason: string, exitCode: number | undefined];
    }
  > = {
    'its essential container exited': {
      what: endedPod(1, 80),
      want: ['EssentialContainerExited', 'Essential container in task exited', 1],
    },
    'its essential container exited, and we ended the others': {
      what: pod({ metadata: { annotations: ended }, status: { ...killed, reason: 'DeadlineExceeded' } }),
      want: ['EssentialContainerExited', 'Essential container in task exited', 143],
    },
    'its essential container exited, of which it had not been told when its pod went': {
      what: gone({ status: { ...killed, phase: 'Running' } }),
      want: ['EssentialContainerExited', 'Essential container in task exited', 143],
    },
    'its image could not be pulled': {
      what: pod({ status: { phase: 'Failed', containerStatuses: [waiting('app', 'ErrImagePull', 'no such image')] } }),
      want: ['TaskFailedToStart', 'CannotPullContainerError: no such image', undefined],
    },
    'we stopped it': {
      what: gone({ metadata: told, status: killed }, scaling),
      want: ['ServiceSchedulerInitiated', scaling, 143],
    },
    'we stopped it before it began': {
      what: gone({}, scaling),
      want: ['ServiceSchedulerInitiated', scaling, undefined],
    },
    'we stopped it, and its last state was missed': {
      what: gone({ metadata: told, status: runs }, scaling),
      want: ['ServiceSchedulerInitiated', scaling, undefined],
    },
    'somebody deleted its pod': {
      what: gone({ metadata: told, status: killed }),
      want: ['UserInitiated', 'Task stopped by user', 143],
    },
    'its node is drained, before we would have stopped it': {
      what: gone({ metadata: told, status: { ...killed, conditions: disrupted('EvictionByEvictionAPI') } }, scaling),
      want: ['InfrastructureHealth', 'It is drained', 143],
    },
    'its node is gone': {
      what: gone({ spec: { nodeName: 'node-1' }, status: { ...runs, conditions: disrupted('DeletionByPodGC') } }),
      want: ['TerminationNotice', 'Host EC2 (instance node-1) terminated.', undefined],
    },
    'its node is gone, and its last state was missed': {
      what: gone({ spec: { nodeName: 'node-2' }, status: runs }),
      want: ['TerminationNotice', 'Host EC2 (instance node-2) terminated.', undefined],
    },
    'its node is drained for a Spot interruption': {
      what: gone({
        metadata: told,
        spec: { nodeName: 'node-1' },
        status: { ...killed, conditions: disrupted('EvictionByEvictionAPI') },
      }),
      world: { nodes: nodesNamed(node('node-1', interrupted)) },
      want: ['SpotInterruption', 'Your Spot Task was interrupted.', 143],
    },
    'we stopped it for a Spot interruption': {
      what: gone({ metadata: told, status: killed }, 'Your Spot Task was interrupted.'),
      want: ['SpotInterruption', 'Your Spot Task was interrupted.', 143],
    },
    'its container exited on a node with a Spot interruption': {
      what: endedPod(1, 80, { spec: { nodeName: 'node-1' } }),
      world: { nodes: nodesNamed(node('node-1', interrupted)) },
      want: ['EssentialContainerExited', 'Essential container in task exited', 1],
    },
    'nobody knows': { what: gone({ status: runs }), want: [undefined, unknown, undefined] },
    'nobody knows who told it to stop while no operator watched': {
      what: gone({ metadata: told, status: killed }),
      world: { watchedSinceMs: ms(61) },
      want: [undefined, 'The task was told to stop while nobody watched: who did it is unknown.', 143],
    },
    'its service must have, as it is of an older deployment': {
      what: gone({ metadata: told, status: killed }),
      world: { watchedSinceMs: ms(61), deployments: [deploymentRecord({ sequence: 2, digits: '2' })] },
      want: ['ServiceSchedulerInitiated', 'Scaling activity initiated by (deployment ecs-svc/2)', 143],
    },
  };
  for (const [sentence, { what, world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { stopCode, stoppedReason, exitCode } = factsOf(what, world);
      assert.deepEqual([stopCode, stoppedReason, exitCode], want);
    });
  }
});

describe('the record of a stopped task that is on its way out', () => {
  it('tells that we stopped it, as soon as it has ended', () => {
    const world = stoppedWorld({ pods: [{ pod: pod({ metadata: told, status: killed }), reason: scaling }] });
    const [task] = stoppedTasks(world);
    assert.ok(task);
    const { stopCode, stoppedReason } = renderRecord(task, world).spec.kubernetes.record;
    assert.deepEqual([stopCode, stoppedReason], ['ServiceSchedulerInitiated', scaling]);
  });
});

describe('the record of a stopped task', () => {
  const proxy = containerDefinition({ name: 'proxy', essential: false });
  const imageID = `registry.example/shop/web@sha256:${'a'.repeat(64)}`;
  const two = pod({
    task: { launch: 7, snapshot: snapshot({ content: content(containerDefinition(), proxy) }) },
    metadata: told,
    spec: { nodeName: 'node-1' },
    status: { phase: 'Running', containerStatuses: [{ ...terminated('app', 3, 70), imageID }, running('proxy', 5)] },
  });

  it('keeps all that is known of it', () => {
    assert.deepEqual(factsOf(departed(two, 95, scaling)), {
      taskId: two.metadata.labels?.[labels.taskId],
      launch: 7,
      containers: [
        {
          name: 'app',
          image: 'shop/web:1',
          imageDigest: `sha256:${'a'.repeat(64)}`,
          lastStatus: 'STOPPED',
          exitCode: 3,
          healthStatus: 'UNKNOWN',
        },
        { name: 'proxy', image: 'shop/web:1', lastStatus: 'STOPPED', healthStatus: 'UNKNOWN' },
      ],
      healthStatus: 'UNKNOWN',
      createdAt: iso(),
      startedAt: iso(5),
      stoppingAt: iso(60),
      executionStoppedAt: iso(70),
      stoppedAt: iso(70),
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: scaling,
      exitCode: 3,
      node: 'node-1',
      podName: two.metadata.name,
      podUid: two.metadata.uid,
    });
  });

  it('has the name of its pod, the labels by which its service is found, and stops before it could start', () => {
    const named = service({ serviceName: 'Shop_Web', cluster: 'Main' });
    const { metadata, spec } = recordOf(two, { service: named, keptSeconds: 60 });
    const { kubernetes, ...rest } = spec;
    assert.deepEqual(metadata, {
      name: two.metadata.name,
      labels: {
        'app.kubernetes.io/managed-by': 'ecs-operator',
        'ecs-operator.dev/cluster': 'default',
        'ecs-operator.dev/service': 'web',
        'ecs-operator.dev/deployment': deploymentRecord().digits,
        'ecs-operator.dev/task-id': two.metadata.labels?.[labels.taskId],
        'ecs-operator.dev/launch-type': 'EC2',
      },
    });
    assert.deepEqual(rest, {
      taskDefinition: 'web:1',
      cluster: 'Main',
      launchType: 'EC2',
      group: 'service:Shop_Web',
      startedBy: `ecs-svc/${deploymentRecord().digits}`,
      stop: { reason: kubernetes.record.stoppedReason },
    });
    assert.equal(kubernetes.ttlSecondsAfterStopped, 60);
  });

  it('is one that the schema takes as it is', () => {
    const { spec } = recordOf(departed(two, 95, scaling));
    assert.deepEqual(taskKind.spec.parse(spec), spec);
  });
});
