import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { sightsOf, type Sight } from '../../../../src/core/service/failures/sights.ts';
import type { ServiceWorld } from '../../../../src/core/service/world.ts';
import type { StopCode } from '../../../../src/api/task.ts';
import type { Fate } from '../../../../src/core/task/fate.ts';
import {
  containerDefinition,
  content,
  deploymentRecord,
  healthCheck,
  ms,
  node,
  nodesNamed,
  service,
  snapshot,
  taskView,
} from '../../../support/builders.ts';
import { ended, exitedAfter, notStarted, recorded } from '../../../support/failures.ts';
import { pending, serviceWorld } from '../../../support/world.ts';

/** What the sight of a launch says, in a few words; the failure in its own. */
function words({ isOver, hasRun, isHealthy, isUnhealthy, failure, hasNotStarted, hasDiedYoung }: Sight): string {
  const flags = { isOver, hasRun, isHealthy, isUnhealthy, hasNotStarted, hasDiedYoung };
  const held = Object.entries(flags).flatMap(([name, holds]) => (holds ? [name] : []));
  return [...held, ...(failure === undefined ? [] : [`failure: ${failure}`])].join(' ');
}

function only(world: ServiceWorld): Sight {
  const [sight, ...others] = sightsOf(world, world.deployments[0] ?? deploymentRecord());
  assert.ok(sight && others.length === 0);
  return sight;
}

const checked = deploymentRecord({ snapshot: snapshot({ content: content(containerDefinition({ healthCheck })) }) });

describe('a task that is over', () => {
  const told = (stopCode: StopCode, stoppedReason = 'because'): Fate => exitedAfter(10, { stopCode, stoppedReason });
  const { stopCode: __, ...unseen } = told('UserInitiated');
  const { startedAtMs: _, ...neverRan } = told('ServiceSchedulerInitiated');
  const cases: Record<string, { readonly fate: Fate | undefined; readonly want: string }> = {
    'before it was RUNNING has failed': {
      fate: notStarted,
      want: 'isOver hasNotStarted failure: CannotPullContainerError in app',
    },
    'for an essential container ended before the others had started has failed': {
      fate: { stopCode: 'EssentialContainerExited', stoppedReason: 'exited', what: 'exit code 1 in app' },
      want: 'isOver hasNotStarted failure: exit code 1 in app',
    },
    'for an unmet dependency has failed': {
      fate: { ...notStarted, stoppedReason: 'Task failed to start: db is not healthy', what: 'db' },
      want: 'isOver hasNotStarted failure: db',
    },
    'for the pull of its image was put off has not failed, but has not started': {
      fate: { ...notStarted, stoppedReason: 'CannotPullContainerError: pull QPS exceeded' },
      want: 'isOver hasNotStarted',
    },
    'though some error that is none of a pull speaks of a rate limit has failed': {
      fate: { ...notStarted, stoppedReason: 'ResourceInitializationError: rate limit', what: 'x' },
      want: 'isOver hasNotStarted failure: x',
    },
    'for its node did not take it has not failed, but has not started': {
      fate: { ...notStarted, stoppedReason: 'Pod was rejected: Node did not have enough resource: cpu' },
      want: 'isOver hasNotStarted',
    },
    'after 39 seconds by itself has failed, and died young': {
      fate: exitedAfter(39),
      want: 'isOver hasRun hasDiedYoung failure: exit code 1 in app',
    },
    'after 40 seconds had been healthy, and has died young': {
      fate: exitedAfter(40),
      want: 'isOver hasRun isHealthy hasDiedYoung',
    },
    'after a minute has stayed up': { fate: exitedAfter(60), want: 'isOver hasRun isHealthy' },
    'for we stopped it has not failed': { fate: told('ServiceSchedulerInitiated'), want: 'isOver hasRun' },
    'for we stopped it before it was RUNNING has not failed': { fate: neverRan, want: 'isOver' },
    'for we replaced it, which was UNHEALTHY, has failed': {
      fate: told('ServiceSchedulerInitiated', 'Task failed container health checks'),
      want: 'isOver hasRun failure: exit code 1 in app',
    },
    'for a target group called it UNHEALTHY has failed': {
      fate: told('ServiceSchedulerInitiated', 'Task failed ELB health checks in (target-group x)'),
      want: 'isOver hasRun failure: exit code 1 in app',
    },
    'for somebody stopped it has not failed': { fate: told('UserInitiated'), want: 'isOver hasRun' },
    'for Spot took it has not failed': { fate: told('SpotInterruption'), want: 'isOver hasRun' },
    'for its node is gone has not failed': { fate: told('TerminationNotice'), want: 'isOver hasRun' },
    'for its node put it out has not failed, but died young': {
      fate: told('InfrastructureHealth'),
      want: 'isOver hasRun hasDiedYoung',
    },
    'and nobody knows why has not failed': { fate: unseen, want: 'isOver hasRun' },
    'and of which nothing is known has not failed': { fate: undefined, want: 'isOver' },
  };
  for (const [sentence, { fate, want }] of Object.entries(cases)) {
    it(`${sentence}, by its pod`, () => {
      assert.equal(words(only(serviceWorld({ tasks: [ended(1, fate)] }))), want);
    });
    it(`${sentence}, by its record`, () => {
      assert.equal(words(only(serviceWorld({ gone: [recorded(1, fate)] }))), want);
    });
  }

  it('has failed if it had no time to be found healthy, where it has a health check', () => {
    // 0 + (3 + 1) × 30 + 5 seconds, and the grace period.
    const at = (seconds: number, healthCheckGracePeriodSeconds = 0): string => {
      const spec = service({ healthCheckGracePeriodSeconds });
      const gone = [recorded(1, exitedAfter(seconds))];
      return words(only(serviceWorld({ service: spec, deployments: [checked], gone })));
    };
    assert.equal(at(124), 'isOver hasRun failure: exit code 1 in app');
    assert.equal(at(125), 'isOver hasRun');
    assert.equal(at(134, 10), 'isOver hasRun failure: exit code 1 in app');
    assert.equal(at(135, 10), 'isOver hasRun');
  });

  it('has failed within five minutes, where a target group says whether it is healthy', () => {
    const loadBalancers = [{ targetGroupArn: 'arn', containerName: 'app', containerPort: 80 }];
    const routed = deploymentRecord({ snapshot: snapshot({ routing: { loadBalancers } }) });
    const at = (seconds: number): string =>
      words(only(serviceWorld({ deployments: [routed], gone: [recorded(1, exitedAfter(seconds))] })));
    assert.equal(at(299), 'isOver hasRun failure: exit code 1 in app');
    assert.equal(at(300), 'isOver hasRun');
  });
});

describe('a task that lives', () => {
  const running = { startedAtMs: ms(50) };
  const cases: Record<
    string,
    { readonly task: Parameters<typeof taskView>[0]; readonly world?: Partial<ServiceWorld>; readonly want: string }
  > = {
    'and waits has done nothing yet': { task: pending, want: '' },
    'is RUNNING': { task: { ...running, healthyAtMs: ms(101) }, want: 'hasRun' },
    'is healthy from that time on': { task: { ...running, healthyAtMs: ms(100) }, want: 'hasRun isHealthy' },
    'fails once it is UNHEALTHY': {
      task: { ...running, healthyAtMs: ms(200), unhealthyAtMs: ms(100) },
      want: 'hasRun isUnhealthy hasDiedYoung failure: failed container health checks',
    },
    'fails as a target': {
      task: {
        ...running,
        unhealthyAtMs: ms(100),
        healthyAtMs: ms(200),
        route: { isIn: true, isFit: true, targets: [] },
      },
      want: 'hasRun isUnhealthy hasDiedYoung failure: failed ELB health checks',
    },
    'has not died young that is UNHEALTHY after a minute': {
      task: { startedAtMs: ms(40), healthyAtMs: ms(200), unhealthyAtMs: ms(100) },
      want: 'hasRun isUnhealthy failure: failed container health checks',
    },
    'is not UNHEALTHY before its time': {
      task: { ...running, healthyAtMs: ms(200), unhealthyAtMs: ms(101) },
      want: 'hasRun',
    },
    'is not UNHEALTHY in its grace period': {
      task: { ...running, healthyAtMs: ms(200), unhealthyAtMs: ms(90) },
      world: { service: service({ healthCheckGracePeriodSeconds: 51 }) },
      want: 'hasRun',
    },
    'is UNHEALTHY once its grace period is over': {
      task: { ...running, healthyAtMs: ms(200), unhealthyAtMs: ms(90) },
      world: { service: service({ healthCheckGracePeriodSeconds: 50 }) },
      want: 'hasRun isUnhealthy hasDiedYoung failure: failed container health checks',
    },
    'has not started that is UNHEALTHY before it is RUNNING': {
      task: { ...pending, unhealthyAtMs: ms(90) },
      want: 'isUnhealthy hasNotStarted failure: failed container health checks',
    },
    'is not called UNHEALTHY while its node is silent': {
      task: { ...running, healthyAtMs: ms(200), unhealthyAtMs: ms(90) },
      world: { nodes: nodesNamed(node('node-1', { ready: { status: 'Unknown', since: 80 } })) },
      want: 'hasRun',
    },
    'says nothing while its node is lost': {
      task: { ...running, healthyAtMs: ms(90), unhealthyAtMs: ms(90) },
      world: { nodes: nodesNamed(node('node-1', { ready: { status: 'Unknown', since: 10 } })) },
      want: '',
    },
    'may be drained, and is over then': {
      task: { ...running, lastStatus: 'DEACTIVATING', desiredStatus: 'STOPPED' },
      want: 'isOver',
    },
  };
  for (const [sentence, { task, world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(words(only(serviceWorld({ ...world, tasks: [taskView(task)] }))), want);
    });
  }
});

describe('the sights of a deployment', () => {
  const launches = (world: Partial<ServiceWorld>): string[] =>
    sightsOf(serviceWorld(world), deploymentRecord()).map((sight) => `${String(sight.launch)} ${words(sight)}`);

  it('are of its own launches, in order, each once', () => {
    const tasks = [taskView({ id: 'b', launch: 2 }), taskView({ id: 'o', launch: 4, deployment: 'other' })];
    const gone = [recorded(1), recorded(3, undefined, 'other'), recorded(0, notStarted)];
    assert.deepEqual(launches({ tasks, gone }), ['1 isOver', '2 hasRun isHealthy']);
  });

  it('believe who knows of a failure, be it the pod or the record', () => {
    const want = ['1 isOver hasNotStarted failure: CannotPullContainerError in app'];
    assert.deepEqual(launches({ tasks: [ended(1, undefined)], gone: [recorded(1, notStarted)] }), want);
    assert.deepEqual(launches({ tasks: [ended(1, notStarted)], gone: [recorded(1)] }), want);
  });

  it('believe that a task is over whose pod seems to live', () => {
    assert.deepEqual(launches({ tasks: [taskView({ unhealthyAtMs: ms(9) })], gone: [recorded(1)] }), ['1 isOver']);
  });
});
