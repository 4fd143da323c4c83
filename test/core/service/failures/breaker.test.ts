import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ServiceStatus } from '../../../../src/api/service-status.ts';
import { brokenBy, thresholdOf } from '../../../../src/core/service/failures/breaker.ts';
import { verdictOn } from '../../../../src/core/service/verdict.ts';
import type { ServiceWorld } from '../../../../src/core/service/world.ts';
import { catalog } from '../../../../src/metrics/catalog.ts';
import { deploymentRecord, iso, service } from '../../../support/builders.ts';
import { breaker, exitedAfter, notStarted, recorded } from '../../../support/failures.ts';
import { after, first, look, rolling, second, serviceWorld, tasks } from '../../../support/world.ts';

describe('the threshold of the circuit breaker', () => {
  const bounded = { type: 'BOUNDED_PERCENT', value: 50 } as const;
  // Developer Guide, "Failure threshold".
  const cases: readonly (readonly [Parameters<typeof thresholdOf>[0], number, number])[] = [
    [bounded, 0, 3],
    [bounded, 1, 3],
    [bounded, 6, 3],
    [bounded, 7, 4],
    [bounded, 25, 13],
    [bounded, 399, 200],
    [bounded, 400, 200],
    [bounded, 800, 200],
    [{ type: 'BOUNDED_PERCENT', value: 10 }, 41, 5],
    [{ type: 'UNBOUNDED_PERCENT', value: 50 }, 1, 1],
    [{ type: 'UNBOUNDED_PERCENT', value: 50 }, 25, 13],
    [{ type: 'UNBOUNDED_PERCENT', value: 50 }, 800, 400],
    [{ type: 'UNBOUNDED_PERCENT', value: 50 }, 0, 1],
    [{ type: 'COUNT', value: 7 }, 800, 7],
  ];
  for (const [terms, desiredCount, want] of cases) {
    it(`of ${terms.type} ${String(terms.value)} with ${String(desiredCount)} tasks is ${String(want)}`, () => {
      assert.equal(thresholdOf(terms, desiredCount), want);
    });
  }
});

const failed = [1, 2, 3].map((launch) => recorded(launch, notStarted, second.digits));
/** So many tasks of the second deployment have failed, with that circuit breaker. */
function failing(count: number, deploymentConfiguration = breaker(3), more: Partial<ServiceWorld> = {}): ServiceWorld {
  const spec = service({ deploymentConfiguration });
  return serviceWorld({ ...rolling, service: spec, tasks: tasks(1), gone: failed.slice(0, count), ...more });
}

describe('the circuit breaker', () => {
  it('leaves a deployment alone until its threshold is reached', () => {
    assert.equal(verdictOn(failing(2), second), undefined);
    assert.deepEqual(verdictOn(failing(3), second), {
      cause: 'circuitBreaker',
      rollback: true,
      what: 'tasks failed to start',
      message: `3 of 3 failures of ecs-svc/${second.digits}, last: CannotPullContainerError in app`,
    });
  });

  it('says whether to roll back', () => {
    assert.equal(verdictOn(failing(3, breaker(3, { rollback: false })), second)?.rollback, false);
  });

  it('is off unless it is on', () => {
    assert.equal(brokenBy(failing(3, breaker(3, { enable: false })), second), undefined);
    assert.equal(brokenBy(failing(3, {}), second), undefined);
  });

  it('ends with the deployment', () => {
    const ended = { ...second, outcome: { state: 'COMPLETED', at: iso(90) } } as const;
    assert.equal(brokenBy(failing(3, breaker(3), { deployments: [first, ended] }), ended), undefined);
    const tripped = { ...after(failing(3), look(failing(3))), deployments: [first, ended] };
    assert.equal(brokenBy(tripped, ended), undefined);
  });

  it('goes by the desired count as it is', () => {
    const bounded = { deploymentCircuitBreaker: { ...breaker(1).deploymentCircuitBreaker } };
    const thresholdConfiguration = { type: 'BOUNDED_PERCENT', value: 50 } as const;
    const spec = (desiredCount: number) =>
      service({
        desiredCount,
        deploymentConfiguration: {
          deploymentCircuitBreaker: {
            enable: true,
            rollback: false,
            resetOnHealthyTask: true,
            ...bounded,
            thresholdConfiguration,
          },
        },
      });
    assert.equal(brokenBy({ ...failing(3), service: spec(7) }, second), undefined);
    assert.notEqual(brokenBy({ ...failing(3), service: spec(6) }, second), undefined);
  });

  const shown = (world: ServiceWorld): unknown => look(world).status.deployments?.[0]?.deploymentCircuitBreaker;

  it('is told in the status', () => {
    assert.deepEqual(shown(failing(1)), { status: 'MONITORING', failureCount: 1, threshold: 3 });
    assert.deepEqual(shown(failing(1, breaker(3, { enable: false }))), {
      status: 'DISABLED',
      failureCount: 1,
      threshold: 3,
    });
    assert.equal(shown(failing(1, {})), undefined);
    assert.equal(look(failing(2, {})).status.deployments?.[0]?.failedTasks, 2);
    const triggered = look(failing(3)).status.deployments?.find(({ id }) => id.endsWith(second.digits));
    assert.deepEqual(triggered?.deploymentCircuitBreaker, { status: 'TRIGGERED', failureCount: 3, threshold: 3 });
  });

  it('has been triggered for good, and is over with a deployment that is complete', () => {
    const outcome = (state: 'FAILED' | 'COMPLETED') => ({
      deployments: [first, { ...second, outcome: { state, at: iso(90) } }],
    });
    const tripped = after(failing(3), look(failing(3)));
    const status = (world: ServiceWorld): string | undefined =>
      look(world).status.deployments?.find(({ id }) => id.endsWith(second.digits))?.deploymentCircuitBreaker?.status;
    assert.equal(status({ ...tripped, ...outcome('FAILED') }), 'TRIGGERED');
    assert.equal(status({ ...failing(2), ...outcome('FAILED') }), 'MONITORING_COMPLETE');
    assert.equal(status({ ...failing(2), ...outcome('COMPLETED') }), 'MONITORING_COMPLETE');
  });
});

describe('what a person is told of failures', () => {
  const message = (world: ServiceWorld): string =>
    look(world).status.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
  const completed = [{ ...first, outcome: { state: 'COMPLETED', at: iso(9) } } as const, second];
  const oom = [
    recorded(1, notStarted, second.digits),
    recorded(2, exitedAfter(9, { what: 'OutOfMemoryError in app' }), second.digits),
  ];
  const cases: Record<string, { readonly world: ServiceWorld; readonly want: string; readonly never?: RegExp }> = {
    'is what follows: the revision that it rolls back to': {
      world: failing(0, breaker(5), { deployments: completed, gone: oom }),
      want: '; 2 of 5 failures, last: OutOfMemoryError in app; 3 more roll back to revision web:1; ',
    },
    'is that the deployment fails where there is nothing to roll back to': {
      world: failing(1, breaker(3)),
      want: '; 1 of 3 failures, last: CannotPullContainerError in app; 2 more fail the deployment; ',
    },
    'is that it fails without rollback': {
      world: failing(2, breaker(3, { rollback: false }), { deployments: completed }),
      want: '; 2 of 3 failures, last: CannotPullContainerError in app; 1 more fail the deployment; ',
    },
    'is how many there are, without a circuit breaker': {
      world: failing(2, {}),
      want: '; 2 tasks have failed, last: CannotPullContainerError in app; ',
      never: /more/,
    },
    'is when the next try is': {
      world: failing(1, {}),
      want: `; tasks did not start 1 times in a row: the next try is at ${iso(120)}; `,
    },
  };
  for (const [sentence, { world, want, never }] of Object.entries(cases)) {
    it(sentence, () => {
      const told = message(world);
      assert(told.includes(want), told);
      if (never) assert.doesNotMatch(told, never);
    });
  }

  it('is nothing where there are none', () => {
    assert.doesNotMatch(message(failing(0)), /fail/);
  });

  it('is nothing of those that count no more', () => {
    const done = deploymentRecord({ outcome: { state: 'COMPLETED', at: iso(9) } });
    const status = { deployments: look(serviceWorld({ gone: [recorded(1, exitedAfter(9))] })).status.deployments };
    const world = serviceWorld({ deployments: [done], service: service({ desiredCount: 3 }, { status }) });
    assert.equal(look(world).status.deployments?.[0]?.failedTasks, 1);
    assert.doesNotMatch(message(world), /have failed/);
  });
});

describe('the metrics of failures', () => {
  const valueOf = (name: string, status: ServiceStatus): number | undefined => {
    const view = { services: [service({}, { status })], clusters: [], providers: [] };
    return catalog.find((each) => each.name === name)?.samples(view)[0]?.value;
  };
  const values = (status: ServiceStatus): (number | undefined)[] =>
    ['ecs_service_failed_tasks', 'ecs_service_circuit_breaker_triggered'].map((name) => valueOf(name, status));

  it('are how many tasks of the PRIMARY deployment have failed, and whether the breaker has ended one', () => {
    assert.deepEqual(values(look(failing(2)).status), [2, 0]);
    assert.deepEqual(values(look(failing(3)).status), [3, 1]);
    assert.deepEqual(values({}), [0, 0]);
  });

  it('say so of a deployment that another one has taken the place of', () => {
    const { deployments: [tripped = assert.fail()] = [] } = look(failing(3)).status;
    const [other = assert.fail()] = look(serviceWorld()).status.deployments ?? [];
    assert.deepEqual(values({ deployments: [other, tripped] }), [0, 1]);
  });
});
