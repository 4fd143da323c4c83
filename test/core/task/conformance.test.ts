import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ContainerDefinition } from '../../../src/api/container-definition.ts';
import type { TaskStatus } from '../../../src/api/task.ts';
import { planTask } from '../../../src/core/task/standalone/plan.ts';
import { compileStartOrder } from '../../../src/core/task/start-order/compile.ts';
import { describeTask, endOf } from '../../../src/core/task/view.ts';
import { containerDefinition, content, healthCheck, instant, iso, ms, snapshot } from '../../support/builders.ts';
import {
  killedForMemory,
  neverCreated,
  restarted,
  running,
  terminated,
  waiting,
} from '../../support/container-status.ts';
import { containersOf } from '../../support/dependencies.ts';
import { launchRecord, task, taskPod, taskWorld, type TaskPodParts } from '../../support/standalone.ts';

/**
 * Behaviours that tell ECS from look-alikes, as far as pods that are made up show them; each has the number that it has
 * in the tests with real containers. A row about restartPolicy (8) is missing: that member is refused.
 */

/** A standalone task of these containers that is looked at again and again. */
class Watched {
  readonly #definitions: readonly ContainerDefinition[];
  status: TaskStatus = {};
  steps: readonly string[] = [];

  constructor(...definitions: readonly ContainerDefinition[]) {
    this.#definitions = definitions;
  }

  /** So many seconds after the beginning, with the pod as it is then. */
  look(seconds: number, status: NonNullable<TaskPodParts['status']>, metadata: TaskPodParts['metadata'] = {}): this {
    const own = { snapshot: snapshot({ content: content(...this.#definitions) }) };
    const pods = [taskPod({ task: own, spec: { nodeName: 'node-1' }, metadata, status })];
    const world = { now: instant(seconds), task: task({}, { status: this.status }), record: launchRecord(), pods };
    const plan = planTask(taskWorld(world));
    this.status = plan.status;
    this.steps = plan.steps.map((step) => (step.kind === 'endPod' ? `end: ${step.end.stopCode}` : step.kind));
    return this;
  }

  /** Where the task is and why, and each container with its exit code. */
  get told(): readonly unknown[] {
    const { lastStatus, stopCode, containers = [] } = this.status;
    return [lastStatus, stopCode, ...containers.map(({ name, exitCode }) => `${name} ${String(exitCode)}`)];
  }
}

const endedBy = (stopCode: string): TaskPodParts['metadata'] => ({
  annotations: { 'ecs-operator.dev/stop-code': stopCode, 'ecs-operator.dev/stopped-reason': 'Because' },
});

describe('conformance with ECS', () => {
  it('3: the end of one of two containers ends the task, if neither says that it is not essential', () => {
    const watched = new Watched(containerDefinition(), containerDefinition({ name: 'db' }));
    watched.look(20, { containerStatuses: [running('app'), terminated('db', 0)] });
    assert.deepEqual(watched.steps, ['end: EssentialContainerExited']);
    assert.deepEqual([watched.status.lastStatus, watched.status.desiredStatus], ['RUNNING', 'STOPPED']);
    const status = { phase: 'Failed', containerStatuses: [terminated('app', 143, 21), terminated('db', 0)] };
    watched.look(22, status, endedBy('EssentialContainerExited'));
    assert.deepEqual(watched.told, ['STOPPED', 'EssentialContainerExited', 'app 143', 'db 0']);
    assert.equal(watched.status.exitCode, 0);
  });

  it('4: a container that is not essential has to start, and may fail then', () => {
    const watched = new Watched(...containersOf('app; log?'));
    watched.look(1, { containerStatuses: [running('app'), waiting('log')] });
    assert.deepEqual(watched.told, ['PENDING', undefined, 'app undefined', 'log undefined']);
    watched.look(2, { containerStatuses: [running('app'), terminated('log', 1)] });
    assert.deepEqual(watched.told, ['RUNNING', undefined, 'app undefined', 'log 1']);
    assert.deepEqual(watched.steps, []);
  });

  it('5: what waits for the success of a container that fails never runs: 143, TaskFailedToStart', () => {
    const watched = new Watched(...containersOf('app -> job (SUCCESS); job?'));
    watched.look(1, {
      initContainerStatuses: [running('job')],
      containerStatuses: [waiting('app', 'PodInitializing')],
    });
    watched.look(12, {
      phase: 'Failed',
      initContainerStatuses: [terminated('job', 3)],
      containerStatuses: [waiting('app', 'PodInitializing')],
    });
    assert.deepEqual(watched.told, ['STOPPED', 'TaskFailedToStart', 'app 143', 'job 3']);
    assert.match(watched.status.containers?.[0]?.reason ?? '', /^CannotStartContainerError: .*\[job\] .*\[app\]/);
    assert.equal(watched.status.startedAt, undefined);
  });

  it('6: COMPLETE takes any exit code, which no pod can do: refused, with the reason', () => {
    const order = compileStartOrder(containersOf('app; log? -> job (COMPLETE); job?'));
    assert.match(order.kind === 'refused' ? order.message : '', /COMPLETE takes any exit code/);
  });

  it('7: what waits for the health of a container gives up with the startTimeout of that one', () => {
    const db = { healthCheck: { ...healthCheck, interval: 5 }, startTimeout: 10 };
    const watched = new Watched(...containersOf('app -> db (HEALTHY); db', { app: { startTimeout: 2 }, db }));
    const held = [waiting('app', 'PodInitializing')];
    watched.look(9, { initContainerStatuses: [running('db', 0, false)], containerStatuses: held });
    assert.deepEqual(watched.steps, []);
    watched.look(11, { initContainerStatuses: [terminated('db', 137, 10)], containerStatuses: held });
    assert.deepEqual(watched.steps, ['end: TaskFailedToStart']);
    const status = { phase: 'Failed', initContainerStatuses: [terminated('db', 137, 10)], containerStatuses: held };
    watched.look(13, status, endedBy('TaskFailedToStart'));
    assert.deepEqual(watched.told, ['STOPPED', 'TaskFailedToStart', 'app 143', 'db 137']);
    assert.match(watched.status.containers?.[0]?.reason ?? '', /\[db\] for target \[app\] has timed out\.$/);
  });

  it('what ended a sidecar is its first exit, however often it is started again and ends', () => {
    const watched = new Watched(...containersOf('app -> mesh (START); mesh?'));
    const app = { containerStatuses: [running('app', 20)] };
    const first = restarted('mesh', 3, running('mesh', 11));
    watched.look(12, { ...app, initContainerStatuses: [first] });
    const second = { ...first, restartCount: 2, lastState: killedForMemory('mesh').state ?? {} };
    watched.look(30, { ...app, initContainerStatuses: [second] });
    const [, mesh] = watched.status.containers ?? [];
    assert.deepEqual([mesh?.lastStatus, mesh?.exitCode, mesh?.reason], ['STOPPED', 3, undefined]);
  });

  it('30: a task whose image cannot be pulled ends without an exit code, and says so', () => {
    const watched = new Watched(containerDefinition());
    const conditions = [{ type: 'PodScheduled', status: 'True', lastTransitionTime: iso(5) }];
    const failing = { conditions, containerStatuses: [waiting('app', 'ErrImagePull', 'web: not found')] };
    watched.look(94, failing);
    assert.deepEqual(watched.steps, []);
    watched.look(95, failing);
    assert.deepEqual(watched.steps, ['end: TaskFailedToStart']);
    watched.look(97, { phase: 'Failed', containerStatuses: [neverCreated('app')] }, endedBy('TaskFailedToStart'));
    assert.deepEqual(watched.told, ['STOPPED', 'TaskFailedToStart', 'app undefined']);
    assert.equal(watched.status.containers?.[0]?.reason, 'CannotPullContainerError: web: not found');
    assert.equal(watched.status.exitCode, undefined);
  });

  it('30: so does a task of a service', () => {
    const pod = taskPod({ status: { containerStatuses: [waiting('app', 'ErrImagePull', 'web: not found')] } });
    assert.deepEqual(endOf(describeTask(pod), ms(90)), {
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'CannotPullContainerError: web: not found',
    });
  });
});
