import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { serviceKind } from '../../../src/api/service.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import type { TaskView } from '../../../src/core/task/view.ts';
import type { Resolution } from '../../../src/core/task-definition/resolve.ts';
import { content, deploymentRecord, iso, ms, service, taskView } from '../../support/builders.ts';
import {
  after,
  first,
  look,
  nextFound,
  pending,
  rolling,
  second,
  serviceWorld,
  settled,
  tasks,
} from '../../support/world.ts';

const ofSecond = { deployment: second.digits };
const stopped = { lastStatus: 'STOPPED', stoppedAtMs: ms(90), stoppedReason: 'Task failed to start' } as const;

function starting(id: string, overrides: Partial<TaskView> = {}): TaskView {
  return taskView({ id, ...ofSecond, healthyAtMs: ms(130), ...overrides });
}

/** `type=status` of each condition, then the reason and the message they share. */
function conditionsOf(world: ServiceWorld): { holds: string; reason?: string; message?: string } {
  const { conditions = [] } = look(world).status;
  const [ready] = conditions;
  assert(conditions.every(({ reason, message }) => reason === ready?.reason && message === ready.message));
  const holds = conditions.map(({ type, status }) => `${type}=${status}`).join(' ');
  return { holds, ...(ready && { reason: ready.reason, message: ready.message }) };
}

describe('the conditions of a service', () => {
  const ready = 'Ready=True';
  const reconciling = 'Ready=False Reconciling=True';
  const stalled = 'Ready=False Stalled=True';
  const none: Resolution = { kind: 'missing', reason: 'TaskDefinitionNotFound', message: 'There is no such thing.' };
  const inProgress = 'DeploymentInProgress';
  const of = (healthy: number, desired: number): string =>
    `${String(healthy)} of ${String(desired)} tasks of ecs-svc/${second.digits} (web:2) are healthy`;

  const cases: Record<string, { world: ServiceWorld; holds: string; reason: string; message: string }> = {
    'its cluster is missing': {
      world: serviceWorld({ cluster: undefined, deployments: [], service: service({ cluster: 'main' }) }),
      holds: reconciling,
      reason: 'ClusterNotFound',
      message: 'ECSCluster main does not exist in this namespace; the service starts when it does.',
    },
    'its task definition is missing': {
      world: serviceWorld({ resolution: none, deployments: [] }),
      holds: reconciling,
      reason: 'TaskDefinitionNotFound',
      message: 'There is no such thing.',
    },
    'its task definition has no revision yet': {
      world: serviceWorld({ resolution: { ...none, reason: 'TaskDefinitionNotRegistered' }, deployments: [] }),
      holds: reconciling,
      reason: 'TaskDefinitionNotRegistered',
      message: 'There is no such thing.',
    },
    'its revision is missing, though its tasks run': {
      world: { ...settled(), resolution: { ...none, reason: 'RevisionNotFound' } },
      holds: reconciling,
      reason: 'RevisionNotFound',
      message: 'There is no such thing.',
    },
    'its revision cannot be launched there': {
      world: serviceWorld({ resolution: { ...none, reason: 'LaunchTypeNotSupported' }, deployments: [] }),
      holds: stalled,
      reason: 'LaunchTypeNotSupported',
      message: 'There is no such thing.',
    },
    'its cluster was deleted, though its tasks run': {
      world: { ...settled(), cluster: undefined },
      holds: reconciling,
      reason: 'ClusterNotFound',
      message: 'ECSCluster default does not exist in this namespace; the service starts when it does.',
    },
    'its first deployment is about to begin': {
      world: serviceWorld({ deployments: [] }),
      holds: reconciling,
      reason: inProgress,
      message: 'A deployment is about to begin.',
    },
    'a new deployment is about to begin': {
      world: { ...settled(), resolution: nextFound },
      holds: reconciling,
      reason: inProgress,
      message: 'A deployment is about to begin.',
    },
    'it is as it should be': {
      world: serviceWorld({ service: service({ desiredCount: 2 }), tasks: tasks(2) }),
      holds: ready,
      reason: 'SteadyState',
      message: '2 tasks are running and healthy.',
    },
    'it should run nothing and runs nothing': {
      world: serviceWorld({ service: service({ desiredCount: 0 }) }),
      holds: ready,
      reason: 'SteadyState',
      message: '0 tasks are running and healthy.',
    },
    'a task more than desired is left': {
      world: settled({ tasks: [...tasks(1), taskView({ id: 'surplus' })] }),
      holds: reconciling,
      reason: inProgress,
      message: `2 of 1 tasks of ecs-svc/${first.digits} (web:1) are healthy.`,
    },
    'old tasks are left': {
      world: serviceWorld({ ...rolling, tasks: tasks(1) }),
      holds: reconciling,
      reason: inProgress,
      message: `${of(0, 1)}; 1 older ones are left.`,
    },
    'old tasks are on their way out': {
      world: serviceWorld({ ...rolling, tasks: [taskView(ofSecond), ...tasks(1, { lastStatus: 'STOPPING' })] }),
      holds: reconciling,
      reason: inProgress,
      message: `${of(1, 1)}; 1 older ones are left.`,
    },
    'tasks wait for the 40 seconds': {
      world: serviceWorld({ ...rolling, tasks: [starting('a')] }),
      holds: reconciling,
      reason: inProgress,
      message: `${of(0, 1)}; 1 run, have no health check and count after 40 s.`,
    },
    'tasks are pending, most of them for one reason': {
      world: serviceWorld({
        ...rolling,
        service: service({ desiredCount: 3 }),
        tasks: [
          starting('a', { ...pending, pendingReason: 'waits for a node' }),
          starting('b', { ...pending, pendingReason: 'CannotPullContainerError: app: no such image.' }),
          starting('c', { ...pending, pendingReason: 'CannotPullContainerError: app: no such image.' }),
        ],
      }),
      holds: reconciling,
      reason: inProgress,
      message: `${of(0, 3)}; 2 pending: CannotPullContainerError: app: no such image.`,
    },
    'a task stopped; the last one is told': {
      world: serviceWorld({
        ...rolling,
        tasks: [
          taskView({ id: 'early', ...ofSecond, ...stopped, stoppedAtMs: ms(80) }),
          taskView({ id: 'late', ...ofSecond, ...stopped, stoppedReason: 'Essential container in task exited' }),
        ],
      }),
      holds: reconciling,
      reason: inProgress,
      message: `${of(0, 1)}; task late stopped: Essential container in task exited.`,
    },
    'the bounds leave no room': {
      world: serviceWorld({
        ...rolling,
        service: service({ deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } }),
        tasks: tasks(1),
      }),
      holds: stalled,
      reason: 'DeploymentStuck',
      message:
        'With desiredCount 1, minimumHealthyPercent 100 and maximumPercent 100 no task can be stopped or started. ' +
        'Lower the first or raise the second.',
    },
  };
  for (const [sentence, { world, ...want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(conditionsOf(world), want);
    });
  }

  it('are judged on the generation that was looked at', () => {
    const world = serviceWorld({ service: service({}, { metadata: { generation: 7 } }) });
    const { observedGeneration, conditions = [] } = look(world).status;
    assert.deepEqual([observedGeneration, ...conditions.map((each) => each.observedGeneration)], [7, 7, 7]);
  });

  it('keep their time while their status stays', () => {
    const late = after(settled(), look(settled()), 60);
    assert.deepEqual(look(late).status.conditions, look(settled()).status.conditions);
  });

  it('take the time when their status changes', () => {
    const [ready] = look({ ...after(settled(), look(settled()), 60), tasks: [] }).status.conditions ?? [];
    assert.deepEqual([ready?.status, ready?.lastTransitionTime], ['False', iso(160)]);
  });
});

describe('the status of a service', () => {
  const long = 'x'.repeat(50_000);
  const cases: Record<string, Partial<TaskView>> = {
    'fits the schema, however long the reason why a task is pending': { ...pending, pendingReason: long },
    'fits the schema, however long the reason why a task stopped': { ...stopped, stoppedReason: long },
  };
  for (const [sentence, state] of Object.entries(cases)) {
    it(sentence, () => {
      const { status } = look(serviceWorld({ ...rolling, tasks: [starting('a', state)] }));
      assert.deepEqual(serviceKind.status.parse(status), status);
    });
  }
});

describe('the deployments of a service', () => {
  const summary = (world: ServiceWorld): string[] =>
    (look(world).status.deployments ?? []).map(
      (each) =>
        `${each.status} ${each.taskDefinition} ${each.rolloutState} desired ${String(each.desiredCount)}, ` +
        `${String(each.runningCount)} running, ${String(each.pendingCount)} pending`,
    );
  const oldComplete = settled({ service: service({ desiredCount: 2 }), tasks: tasks(2) });

  const cases: Record<string, { readonly world: ServiceWorld; readonly want: readonly string[] }> = {
    'one that has started nothing is in progress': {
      world: serviceWorld(),
      want: ['PRIMARY web:1 IN_PROGRESS desired 1, 0 running, 0 pending'],
    },
    'one that should start nothing is complete at once': {
      world: serviceWorld({ service: service({ desiredCount: 0 }) }),
      want: ['PRIMARY web:1 COMPLETED desired 0, 0 running, 0 pending'],
    },
    'one whose tasks are not all healthy is in progress': {
      world: serviceWorld({ service: service({ desiredCount: 2 }), tasks: tasks(1) }),
      want: ['PRIMARY web:1 IN_PROGRESS desired 2, 1 running, 0 pending'],
    },
    'one whose tasks are all healthy is complete': {
      world: serviceWorld({ tasks: tasks(1) }),
      want: ['PRIMARY web:1 COMPLETED desired 1, 1 running, 0 pending'],
    },
    'an older one is ACTIVE while it drains, and says how many of its tasks are kept': {
      world: {
        ...oldComplete,
        ...rolling,
        tasks: [...tasks(2), starting('a', { healthyAtMs: ms(90) }), starting('b', pending)],
      },
      want: [
        'PRIMARY web:2 IN_PROGRESS desired 2, 1 running, 1 pending',
        'ACTIVE web:1 COMPLETED desired 1, 2 running, 0 pending',
      ],
    },
    'an older one is shown until its last task has stopped': {
      world: { ...oldComplete, ...rolling, tasks: [...tasks(1, { lastStatus: 'STOPPING' }), ...tasks(2, ofSecond)] },
      want: [
        'PRIMARY web:2 IN_PROGRESS desired 2, 2 running, 0 pending',
        'ACTIVE web:1 COMPLETED desired 0, 0 running, 0 pending',
      ],
    },
    'an older one is shown no more once its tasks are stopped, and the new one is complete': {
      world: { ...oldComplete, ...rolling, tasks: [...tasks(1, stopped), ...tasks(2, ofSecond)] },
      want: ['PRIMARY web:2 COMPLETED desired 2, 2 running, 0 pending'],
    },
    'one that was complete stays so when a task is lost': {
      world: { ...oldComplete, tasks: tasks(1) },
      want: ['PRIMARY web:1 COMPLETED desired 2, 1 running, 0 pending'],
    },
    'one that was complete stays so on scale-out': {
      world: { ...oldComplete, service: service({ desiredCount: 4 }, { status: oldComplete.service.status }) },
      want: ['PRIMARY web:1 COMPLETED desired 4, 2 running, 0 pending'],
    },
    'one that is promoted again has to prove itself again': {
      world: {
        ...oldComplete,
        tasks: tasks(1),
        deployments: [deploymentRecord({ sequence: 3, digits: first.digits })],
        service: service({ desiredCount: 2 }, { status: drained() }),
      },
      want: ['PRIMARY web:1 IN_PROGRESS desired 2, 1 running, 0 pending'],
    },
  };
  for (const [sentence, { world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(summary(world), want);
    });
  }

  function drained(): NonNullable<ServiceWorld['service']['status']> {
    return look({ ...oldComplete, ...rolling }).status;
  }

  it('come newest first, ten at most', () => {
    const many = Array.from({ length: 12 }, (_, index) => deploymentRecord({ sequence: index + 1 }));
    const ofEach = many.map(({ digits }) => taskView({ id: digits, deployment: digits }));
    const { deployments = [] } = look(serviceWorld({ deployments: many, tasks: ofEach })).status;
    assert.deepEqual(
      deployments.map((each) => each.id),
      many
        .slice(2)
        .toReversed()
        .map(({ digits }) => `ecs-svc/${digits}`),
    );
  });

  it('have an id, times and a reason in words of ECS', () => {
    const [primary] =
      look(serviceWorld({ deployments: [deploymentRecord({ createdAt: iso(30) })] })).status.deployments ?? [];
    assert.deepEqual(primary, {
      id: `ecs-svc/${first.digits}`,
      status: 'PRIMARY',
      taskDefinition: 'web:1',
      desiredCount: 1,
      launchType: 'EC2',
      pendingCount: 0,
      runningCount: 0,
      launched: 1,
      createdAt: iso(30),
      updatedAt: iso(100),
      rolloutState: 'IN_PROGRESS',
      rolloutStateReason: `ECS deployment ecs-svc/${first.digits} in progress.`,
    });
  });

  it('keep their updatedAt until their rollout state changes', () => {
    const started = after(serviceWorld(), look(serviceWorld()), 20);
    const [still] = look({ ...started, tasks: tasks(1, pending) }).status.deployments ?? [];
    const [complete] = look({ ...started, tasks: tasks(1) }).status.deployments ?? [];
    assert.deepEqual([still?.updatedAt, complete?.updatedAt], [iso(100), iso(120)]);
    assert.equal(complete?.rolloutStateReason, `ECS deployment ecs-svc/${first.digits} completed.`);
  });

  it('of an older one keep the launch numbers that its pods remember, though the status was lost', () => {
    const world = serviceWorld({ ...rolling, tasks: tasks(3) });
    assert.equal(look(world).status.deployments?.[1]?.launched, 3);
  });

  it('keep their id when only the desired count changes', () => {
    const scaled = { ...oldComplete, service: service({ desiredCount: 3 }, { status: oldComplete.service.status }) };
    assert.equal(look(scaled).status.deployments?.[0]?.id, oldComplete.service.status?.deployments?.[0]?.id);
  });

  it('are still told when the next one is about to begin', () => {
    const { deployments } = look({ ...oldComplete, resolution: nextFound }).status;
    assert.deepEqual(deployments, oldComplete.service.status?.deployments);
  });
});

describe('the counts of a service', () => {
  it('are of the tasks of all deployments that are not stopped', () => {
    const world = serviceWorld({
      ...rolling,
      service: service({ desiredCount: 3 }),
      tasks: [
        ...tasks(2),
        starting('a'),
        starting('b', pending),
        starting('c', { lastStatus: 'PROVISIONING' }),
        starting('d', { lastStatus: 'STOPPING' }),
        starting('e', stopped),
      ],
    });
    const { desiredCount, runningCount, pendingCount } = look(world).status;
    assert.deepEqual(
      { desiredCount, runningCount, pendingCount },
      { desiredCount: 3, runningCount: 3, pendingCount: 2 },
    );
  });

  it('go with the newest revision of the same content, though nothing is deployed', () => {
    const world: ServiceWorld = {
      ...settled(),
      resolution: { kind: 'found', taskDefinition: 'web:2', content: content() },
    };
    const { taskDefinition, deployments = [] } = look(world).status;
    assert.deepEqual([taskDefinition, deployments[0]?.taskDefinition], ['web:2', 'web:1']);
  });

  it('go with the deployed revision while the task definition is missing', () => {
    const missing: Resolution = { kind: 'missing', reason: 'TaskDefinitionNotFound', message: '' };
    assert.equal(look({ ...settled(), resolution: missing }).status.taskDefinition, 'web:1');
  });

  it('come with a selector for the scale subresource', () => {
    assert.equal(look(serviceWorld()).status.selector, 'ecs-operator.dev/service=web');
  });
});
