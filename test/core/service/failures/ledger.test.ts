import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { ServiceStatus } from '../../../../src/api/service-status.ts';
import type { DeploymentOutcome } from '../../../../src/core/service/deployment.ts';
import { ledgerOf, ledgerTurn, shownLedger } from '../../../../src/core/service/failures/ledger.ts';
import type { Launched, ServiceWorld } from '../../../../src/core/service/world.ts';
import type { Fate } from '../../../../src/core/task/fate.ts';
import type { TaskView } from '../../../../src/core/task/view.ts';
import {
  containerDefinition,
  content,
  deploymentRecord,
  healthCheck,
  instant,
  iso,
  ms,
  service,
  snapshot,
  taskView,
} from '../../../support/builders.ts';
import { breaker, ended, exitedAfter, notStarted, recorded } from '../../../support/failures.ts';
import { after, look, rolling, second, serviceWorld, tasks } from '../../../support/world.ts';

/** The world after a look at it, with these changes. */
function then(world: ServiceWorld, changes: Partial<ServiceWorld> = {}, seconds = 1): ServiceWorld {
  return serviceWorld({ ...after(world, look(world), seconds), ...changes });
}

/** How many have failed and what was wrong with the last, as the status has it after a look. */
function count(world: ServiceWorld): [number | undefined, string | undefined] {
  const [primary] = look(world).status.deployments ?? [];
  return [primary?.failedTasks, primary?.failures?.last];
}

const ten = service({ desiredCount: 10 });
const pull = 'CannotPullContainerError in app';
/** Its tasks are healthy once their check has passed: to have run for a while is no proof. */
const checkedRecord = deploymentRecord({
  snapshot: snapshot({ content: content(containerDefinition({ healthCheck })) }),
});
const checked = {
  deployments: [checkedRecord],
  resolution: { kind: 'found', taskDefinition: 'web:1', content: checkedRecord.snapshot.content },
} as const;

describe('the failures of a deployment', () => {
  it('are none, and the status says nothing of them, before any', () => {
    const [primary] = look(serviceWorld()).status.deployments ?? [];
    assert.deepEqual([primary?.failedTasks, primary?.failures], [undefined, undefined]);
  });

  it('are counted, with what was wrong with the last', () => {
    const gone = [recorded(1, notStarted), recorded(2, exitedAfter(5))];
    assert.deepEqual(count(serviceWorld({ service: ten, gone })), [2, 'exit code 1 in app']);
  });

  it('are not counted again at the next look, by a record after a pod, or when both are gone', () => {
    const first = serviceWorld({ service: ten, tasks: [ended(1, notStarted)] });
    const recordedToo = then(first, { gone: [recorded(1, notStarted)] });
    const byRecord = then(recordedToo, { tasks: [] });
    const forgotten = then(byRecord, { gone: [] });
    for (const world of [first, recordedToo, byRecord, forgotten]) assert.deepEqual(count(world), [1, pull]);
    assert.deepEqual(count(then(forgotten, { gone: [recorded(2, notStarted)] })), [2, pull]);
  });

  it('are counted once of a task that is UNHEALTHY, and then exits', () => {
    const sick = taskView({ launch: 1, unhealthyAtMs: ms(90), healthyAtMs: ms(900) });
    const first = serviceWorld({ ...checked, service: ten, tasks: [sick] });
    assert.deepEqual(count(first), [1, 'failed container health checks']);
    assert.deepEqual(count(then(first, { tasks: [ended(1, exitedAfter(20))] }))[0], 1);
  });

  it('are counted of a task that was healthy, and then is UNHEALTHY', () => {
    const well = serviceWorld({ ...checked, service: ten, tasks: [taskView({ launch: 1, healthyAtMs: ms(90) })] });
    const sick = taskView({ launch: 1, unhealthyAtMs: ms(95), healthyAtMs: ms(9000) });
    assert.equal(count(then(well, { tasks: [sick] }))[0], 1);
  });

  it('leave behind that nothing more is to be counted of a task that is over, be it as healthy', () => {
    const [primary] = look(serviceWorld({ service: ten, gone: [recorded(1, notStarted)] })).status.deployments ?? [];
    assert.deepEqual([primary?.failures?.over, primary?.failures?.healthy], ['1', '1']);
  });

  it('are none of tasks that were healthy before they ended', () => {
    const world = serviceWorld({ ...checked, service: ten, tasks: [taskView({ launch: 1, healthyAtMs: ms(90) })] });
    assert.deepEqual(count(then(world, { tasks: [ended(1, exitedAfter(50))] })), [undefined, undefined]);
  });

  it('are forgotten when a task becomes healthy, once for each', () => {
    const [healthy] = tasks(1);
    const failed = serviceWorld({ service: ten, gone: [recorded(2, notStarted), recorded(3, notStarted)] });
    const recovered = then(failed, { tasks: [healthy ?? assert.fail()] });
    assert.deepEqual(count(recovered), [undefined, undefined]);
    const again = then(recovered, { gone: [...failed.gone, recorded(4, notStarted)] });
    assert.deepEqual(count(again), [1, pull]);
    assert.deepEqual(count(then(again)), [1, pull]);
  });

  it('are forgotten when one that was UNHEALTHY recovers, but not because it ran for long', () => {
    const sick = taskView({ launch: 1, unhealthyAtMs: ms(90), healthyAtMs: ms(9000) });
    const first = serviceWorld({ ...checked, service: ten, tasks: [sick] });
    assert.equal(count(then(first, { tasks: [ended(1, exitedAfter(500))] }))[0], 1);
    assert.equal(count(then(first, { tasks: [taskView({ launch: 1 })] }))[0], undefined);
  });

  it('are forgotten by the record of one that ran for 40 seconds without a health check', () => {
    assert.equal(
      count(serviceWorld({ service: ten, gone: [recorded(1, notStarted), recorded(2, exitedAfter(40))] }))[0],
      undefined,
    );
  });

  it('are added up where they are not to be forgotten', () => {
    const spec = service({ desiredCount: 10, deploymentConfiguration: breaker(9, { resetOnHealthyTask: false }) });
    const world = serviceWorld({ service: spec, tasks: tasks(1), gone: [recorded(2, notStarted)] });
    assert.deepEqual(count(world), [1, pull]);
  });

  it('are not counted of an older deployment, whose count stays', () => {
    const failed = serviceWorld({ service: ten, tasks: tasks(2), gone: [recorded(3, notStarted)] });
    const failing = then(serviceWorld({ service: ten, gone: [recorded(3, notStarted)] }));
    const next = then(failing, { ...rolling, tasks: tasks(2), gone: [...failed.gone, recorded(9, notStarted)] });
    const [primary, older] = look(next).status.deployments ?? [];
    assert.deepEqual([primary?.failedTasks, older?.failedTasks, older?.failures?.last], [undefined, 1, pull]);
    assert.equal(count({ ...next, gone: [recorded(1, notStarted, second.digits)] })[0], 1);
  });

  describe('are not counted any more', () => {
    const gone = [recorded(1, notStarted)];
    it('once the deployment was complete', () => {
      const complete = then(serviceWorld({ tasks: tasks(1) }));
      const later = then(complete, { tasks: [], gone: [recorded(2, notStarted)] });
      assert.deepEqual(count(later), [undefined, undefined]);
    });
    for (const state of ['COMPLETED', 'FAILED', 'STOPPED'] as const) {
      it(`once it is written down as ${state}, though the status is lost`, () => {
        const outcome: DeploymentOutcome = { state, at: iso(50) };
        const world = serviceWorld({ service: ten, deployments: [deploymentRecord({ outcome })], gone });
        assert.equal(ledgerOf(world).failedTasks, 0);
        assert.equal(ledgerOf({ ...world, deployments: [deploymentRecord()] }).failedTasks, 1);
      });
    }
  });

  it('are counted anew from pods and records when the status is lost, and those of a service with healthy tasks are not', () => {
    const world = serviceWorld({ service: ten, gone: [recorded(1, notStarted), recorded(2, notStarted)] });
    const lost = { ...then(world), service: ten };
    assert.equal(count(lost)[0], 2);
    assert.equal(count({ ...lost, tasks: tasks(3).slice(2) })[0], undefined);
  });

  it('are nothing for a service without a deployment', () => {
    assert.equal(ledgerOf(serviceWorld({ deployments: [], gone: [recorded(1, notStarted)] })).failedTasks, 0);
  });
});

type Kind = 'notStarted' | 'exits' | 'unhealthy' | 'isStopped' | 'runs';

/** How far the evidence of a launch is: it lives, its pod has ended, is recorded beside its pod, is recorded; known no more. */
const lastKnown = 3;

describe('the ledger', () => {
  const fates: Record<Kind, Fate> = {
    notStarted,
    exits: exitedAfter(5),
    unhealthy: exitedAfter(500, {
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'Task failed container health checks',
    }),
    isStopped: exitedAfter(5, { stopCode: 'ServiceSchedulerInitiated' }),
    runs: exitedAfter(5, { stopCode: 'UserInitiated' }),
  };
  const alive = (kind: Kind, launch: number): TaskView =>
    taskView({
      id: `task-${String(launch)}`,
      launch,
      healthyAtMs: ms(9000),
      ...(kind === 'unhealthy' && { unhealthyAtMs: ms(1) }),
    });

  function evidence(kinds: readonly Kind[], at: readonly number[]): Pick<ServiceWorld, 'tasks' | 'gone'> {
    const views: TaskView[] = [];
    const gone: Launched[] = [];
    kinds.forEach((kind, index) => {
      const [launch, stage] = [index + 1, at[index] ?? 0];
      if (stage === 0) views.push(alive(kind, launch));
      if (stage === 1 || stage === 2) views.push(ended(launch, fates[kind]));
      if (stage === 2 || stage === 3) gone.push(recorded(launch, fates[kind]));
    });
    return { tasks: views, gone };
  }

  /** Looks at each step after one launch's evidence has moved on, or the status has fallen back to an earlier one. */
  const steps = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ moves: fc.nat(5) }) },
      { weight: 2, arbitrary: fc.constant({ moves: undefined }) },
    ),
    { maxLength: 60 },
  );
  const kinds = fc.array(fc.constantFrom<Kind>('notStarted', 'exits', 'unhealthy', 'isStopped', 'runs'), {
    minLength: 6,
    maxLength: 6,
  });

  it('counts each failure once, whatever is seen of it in whatever order, and though looks are lost in crashes', () => {
    const spec = service({ desiredCount: 10, deploymentConfiguration: breaker(99, { resetOnHealthyTask: false }) });
    const [shown = assert.fail()] = look(serviceWorld()).status.deployments ?? [];
    fc.assert(
      fc.property(kinds, steps, (launches, history) => {
        const at = launches.map(() => 0);
        const base = serviceWorld({ ...checked, service: spec });
        let status: ServiceStatus | undefined;
        const sight = (): ServiceWorld => ({
          ...base,
          service: { ...spec, ...(status && { status }) },
          ...evidence(launches, at),
        });
        for (const { moves } of history) {
          const stage = moves === undefined ? 0 : (at[moves] ?? 0);
          if (moves !== undefined && stage < lastKnown) at[moves] = stage + 1;
          const seen = sight();
          // A look whose status is not written, for its operator dies, is as if it had not been.
          if (moves !== undefined) status = { deployments: [{ ...shown, ...shownLedger(ledgerOf(seen)) }] };
        }
        const failed = launches.filter(
          (kind, index) => kind === 'unhealthy' || (at[index] !== 0 && (kind === 'notStarted' || kind === 'exits')),
        );
        const { failedTasks } = ledgerOf(sight());
        status = { deployments: [{ ...shown, ...shownLedger(ledgerOf(sight())) }] };
        at.fill(lastKnown + 1);
        assert.deepEqual([failedTasks, ledgerOf(sight()).failedTasks], [failed.length, failed.length]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('ledgerTurn', () => {
  const at = (world: Partial<ServiceWorld>): number | undefined => ledgerTurn(serviceWorld({ service: ten, ...world }));
  const sick = taskView({ startedAtMs: ms(80), unhealthyAtMs: ms(90) });

  it('is when a grace period ends, of a task that is UNHEALTHY and of no other', () => {
    const graceful = service({ healthCheckGracePeriodSeconds: 60 });
    assert.equal(at({ service: graceful, tasks: [sick] }), ms(140));
    assert.equal(at({ now: instant(140), service: graceful, tasks: [sick] }), undefined);
    assert.equal(at({ service: graceful, tasks: tasks(1) }), undefined);
    assert.equal(at({ tasks: [sick] }), undefined);
  });

  it('is when a task has stayed up for a minute that was launched after others have not', () => {
    const world = then(serviceWorld({ service: ten, gone: [recorded(5, exitedAfter(5))] }));
    const started = taskView({ launch: 20, startedAtMs: ms(80) });
    assert.equal(at({ ...world, tasks: [started] }), ms(140));
    assert.equal(at({ ...world, tasks: [{ ...started, launch: 4 }] }), undefined);
    assert.equal(at({ tasks: [started] }), undefined);
  });
});
