import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations } from '../../../src/api/labels.ts';
import type { ServiceStatus } from '../../../src/api/service-status.ts';
import type { Condition } from '../../../src/base/conditions.ts';
import type { DeploymentOutcome, DeploymentRecord } from '../../../src/core/service/deployment.ts';
import { isHalted, outcomeSteps } from '../../../src/core/service/ending.ts';
import { completedAs, outcomeOf } from '../../../src/core/service/outcome.ts';
import { planService } from '../../../src/core/service/plan.ts';
import { rollbackStep, rollbackTarget } from '../../../src/core/service/rollback.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import type { Resolution } from '../../../src/core/task-definition/resolve.ts';
import {
  containerDefinition,
  content,
  deploymentRecord,
  iso,
  service,
  snapshot,
  taskView,
  type ServiceInput,
} from '../../support/builders.ts';
import { breaker, exitedAfter, recorded } from '../../support/failures.ts';
import { look, messages, nextFound, pending, serviceWorld, tasks } from '../../support/world.ts';

/** A command is the judge that needs no other part. */
function stopping(command: string, spec: ServiceInput = {}): ServiceWorld['service'] {
  return service(spec, { metadata: { annotations: { [annotations.stopDeployment]: command } } });
}

const completed: DeploymentOutcome = { state: 'COMPLETED', at: iso(50), sequence: 1 };
const good = deploymentRecord({ outcome: completed });
const next = snapshot({ taskDefinition: 'web:2', content: content(containerDefinition({ image: 'shop/web:2' })) });
const bad = deploymentRecord({ sequence: 2, snapshot: next });
const failed: DeploymentOutcome = {
  state: 'FAILED',
  at: iso(90),
  reason: 'tasks failed to start',
  message: '3 of 3 failures, last: exit code 1 in app',
  endedBy: 'circuitBreaker',
  isRejected: true,
  sequence: 2,
};
const rolledBack = { ...bad, outcome: { ...failed, rolledBackTo: good.digits } };
const restored = deploymentRecord({ sequence: 3, digits: good.digits, outcome: completed });
const ofBad = { deployment: bad.digits };

const webTwo = { resolution: nextFound };
const rollingOut = { ...webTwo, deployments: [good, bad] };

function conditionOf({ conditions = [] }: ServiceStatus, wanted: string): Condition | undefined {
  return conditions.find(({ type }) => type === wanted);
}

function third(): Resolution & { readonly kind: 'found' } {
  return { kind: 'found', taskDefinition: 'web:3', content: content(containerDefinition({ image: 'shop/web:3' })) };
}

describe('the outcome of a deployment', () => {
  const cases: Record<string, { readonly world: ServiceWorld; readonly want: readonly string[] }> = {
    'is none while it is in progress': { world: serviceWorld({ tasks: tasks(1, pending) }), want: [] },
    'is COMPLETED once it is complete': { world: serviceWorld({ tasks: tasks(1) }), want: ['record #1 as COMPLETED'] },
    'is written once': {
      world: serviceWorld({ tasks: tasks(1), deployments: [good] }),
      want: [],
    },
    'is written again where the write has failed, though the status has it': {
      world: serviceWorld({
        tasks: tasks(1),
        service: service({}, { status: look(serviceWorld({ tasks: tasks(1) })).status }),
      }),
      want: ['record #1 as COMPLETED'],
    },
    'is STOPPED where a newer one takes its place': {
      world: serviceWorld({ ...rollingOut, deployments: [deploymentRecord(), bad], tasks: tasks(1) }),
      want: ['record #1 as STOPPED'],
    },
    'stays COMPLETED where a newer one takes its place': {
      world: serviceWorld({ ...rollingOut, tasks: tasks(1) }),
      want: [],
    },
    'is COMPLETED of an older one that the status shows so': {
      world: serviceWorld({
        ...rollingOut,
        deployments: [deploymentRecord(), bad],
        tasks: tasks(1),
        service: service({}, { status: look(serviceWorld({ tasks: tasks(1) })).status }),
      }),
      want: ['record #1 as COMPLETED'],
    },
    'is written anew of one that is deployed again': {
      world: serviceWorld({ deployments: [restored], tasks: tasks(1) }),
      want: ['record #3 as COMPLETED'],
    },
    'is none of one that is deployed again and in progress': {
      world: serviceWorld({ deployments: [restored], tasks: tasks(1, pending) }),
      want: [],
    },
  };
  for (const [sentence, { world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(look(world).outcomes, want);
    });
  }

  it('outlives the status: what is complete is not complete again, and is not judged', () => {
    const world = serviceWorld({ service: stopping(`ecs-svc/${good.digits} ABORT`), deployments: [good], tasks: [] });
    const found = look(world);
    assert.deepEqual([found.outcomes, isHalted(world, good)], [[], false]);
    assert.deepEqual([found.steps, found.status.deployments?.[0]?.rolloutState], [['start 1'], 'COMPLETED']);
    const again = look(serviceWorld({ deployments: [good], tasks: tasks(1) }));
    assert.deepEqual(messages(again.events), ['has reached a steady state.']);
  });

  it('remembers that a deployment was completed before it was stopped in its second run', () => {
    const world = serviceWorld({
      resolution: third(),
      deployments: [
        restored,
        deploymentRecord({ sequence: 4, snapshot: snapshot({ taskDefinition: 'web:3', content: third().content }) }),
      ],
      tasks: tasks(1),
    });
    const [step] = outcomeSteps(world, world.deployments[1] as DeploymentRecord);
    assert(step?.kind === 'recordOutcome');
    assert.deepEqual([step.outcome.state, step.outcome.sequence, step.outcome.completed], ['STOPPED', 3, 1]);
    assert.equal(completedAs({ ...restored, outcome: step.outcome }), 1);
  });

  it('of an earlier run is none', () => {
    assert.equal(outcomeOf(restored), undefined);
    assert.equal(outcomeOf(good), completed);
    assert.equal(outcomeOf({ ...good, outcome: { state: 'STOPPED', at: iso() } })?.state, 'STOPPED');
  });
});

describe('a deployment that is ended', () => {
  const command = (type: string): ServiceWorld =>
    serviceWorld({
      ...rollingOut,
      service: stopping(`ecs-svc/${bad.digits} ${type}`, { desiredCount: 2 }),
      tasks: [...tasks(2), ...tasks(1, { ...ofBad, id: 'new', ...pending })],
    });

  it('is written down before anything else is done', () => {
    const found = look(command('ROLLBACK'));
    assert.deepEqual([found.steps, found.outcomes], [[], ['record #2 as STOPPED']]);
    assert.deepEqual(messages(found.events), [
      `(deployment ecs-svc/${bad.digits}) deployment stopped: rollback requested.`,
    ]);
    const [step] = planService(command('ROLLBACK')).steps;
    assert(step?.kind === 'recordOutcome');
    assert.deepEqual(step.outcome, {
      state: 'STOPPED',
      at: iso(100),
      reason: 'rollback requested',
      message: `Somebody has asked for it by annotation ${annotations.stopDeployment}.`,
      endedBy: 'command',
      isRejected: true,
      sequence: 2,
      rolledBackTo: good.digits,
    });
  });

  it('tells nothing that could not be written down', () => {
    assert.deepEqual(look(command('ROLLBACK'), { kind: 'recordOutcome' }).events, []);
  });

  it('stays as it is when it is stopped without a rollback: nothing starts, nothing stops', () => {
    const stopped = { ...failed, state: 'STOPPED', endedBy: 'command', reason: 'stop requested' } as const;
    const world = { ...command('ABORT'), deployments: [good, { ...bad, outcome: stopped }] };
    assert.deepEqual(look(command('ABORT')).outcomes, ['record #2 as STOPPED']);
    const found = look(world);
    assert.deepEqual([found.steps, found.outcomes], [[], []]);
    assert.equal(conditionOf(found.status, 'Stalled')?.reason, 'DeploymentStopped');
    assert.equal(conditionOf(found.status, 'Ready')?.status, 'False');
    const [primary] = found.status.deployments ?? [];
    assert.deepEqual([primary?.status, primary?.rolloutState], ['PRIMARY', 'FAILED']);
    assert.equal(primary?.rolloutStateReason, 'ECS deployment stopped: stop requested.');
  });

  const halted = (desiredCount: number): ServiceWorld =>
    serviceWorld({
      ...webTwo,
      deployments: [good, { ...bad, outcome: failed }],
      service: service({ desiredCount }),
      tasks: [...tasks(3), ...['bad-1', 'bad-2'].map((id) => taskView({ id, ...ofBad, ...pending }))],
    });

  const kept: readonly (readonly [desired: number, steps: readonly string[]])[] = [
    [5, ['start 4', 'start 5']],
    [3, []],
    [2, ['stop bad-1']],
    [0, ['stop bad-1', 'stop bad-2', 'stop task-1', 'stop task-2', 'stop task-3']],
  ];
  for (const [desired, want] of kept) {
    it(`keeps the maximum where ${String(desired)} tasks are desired, and makes up for what the deployment before it lacks`, () => {
      assert.deepEqual(look(halted(desired)).steps.toSorted(), want);
    });
  }

  it('that has failed says so, what is left, and what to do', () => {
    const { status } = look(halted(3));
    const { reason, message = '' } = conditionOf(status, 'Stalled') ?? {};
    assert.equal(reason, 'DeploymentFailed');
    assert.deepEqual(conditionOf(status, 'Ready')?.status, 'False');
    assert.equal(conditionOf(status, 'Reconciling'), undefined);
    assert.match(
      message,
      /^ecs-svc\/\d+2 \(web:2\) has failed: tasks failed to start\. 3 of 3 failures, last: exit code 1 in app\. It is not rolled back/,
    );
    assert.match(message, /0 of 3 tasks of .* are healthy; 3 older ones are left/);
    assert.match(message, /set kubernetes\.forceNewDeployment to a new text/);
    assert.equal(status.deployments?.[0]?.rolloutStateReason, 'ECS deployment circuit breaker: tasks failed to start.');
  });
});

describe('a rollback', () => {
  const tripped = serviceWorld({
    ...webTwo,
    deployments: [good, rolledBack],
    tasks: [...tasks(1), taskView({ id: 'new', ...ofBad, ...pending })],
  });

  it('makes the deployment PRIMARY that was completed last, and says so', () => {
    const found = look(tripped);
    assert.deepEqual(found.steps, ['promote #1 to #3']);
    assert.deepEqual(messages(found.events), [`rolling back to deployment ecs-svc/${good.digits}.`]);
  });

  it('goes on though the task definition is gone', () => {
    const resolution: Resolution = { kind: 'missing', reason: 'TaskDefinitionNotFound', message: '' };
    assert.deepEqual(look({ ...tripped, resolution }).steps, ['promote #1 to #3']);
  });

  it('does not begin where the spec asks for something else by now', () => {
    assert.deepEqual(look({ ...tripped, resolution: third() }).steps, ['create #3 of web:3']);
  });

  it('deploys the same snapshot and images anew where no task of it is left', () => {
    const images = { app: 'shop/web@sha256:1' };
    const bare = { ...tripped, deployments: [{ ...good, images }, rolledBack], tasks: [] };
    const told = look(bare);
    assert.deepEqual([told.steps, told.outcomes], [[], ['record #2 as FAILED']]);
    const [correction] = planService(bare).steps;
    assert(correction?.kind === 'recordOutcome');
    const plan = planService({
      ...bare,
      deployments: [
        { ...good, images },
        { ...bad, outcome: correction.outcome },
      ],
    });
    const [step] = plan.steps;
    assert(step?.kind === 'createDeployment');
    assert.equal(step.deployment.digits, correction.outcome.rolledBackTo);
    assert.deepEqual(step.deployment.snapshot, good.snapshot);
    assert.deepEqual([step.deployment.images, step.deployment.origin], [images, { cause: 'ROLLBACK' }]);
    assert.deepEqual(messages(told.events), [], 'the failure was told before');
  });

  const back = serviceWorld({
    ...webTwo,
    deployments: [restored, rolledBack],
    service: service({ desiredCount: 2 }),
    tasks: [...tasks(1), taskView({ id: 'new', ...ofBad, ...pending })],
  });

  it('starts the missing old tasks and stops the new ones, within the bounds', () => {
    assert.deepEqual(look(back).steps, ['stop new', 'start 2']);
  });

  it('is shown in words of ECS', () => {
    const shown = (look(back).status.deployments ?? []).map((each) => [
      each.status,
      each.rolloutState,
      each.rolloutStateReason,
    ]);
    assert.deepEqual(shown, [
      [
        'PRIMARY',
        'IN_PROGRESS',
        `ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/${good.digits}.`,
      ],
      ['ACTIVE', 'FAILED', 'ECS deployment circuit breaker: tasks failed to start.'],
    ]);
    assert.equal(look(back).status.taskDefinition, 'web:1');
  });

  it('is not judged, by the circuit breaker either, though a task of it fails', () => {
    const tripping = {
      ...back,
      service: service({ desiredCount: 2, deploymentConfiguration: breaker(1, { resetOnHealthyTask: false }) }),
      gone: [recorded(9, exitedAfter(5), good.digits)],
    };
    assert.equal(isHalted(tripping, restored), false);
    assert.equal(isHalted({ ...tripping, deployments: [restored] }, restored), true);
  });

  it('is not ended by command', () => {
    const world = { ...back, service: stopping(`ecs-svc/${good.digits} ABORT`, { desiredCount: 2 }) };
    assert.equal(isHalted(world, restored), false);
    const again = { ...world, deployments: [restored, { ...rolledBack, outcome: failed }] };
    assert.equal(isHalted(again, restored), true);
  });

  it('is Stalled from its beginning, and stays so in the steady state', () => {
    const done = { ...back, service: service({ desiredCount: 1 }), tasks: tasks(1) };
    for (const world of [back, done]) {
      const { status } = look(world);
      const ready = conditionOf(status, 'Ready');
      assert.deepEqual([ready?.status, ready?.reason], ['False', 'DeploymentRolledBack']);
      assert.equal(conditionOf(status, 'Stalled')?.reason, 'DeploymentRolledBack');
    }
    const message = conditionOf(look(done).status, 'Stalled')?.message ?? '';
    assert.match(message, /It was rolled back to ecs-svc\/\d+1 \(web:1\)\. 1 tasks are running and healthy\./);
  });

  it('tells the steady state once', () => {
    const done = { ...back, service: service({ desiredCount: 1 }), tasks: tasks(1) };
    const first = look(done);
    assert.deepEqual(messages(first.events), [
      `(deployment ecs-svc/${good.digits}) deployment completed.`,
      'has reached a steady state.',
    ]);
    const again = { ...done, service: service({ desiredCount: 1 }, { status: first.status }) };
    assert.deepEqual(look(again).events, []);
  });

  const targets: Record<string, { readonly others: readonly DeploymentRecord[]; readonly want: string | undefined }> = {
    'nothing when no other was ever completed': { others: [deploymentRecord()], want: undefined },
    'the one that was completed last, not the newest': {
      others: [good, deploymentRecord({ sequence: 4, digits: '4', snapshot: snapshot({ launchType: 'FARGATE' }) })],
      want: good.digits,
    },
    'by the order of completion, not of creation': {
      others: [
        deploymentRecord({ sequence: 8, digits: '8', outcome: { ...completed, sequence: 3 } }),
        deploymentRecord({ sequence: 9, digits: '9', outcome: { ...completed, state: 'STOPPED', completed: 2 } }),
      ],
      want: '8',
    },
    'one that was stopped in a later run': {
      others: [
        deploymentRecord({ sequence: 9, digits: '9', outcome: { ...completed, state: 'STOPPED', completed: 2 } }),
      ],
      want: '9',
    },
    'none that is rejected': {
      others: [{ ...good, outcome: { ...failed, sequence: 1, completed: 1 } }],
      want: undefined,
    },
    'none of the same content': {
      others: [{ ...bad, digits: '7', outcome: { ...completed, sequence: 1 } }],
      want: undefined,
    },
  };
  for (const [sentence, { others, want }] of Object.entries(targets)) {
    it(`goes back to ${sentence}`, () => {
      assert.equal(rollbackTarget(serviceWorld({ deployments: [...others, bad] }), bad)?.digits, want);
    });
  }

  it('has nothing to do where nothing is left to go back to', () => {
    assert.equal(rollbackStep(serviceWorld({ ...webTwo, deployments: [rolledBack] }), rolledBack), undefined);
  });
});

describe('what was rejected', () => {
  const again = { ...completed, sequence: 3 };
  const rested = serviceWorld({
    ...webTwo,
    deployments: [{ ...restored, outcome: again }, rolledBack],
    tasks: tasks(1),
  });

  it('is not deployed again, however often it is applied', () => {
    for (let generation = 2; generation < 102; generation++) {
      const applied = service({}, { metadata: { generation } });
      assert.deepEqual(planService({ ...rested, service: applied }).steps, []);
    }
  });

  it('is not deployed again as another revision of the same content', () => {
    const resolution = { ...nextFound, taskDefinition: 'web:7' } as Resolution;
    assert.deepEqual(planService({ ...rested, resolution }).steps, []);
  });

  it('is allowed again once the spec goes back to what runs, and no task is touched', () => {
    const { steps, outcomes, status } = look({ ...rested, resolution: serviceWorld().resolution });
    assert.deepEqual([steps, outcomes], [[], ['record #2 as FAILED']]);
    assert.equal(conditionOf(status, 'Ready')?.reason, 'SteadyState');
  });

  it('is deployed anew when it is asked for after that, though tasks of the first time are left', () => {
    const lifted = { ...rolledBack, outcome: { ...rolledBack.outcome, isRejected: false } };
    const world = { ...rested, deployments: [restored, lifted], tasks: [...tasks(1), taskView({ id: 'b', ...ofBad })] };
    assert.deepEqual(look(world).steps, ['create #4 of web:2']);
  });

  it('is allowed again once something else is asked for, which begins', () => {
    const found = look({ ...rested, resolution: third() });
    assert.deepEqual([found.steps, found.outcomes], [['create #4 of web:3'], ['record #2 as FAILED']]);
  });

  it('stays so while nobody knows what is asked for', () => {
    const resolution: Resolution = { kind: 'missing', reason: 'TaskDefinitionNotFound', message: '' };
    assert.deepEqual(planService({ ...rested, resolution }).steps, []);
    assert.deepEqual(planService({ ...rested, cluster: undefined }).steps, []);
  });

  it('stays so when the status is lost', () => {
    assert.equal(rested.service.status, undefined);
    assert.equal(conditionOf(look(rested).status, 'Stalled')?.reason, 'DeploymentRolledBack');
  });

  it('is remembered beyond all others, and so is what was completed last', () => {
    const others = Array.from({ length: 14 }, (_, index) =>
      deploymentRecord({
        sequence: index + 10,
        digits: String(index),
        outcome: { state: 'STOPPED', at: iso(), sequence: index + 10 },
      }),
    );
    const last = deploymentRecord({ sequence: 99, digits: '99', snapshot: next });
    const rejected = deploymentRecord({ sequence: 2, digits: '2', snapshot: next, outcome: failed });
    const world = serviceWorld({ ...webTwo, deployments: [good, rejected, ...others, last], tasks: [] });
    const forgotten = look(world).steps.filter((step) => step.startsWith('forget'));
    assert.deepEqual(forgotten, ['forget #13', 'forget #12', 'forget #11', 'forget #10']);
  });
});
