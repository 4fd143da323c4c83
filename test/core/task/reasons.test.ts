import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations, labels, placementGate } from '../../../src/api/labels.ts';
import { dnsName } from '../../../src/base/dns-name.ts';
import { describeTask } from '../../../src/core/task/view.ts';
import { containerDefinition, content, pod, snapshot, type PodParts } from '../../support/builders.ts';
import { affinityTo, pinTerm } from '../../support/placed-pods.ts';
import { killedForMemory, restarted, running, terminated, waiting } from '../../support/container-status.ts';

const two = content(containerDefinition(), containerDefinition({ name: 'My_Log', essential: false }));
const log = dnsName('My_Log');

function described(parts: PodParts): ReturnType<typeof describeTask> {
  return describeTask(pod({ task: { snapshot: snapshot({ content: two }) }, ...parts }));
}

describe('why a task is not RUNNING yet', () => {
  const placed = { nodeName: 'node-1' };
  const unschedulable = (message?: string): PodParts => ({
    status: {
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', ...(message !== undefined && { message }) },
      ],
    },
  });
  const gatedAtFirst: PodParts = {
    status: {
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
        },
      ],
    },
  };
  const pinned = (name: string, label: string = labels.service): PodParts => ({
    metadata: { labels: { [label]: name }, annotations: { [annotations.placement]: '{}' } },
    spec: { affinity: affinityTo(pinTerm('n1')) },
  });
  const stuck = (reason: string, message?: string): PodParts => ({
    spec: placed,
    status: { containerStatuses: [running('app'), waiting(log, reason, message)] },
  });
  const cases: Record<string, { readonly parts: PodParts; readonly want: string }> = {
    'nobody has placed it yet': { parts: {}, want: 'waits for a node' },
    'it is placed and starts': { parts: { spec: placed }, want: 'starts' },
    'its container is being created, which is no error': {
      parts: { spec: placed, status: { containerStatuses: [waiting('app'), waiting(log)] } },
      want: 'starts',
    },
    'no node has room': {
      parts: unschedulable('0/3 nodes are available: 3 Insufficient cpu.'),
      want: 'unable to be placed. Reason: 3 nodes: 3 with insufficient CPU units available',
    },
    'no node has room, without what the scheduler says of preemption': {
      parts: unschedulable('0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No.'),
      want: 'unable to be placed. Reason: 3 nodes: 3 with insufficient CPU units available',
    },
    'somebody else keeps it from being placed': {
      parts: { spec: { schedulingGates: [{ name: 'example.com/wait' }] }, ...gatedAtFirst },
      want: 'unable to be placed. Reason: Scheduling is blocked due to non-empty scheduling gates',
    },
    'we have not chosen its node yet': {
      parts: { spec: { schedulingGates: [{ name: placementGate }] }, ...gatedAtFirst },
      want: 'waits for a node',
    },
    'somebody has taken the room that we have chosen for it': {
      parts: { ...unschedulable('0/3 nodes are available'), ...pinned('web') },
      want: 'waits for room on n1, which was chosen for it, and which another pod has taken',
    },
    'somebody has taken its room, and it may be started nowhere else': {
      parts: { ...unschedulable('0/3 nodes are available'), ...pinned('job', labels.task) },
      want: 'waits for room on n1, which was chosen for it, and which another pod has taken: to have it placed elsewhere, stop it and run another',
    },
    'its gate is gone, and no scheduler has looked at it since': { parts: gatedAtFirst, want: 'waits for a node' },
    'the scheduler says no more than one word': {
      parts: unschedulable(),
      want: 'unable to be placed. Reason: Unschedulable',
    },
    'its image cannot be pulled': {
      parts: stuck('ErrImagePull', 'manifest unknown'),
      want: 'CannotPullContainerError: My_Log: manifest unknown',
    },
    'its image could not be pulled a while ago': {
      parts: stuck('ImagePullBackOff', 'Back-off pulling image'),
      want: 'CannotPullContainerError: My_Log: Back-off pulling image',
    },
    'its image has no valid name': {
      parts: stuck('InvalidImageName'),
      want: 'CannotPullContainerError: My_Log: InvalidImageName',
    },
    'its configuration is not there': {
      parts: stuck('CreateContainerConfigError', 'secret not found'),
      want: 'ResourceInitializationError: My_Log: secret not found',
    },
    'its container cannot be created': {
      parts: stuck('CreateContainerError', 'no such mount'),
      want: 'CannotCreateContainerError: My_Log: no such mount',
    },
    'its container cannot be started': {
      parts: stuck('RunContainerError', 'exec format error'),
      want: 'CannotStartContainerError: My_Log: exec format error',
    },
  };
  for (const [sentence, { parts, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(described(parts).pendingReason, want);
    });
  }

  it('is kept as the kube-scheduler says it where no node takes the task, and only there', () => {
    const said = '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No.';
    assert.equal(described(unschedulable(said)).unplaced, said);
    assert.equal(described(gatedAtFirst).unplaced, undefined);
    assert.equal(described({ spec: placed }).unplaced, undefined);
  });

  it('is not told of a task that runs or has stopped', () => {
    const both = { containerStatuses: [running('app'), running(log)] };
    assert.equal(described({ spec: placed, status: both }).pendingReason, undefined);
    assert.equal(described({ status: { phase: 'Failed' } }).pendingReason, undefined);
  });
});

describe('why a task stopped', () => {
  const failed = (status: PodParts['status'], written?: string): PodParts => ({
    status: { phase: 'Failed', ...status },
    ...(written !== undefined && { metadata: { annotations: { [annotations.stoppedReason]: written } } }),
  });
  const cases: Record<string, { readonly parts: PodParts; readonly want: string }> = {
    'its containers have exited, each with its code and its ECS name': {
      parts: failed({ containerStatuses: [terminated('app', 1), terminated(log, 137)] }),
      want: 'Essential container in task exited (app: exit code 1; My_Log: exit code 137)',
    },
    'its containers have exited well, which stops a task too': {
      parts: { status: { phase: 'Succeeded', containerStatuses: [terminated('app', 0), terminated(log, 0)] } },
      want: 'Essential container in task exited (app: exit code 0; My_Log: exit code 0)',
    },
    'a container used more memory than it may': {
      parts: failed({ containerStatuses: [killedForMemory('app')] }),
      want:
        'Essential container in task exited ' +
        '(app: exit code 137, OutOfMemoryError: Container killed due to memory usage)',
    },
    'we ended it and wrote down why': {
      parts: failed({ containerStatuses: [terminated('app', 3)] }, 'Task stopped by user'),
      want: 'Task stopped by user (app: exit code 3)',
    },
    'it never ran, and the kubelet says why': {
      parts: failed({ message: 'Pod was rejected: Node didn’t have enough resource: cpu' }),
      want: 'Pod was rejected: Node didn’t have enough resource: cpu',
    },
    'it never ran, and nobody says why': { parts: failed({}), want: 'Task failed to start' },
    'a container that never ran has no exit code': {
      parts: failed({ containerStatuses: [terminated('app', 1), waiting(log, 'PodInitializing')] }),
      want: 'Essential container in task exited (app: exit code 1)',
    },
    'an injected container is not told of': {
      parts: failed({ containerStatuses: [terminated('app', 1), terminated('envoy', 2)] }),
      want: 'Essential container in task exited (app: exit code 1)',
    },
    'a container that others waited for has failed, so that they never started': {
      parts: failed({
        initContainerStatuses: [terminated(log, 3)],
        containerStatuses: [waiting('app', 'PodInitializing')],
      }),
      want: 'Task failed to start (My_Log: exit code 3)',
    },
    'its first exit is the end of a sidecar, not the one at the end of the pod': {
      parts: failed(
        {
          initContainerStatuses: [restarted('app', 3, terminated('app', 143))],
          containerStatuses: [terminated(log, 143)],
        },
        'Essential container in task exited',
      ),
      want: 'Essential container in task exited (app: exit code 3; My_Log: exit code 143)',
    },
  };
  for (const [sentence, { parts, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(described(parts).stoppedReason, want);
    });
  }

  it('is not told before it has', () => {
    assert.equal(
      described({ status: { containerStatuses: [terminated('app', 1), running(log)] } }).stoppedReason,
      undefined,
    );
  });
});
