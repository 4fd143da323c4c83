import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { servicePromises, violationsOf } from '../../../src/core/service/invariants.ts';
import type { ServiceStep, ServiceWorld } from '../../../src/core/service/world.ts';
import type { TaskView } from '../../../src/core/task/view.ts';
import { instant, iso, ms, newTask, node, nodesNamed, service, type ServiceInput } from '../../support/builders.ts';
import { first, pending, rolling, second, serviceWorld, tasks } from '../../support/world.ts';

type Percents = readonly [number, number];

/** A service of so many tasks, with these percents. */
function sized(desiredCount: number, [minimumHealthyPercent, maximumPercent]: Percents): ServiceInput {
  return { desiredCount, deploymentConfiguration: { minimumHealthyPercent, maximumPercent } };
}

function starts(count: number, from = 101): ServiceStep[] {
  const digits = first.digits;
  return Array.from({ length: count }, (_, index) => ({
    kind: 'startTask',
    task: newTask({ launch: from + index, deployment: digits }),
  }));
}

function stops(of: readonly TaskView[]): ServiceStep[] {
  return of.map((task) => ({ kind: 'stopTask', task, reason: 'test' }));
}

/** The invariants that the steps break, each with how many steps. */
function broken(world: ServiceWorld, steps: readonly ServiceStep[]): string[] {
  return violationsOf(world, steps).map(({ invariant, steps: own }) => `${invariant} ${String(own.length)}`);
}

const silent = node('node-1', { ready: { status: 'Unknown', since: iso(0) } });
const unhealthy = { healthyAtMs: ms(500) };

const deploymentStatus = {
  id: `ecs-svc/${first.digits}`,
  status: 'PRIMARY',
  taskDefinition: 'web:1',
  launchType: 'EC2',
  desiredCount: 9,
  pendingCount: 0,
  runningCount: 0,
  failedTasks: 0,
  rolloutState: 'IN_PROGRESS',
  rolloutStateReason: 'test',
  launched: 0,
  createdAt: iso(),
  updatedAt: iso(),
} as const;

describe('The invariants of a service', () => {
  const lower: Record<string, { spec: ServiceInput; healthy: number; stop: number; want: readonly string[] }> = {
    'D 4 at 100 % keeps 4': { spec: sized(4, [100, 200]), healthy: 5, stop: 2, want: ['lowerBound 1'] },
    'D 4 at 50 % keeps 2': { spec: sized(4, [50, 200]), healthy: 4, stop: 2, want: [] },
    'D 4 at 50 % keeps 2, and not 1': { spec: sized(4, [50, 200]), healthy: 4, stop: 3, want: ['lowerBound 1'] },
    'D 3 at 50 % keeps 2: rounded up': { spec: sized(3, [50, 200]), healthy: 3, stop: 2, want: ['lowerBound 1'] },
    'D 3 at 0 % keeps none': { spec: sized(3, [0, 200]), healthy: 3, stop: 3, want: [] },
    'D 0 keeps none': { spec: sized(0, [100, 200]), healthy: 2, stop: 2, want: [] },
    'what is below already loses none': { spec: sized(4, [100, 200]), healthy: 2, stop: 1, want: ['lowerBound 1'] },
    'a REPLICA service keeps all by default': {
      spec: { desiredCount: 2 },
      healthy: 2,
      stop: 1,
      want: ['lowerBound 1'],
    },
  };

  for (const [sentence, { spec, healthy, stop, want }] of Object.entries(lower)) {
    it(`lower bound: ${sentence}`, () => {
      const all = tasks(healthy);
      assert.deepEqual(broken(serviceWorld({ service: service(spec), tasks: all }), stops(all.slice(0, stop))), want);
    });
  }

  it('lower bound: what is not healthy may go', () => {
    const [a, b, c] = [...tasks(1), ...tasks(2, unhealthy)].map((task, index) => ({
      ...task,
      podName: `p${String(index)}`,
    }));
    assert(a && b && c);
    const world = serviceWorld({ tasks: [a, b, c] });
    assert.deepEqual(broken(world, stops([b, c])), []);
    assert.deepEqual(broken({ ...world, now: instant(500) }, stops([b, c])), []);
    assert.deepEqual(broken({ ...world, now: instant(500) }, stops([a, b, c])), ['lowerBound 1']);
  });

  it('lower bound: a task on a lost node keeps nothing up', () => {
    const [lost, here] = [tasks(1, { node: 'node-1' })[0], tasks(1, { node: 'node-2', podName: 'here' })[0]];
    assert(lost && here);
    const world = serviceWorld({ tasks: [lost, here], nodes: nodesNamed(silent, node('node-2')) });
    assert.deepEqual(broken(world, stops([here])), ['lowerBound 1']);
    assert.deepEqual(broken({ ...world, nodes: nodesNamed(node(), node('node-2')) }, stops([here])), []);
  });

  it('lower bound: to end a healthy task is to stop it', () => {
    const [task] = tasks(1);
    assert(task);
    const end = { stopCode: 'TaskFailedToStart', stoppedReason: 'test' } as const;
    assert.deepEqual(broken(serviceWorld({ tasks: [task] }), [{ kind: 'endTask', task, end }]), ['lowerBound 1']);
  });

  it('lower bound: to drain a healthy task is to stop it', () => {
    const [task] = tasks(1);
    assert(task);
    const end = { stopCode: 'ServiceSchedulerInitiated', stoppedReason: 'test' } as const;
    const step: ServiceStep = { kind: 'deactivateTask', task, until: iso(500), end };
    assert.deepEqual(broken(serviceWorld({ tasks: [task] }), [step]), ['lowerBound 1']);
  });

  const upper: Record<string, { spec: ServiceInput; live: number; start: number; want: readonly string[] }> = {
    'D 4 at 200 % allows 8': { spec: sized(4, [100, 200]), live: 4, start: 4, want: [] },
    'D 4 at 200 % does not allow 9': { spec: sized(4, [100, 200]), live: 4, start: 5, want: ['upperBound 1'] },
    'D 3 at 150 % allows 4: rounded down': { spec: sized(3, [100, 150]), live: 3, start: 2, want: ['upperBound 1'] },
    'D 3 at 100 % allows 3': { spec: sized(3, [100, 100]), live: 3, start: 1, want: ['upperBound 1'] },
    'D 0 allows none': { spec: sized(0, [100, 200]), live: 0, start: 1, want: ['upperBound 1'] },
    'a REPLICA service may double by default': { spec: { desiredCount: 2 }, live: 2, start: 3, want: ['upperBound 1'] },
  };

  for (const [sentence, { spec, live, start, want }] of Object.entries(upper)) {
    it(`upper bound: ${sentence}`, () => {
      assert.deepEqual(
        broken(serviceWorld({ service: service(spec), tasks: tasks(live, pending) }), starts(start)),
        want,
      );
    });
  }

  it('upper bound: what stops in the same plan makes no room, what is stopping already does', () => {
    const spec = service(sized(1, [0, 100]));
    const [task] = tasks(1);
    assert(task);
    assert.deepEqual(broken(serviceWorld({ service: spec, tasks: [task] }), [...stops([task]), ...starts(1)]), [
      'upperBound 1',
    ]);
    const stopping = { ...task, desiredStatus: 'STOPPED', lastStatus: 'STOPPING' } as const;
    assert.deepEqual(broken(serviceWorld({ service: spec, tasks: [stopping] }), starts(1)), []);
  });

  it('upper bound: a task on a lost node takes no room', () => {
    const one = service(sized(1, [0, 100]));
    const world = serviceWorld({ service: one, tasks: tasks(1), nodes: nodesNamed(silent) });
    assert.deepEqual(broken(world, starts(1)), []);
  });

  it('upper bound: what is stopping takes room where the service asks for it', () => {
    const stopping = tasks(1, { lastStatus: 'STOPPING', desiredStatus: 'STOPPED' });
    const counts = (maximumCountsStopping: boolean): ServiceWorld =>
      serviceWorld({
        service: service({ ...sized(1, [0, 100]), kubernetes: { maximumCountsStopping } }),
        tasks: stopping,
      });
    assert.deepEqual(broken(counts(true), starts(1)), ['upperBound 1']);
    assert.deepEqual(broken(counts(false), starts(1)), []);
    const over = { ...counts(true), tasks: tasks(1, { lastStatus: 'STOPPED', desiredStatus: 'STOPPED' }) };
    assert.deepEqual(broken(over, starts(1)), []);
  });

  it('protected task: none is stopped while it is protected, unless it is unhealthy or on its way out', () => {
    const none = service({ desiredCount: 0 });
    const stopsOf = (overrides: Partial<TaskView>): string[] => {
      const [task] = tasks(1, { protectedUntilMs: ms(101), ...overrides });
      assert(task);
      return broken(serviceWorld({ service: none, tasks: [task] }), stops([task]));
    };
    assert.deepEqual(stopsOf({}), ['protectedTask 1']);
    assert.deepEqual(stopsOf({ protectedUntilMs: ms(100) }), []);
    assert.deepEqual(stopsOf({ unhealthyAtMs: ms(100) }), []);
    assert.deepEqual(stopsOf({ unhealthyAtMs: ms(101) }), ['protectedTask 1']);
    assert.deepEqual(stopsOf({ lastStatus: 'DEACTIVATING', desiredStatus: 'STOPPED' }), []);
  });

  /** A DAEMON of three nodes with a task on each. */
  function daemon(minimumHealthyPercent?: number): ServiceWorld {
    const deploymentConfiguration = minimumHealthyPercent === undefined ? {} : { minimumHealthyPercent };
    const names = ['a', 'b', 'c'];
    return serviceWorld({
      service: service({ schedulingStrategy: 'DAEMON', deploymentConfiguration }),
      nodes: nodesNamed(...names.map((name) => node(name))),
      tasks: tasks(3).map((task, index) => ({ ...task, podName: `p${String(index)}`, node: names[index] })),
    });
  }

  it('of a DAEMON: none is kept by default, and half of three nodes are two', () => {
    assert.deepEqual(broken(daemon(), stops(daemon().tasks)), []);
    assert.deepEqual(broken(daemon(50), stops(daemon().tasks)), ['lowerBound 2']);
  });

  it('of a DAEMON: what is on a node that is to have none may go', () => {
    const world = daemon(100);
    const nodes = nodesNamed(node('a', { spec: { unschedulable: true } }), node('b'), node('c'));
    assert.deepEqual(broken({ ...world, nodes }, stops(world.tasks)), ['lowerBound 2']);
  });

  it('of a DAEMON: none is started on a node that has one, nor two on one', () => {
    const world = daemon();
    const on = (...names: readonly string[]): ServiceStep[] =>
      names.map((name, index) => ({
        kind: 'startTask',
        task: newTask({ launch: 101 + index, deployment: first.digits, capacity: { launchType: 'EC2', node: name } }),
      }));
    assert.deepEqual(broken({ ...world, tasks: world.tasks.slice(1) }, on('a')), []);
    assert.deepEqual(broken({ ...world, tasks: world.tasks.slice(1) }, on('b')), ['oneTaskPerNode 1']);
    assert.deepEqual(broken({ ...world, tasks: [] }, on('a', 'a')), ['oneTaskPerNode 1']);
    assert.deepEqual(broken(world, on('a')), ['upperBound 1', 'oneTaskPerNode 1']);
  });

  const room = service({ desiredCount: 9 });

  it('one task per launch: not one that runs, nor one that has run, nor the same twice', () => {
    assert.deepEqual(broken(serviceWorld({ service: room, tasks: tasks(2) }), starts(3, 1)), ['oneTaskPerLaunch 2']);
    const gone = [{ deployment: first.digits, launch: 2 }];
    assert.deepEqual(broken(serviceWorld({ service: room, gone }), starts(3, 1)), ['oneTaskPerLaunch 1']);
    assert.deepEqual(broken(serviceWorld({ service: room }), [...starts(1), ...starts(2)]), ['oneTaskPerLaunch 1']);
  });

  it('one task per launch: not one by the name of another', () => {
    const [task] = tasks(1, { launch: 77, podName: newTask({ launch: 101 }).podName });
    assert(task);
    assert.deepEqual(broken(serviceWorld({ service: room, tasks: [task] }), starts(2)), ['oneTaskPerLaunch 1']);
  });

  it('one task per launch: none whose number the status says is used up', () => {
    const deployments = [
      { ...deploymentStatus, launched: 3, unsettled: [2] },
      { ...deploymentStatus, id: `ecs-svc/${second.digits}`, launched: 9 },
    ];
    const own = service({ desiredCount: 9 }, { status: { deployments } });
    assert.deepEqual(broken(serviceWorld({ service: own }), starts(4, 1)), ['oneTaskPerLaunch 2']);
  });

  it('known deployment: of one that is written down and has not failed', () => {
    assert.deepEqual(broken(serviceWorld({ service: room, ...rolling }), starts(1)), []);
    assert.deepEqual(broken(serviceWorld({ service: room, deployments: [] }), starts(1)), ['knownDeployment 1']);
    const at = iso();
    const ended = (state: 'FAILED' | 'COMPLETED'): ServiceWorld =>
      serviceWorld({ service: room, deployments: [{ ...first, outcome: { state, at } }] });
    assert.deepEqual(broken(ended('FAILED'), starts(1)), ['knownDeployment 1']);
    assert.deepEqual(broken(ended('COMPLETED'), starts(1)), []);
  });

  it('known task: none that is not there, or was another of that name', () => {
    const [task] = tasks(1, pending);
    assert(task);
    assert.deepEqual(broken(serviceWorld(), stops([task])), ['knownTask 1']);
    const another = serviceWorld({ tasks: [{ ...task, podUid: 'uid-of-another' }] });
    assert.deepEqual(broken(another, stops([task])), ['knownTask 1']);
  });

  it('say what they withhold, and why', () => {
    const all = tasks(2);
    const [violation] = violationsOf(serviceWorld({ service: service({ desiredCount: 2 }), tasks: all }), stops(all));
    const why = 'No healthy task is stopped below minimumHealthyPercent (desired 2, live 2, healthy 2)';
    assert.equal(violation?.message, `${why}: withheld stopTask task-1, stopTask task-2.`);
  });

  it('are broken by nothing that starts and stops no task, and each is counted', () => {
    const forget: ServiceStep = { kind: 'forgetDeployment', deployment: first };
    assert.deepEqual(broken(serviceWorld({ tasks: tasks(5) }), [forget]), []);
    assert.deepEqual(servicePromises.invariants, [
      'lowerBound',
      'upperBound',
      'protectedTask',
      'oneTaskPerNode',
      'oneTaskPerLaunch',
      'knownDeployment',
      'knownTask',
    ]);
  });
});
