import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ServiceWorld } from '../../../../src/core/service/world.ts';
import type { TaskRoute } from '../../../../src/core/task/routing.ts';
import { drainMsOf } from '../../../../src/core/service/routing/tasks.ts';
import type { TaskView } from '../../../../src/core/task/view.ts';
import {
  deploymentRecord,
  iso,
  ms,
  node,
  nodesNamed,
  service,
  snapshot,
  taskView,
  type ServiceInput,
} from '../../../support/builders.ts';
import { arn, mapped } from '../../../support/routing.ts';
import { after, look, messages, nextFound, second, serviceWorld, told } from '../../../support/world.ts';
import { planService } from '../../../../src/core/service/plan.ts';

const target = { binding: 'lb-web', arn, isHealthy: true };
const served: TaskRoute = { isIn: true, isFit: true, targets: [] };
const serviceRegistries = [{ registryArn: 'service:web' }];
const routing = { serviceRegistries };
const first = deploymentRecord({ snapshot: snapshot({ routing, content: mapped({ containerPort: 80 }) }) });
const draining = { lastStatus: 'DEACTIVATING', desiredStatus: 'STOPPED', drainReason: 'why' } as const;

/** 100 s after the beginning, in the middle of a scale-in to none. */
function scaledIn(tasks: readonly TaskView[], rest: Partial<ServiceWorld> = {}, spec: ServiceInput = {}): ServiceWorld {
  const { snapshot: deployed } = first;
  return serviceWorld({
    service: service({ desiredCount: 0, serviceRegistries, ...spec }),
    resolution: { kind: 'found', taskDefinition: 'web:1', content: deployed.content },
    deployments: [first],
    tasks,
    ...rest,
  });
}

/** The same with all its tasks wanted. */
function wanted(tasks: readonly TaskView[], rest: Partial<ServiceWorld> = {}): ServiceWorld {
  return scaledIn(tasks, rest, { desiredCount: tasks.length });
}

describe('a task that is stopped', () => {
  it('is taken out of service first, and told as stopped then', () => {
    const { steps, events } = look(scaledIn([taskView({ route: { ...served, targets: [target] } })]));
    assert.deepEqual(steps, [`drain a until ${iso(130)}`]);
    assert.deepEqual(messages(events).slice(0, 3), [
      'has stopped 1 running tasks: (task a).',
      `deregistered 1 targets in (target-group ${arn})`,
      'has begun draining connections on 1 tasks.',
    ]);
  });

  it('is deleted when it has drained, of which nothing more is told', () => {
    const world = scaledIn([taskView({ ...draining, drainsUntilMs: ms(130) })]);
    const before = look(world);
    assert.deepEqual([before.steps, before.wakeAtMs], [[], ms(130)]);
    const { steps, events } = look(after(world, before, 130));
    assert.deepEqual(steps, ['stop a']);
    assert.deepEqual(
      messages(events).filter((each) => /stopped|drain/.test(each)),
      [],
    );
  });

  it('is deleted for the reason that was written', () => {
    const [step] = planService(scaledIn([taskView({ ...draining, drainsUntilMs: ms(100) })])).steps;
    assert.deepEqual(step?.kind === 'stopTask' && step.reason, 'why');
  });

  it('drains for no longer than EC2 leaves to a Spot Instance', () => {
    const nodes = nodesNamed(
      node('node-1', { spec: { taints: [{ key: 'aws-node-termination-handler/spot-itn', effect: 'NoSchedule' }] } }),
    );
    const kubernetes = { drainSeconds: 600 };
    const steps = (rest: Partial<ServiceWorld>): readonly string[] =>
      look(scaledIn([taskView({ route: served })], rest, { kubernetes })).steps;
    assert.deepEqual(steps({}), [`drain a until ${iso(700)}`]);
    assert.deepEqual(steps({ nodes }), [`drain a until ${iso(130)}`]);
    const short = look(scaledIn([taskView({ route: served })], { nodes }, { kubernetes: { drainSeconds: 5 } }));
    assert.deepEqual(short.steps, [`drain a until ${iso(105)}`]);
    const [step] = planService(scaledIn([taskView({ route: served })], { nodes })).steps;
    assert.deepEqual(step?.kind === 'deactivateTask' && step.end, {
      stopCode: 'SpotInterruption',
      stoppedReason: 'Your Spot Task was interrupted.',
    });
  });

  const undrained: Readonly<Record<string, Partial<TaskView>>> = {
    'is not routed': {},
    'is not in service': { route: { ...served, isIn: false } },
    'is UNHEALTHY': { route: served, unhealthyAtMs: ms(100) },
    'does not run yet': { lastStatus: 'PENDING' },
  };
  for (const [what, task] of Object.entries(undrained)) {
    it(`is deleted at once when it ${what}`, () => {
      assert.deepEqual(look(scaledIn([taskView(task)])).steps, ['stop a']);
    });
  }

  it('drains while it may still become healthy', () => {
    const task = taskView({ route: served, unhealthyAtMs: ms(101) });
    assert.deepEqual(look(scaledIn([task])).steps, [`drain a until ${iso(130)}`]);
  });

  it('counts as one that is gone: the minimum is kept without it', () => {
    const tasks = [taskView({ ...draining, drainsUntilMs: ms(130) }), taskView({ id: 'b', route: served })];
    const world = scaledIn(tasks, {}, { desiredCount: 2 });
    assert.deepEqual(look(world).steps, ['start 2']);
    assert.deepEqual([look(world).status.runningCount, look(world).status.pendingCount], [1, 0]);
  });

  it('keeps its deployment from being completed until it is gone', () => {
    const old = taskView({ ...draining, drainsUntilMs: ms(130) });
    const fresh = taskView({ id: 'b', deployment: second.digits, route: served, healthyAtMs: ms() });
    const next = deploymentRecord({ sequence: 2, snapshot: { ...second.snapshot, routing } });
    const rest = { deployments: [first, next] };
    const world = scaledIn([old, fresh], { ...rest, resolution: nextFound }, { desiredCount: 1 });
    const state = (each: ServiceWorld): string | undefined => look(each).status.deployments?.[0]?.rolloutState;
    assert.deepEqual([state(world), state({ ...world, tasks: [fresh] })], ['IN_PROGRESS', 'COMPLETED']);
  });
});

describe('how long a task drains', () => {
  const loadBalancers = [{ targetGroupArn: arn, containerName: 'app', containerPort: 80 }];
  const rows: readonly (readonly [string, ServiceInput, number])[] = [
    ['half a minute', { serviceRegistries }, 30],
    ["as a target group's default with load balancers", { loadBalancers }, 300],
    ['as said', { loadBalancers, kubernetes: { drainSeconds: 7 } }, 7],
    ['not at all', { kubernetes: { drainSeconds: 0 } }, 0],
  ];
  for (const [what, spec, seconds] of rows) {
    it(`is ${what}`, () => assert.equal(drainMsOf(service(spec)), seconds * 1000));
  }
});

describe('a task that goes on', () => {
  const route = (isIn: boolean, isFit: boolean): TaskRoute => ({ isIn, isFit, targets: [target] });
  const rows: readonly (readonly [string, Partial<TaskView>, readonly string[]])[] = [
    ['is put into service when it is fit for it', { route: route(false, true) }, ['in service a']],
    ['stays there', { route: route(true, true) }, []],
    ['is taken out when it is fit no more', { route: route(true, false) }, ['out of service a']],
    ['stays out', { route: route(false, false) }, []],
    ['stays in as a target that is UNHEALTHY', { route: route(true, true), unhealthyAtMs: ms() }, []],
    ['is left alone when it is not routed', {}, []],
  ];
  for (const [what, task, steps] of rows) {
    it(what, () => {
      const told = look(wanted([taskView(task)])).steps.filter((step) => !step.startsWith('start'));
      assert.deepEqual(told, steps);
    });
  }

  it('is told as a target that is registered, and as one that is not', () => {
    const events = (isIn: boolean): string[] =>
      messages(look(wanted([taskView({ route: route(isIn, !isIn) })])).events).filter((each) =>
        each.includes('targets'),
      );
    assert.deepEqual(events(false), [`registered 1 targets in (target-group ${arn})`]);
    assert.deepEqual(events(true), [`deregistered 1 targets in (target-group ${arn})`]);
  });

  it('is taken out on a node that is lost', () => {
    const lost = {
      nodes: nodesNamed(node('node-1', { ready: { status: 'Unknown', since: 0 } })),
      tasks: [taskView({ route: served })],
    };
    assert.deepEqual(look(wanted([taskView({ route: served })], lost)).steps, ['start 2', 'out of service a']);
  });
});

describe('a task that starts', () => {
  const loadBalancers = [{ targetGroupArn: arn, containerName: 'app', containerPort: 80 }];
  const balanced = deploymentRecord({
    snapshot: snapshot({ routing: { loadBalancers }, content: mapped({ containerPort: 80 }) }),
  });

  function started(servesBindings: boolean | undefined): unknown {
    const world = scaledIn(
      [],
      { deployments: [balanced], ...(servesBindings !== undefined && { routing: { taken: [], servesBindings } }) },
      { desiredCount: 1, loadBalancers, serviceRegistries: [] },
    );
    const [step] = planService(world).steps;
    return step?.kind === 'startTask' ? step.task.routing : told(step ?? assert.fail('nothing is started'));
  }

  it('knows its ports, and its target groups where they can be bound', () => {
    const [bound, unbound, unknown] = [true, false, undefined].map(started) as {
      targetGroups: readonly { arn: string }[];
      ports: readonly object[];
    }[];
    assert.deepEqual([bound?.targetGroups.length, bound?.targetGroups[0]?.arn, bound?.ports.length], [1, arn, 1]);
    assert.deepEqual(
      [unbound, unknown].map((each) => [each?.targetGroups.length, each?.ports.length]),
      [
        [0, 1],
        [0, 1],
      ],
    );
  });
});
