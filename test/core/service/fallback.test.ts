import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { defined } from '../../../src/base/defined.ts';
import { planService } from '../../../src/core/service/plan.ts';
import { resolveCapacity } from '../../../src/core/capacity/resolve.ts';
import { isSteady } from '../../../src/core/service/progress.ts';
import type { ServiceStatus } from '../../../src/api/service-status.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import type { TaskView } from '../../../src/core/task/view.ts';
import { instant, ms, service, taskView } from '../../support/builders.ts';
import { offer, provider, strategy } from '../../support/capacity.ts';
import { nothingToDo } from '../../../src/core/service/rolling.ts';
import { look, serviceWorld } from '../../support/world.ts';

const order = ['reserve', 'second'];
const providers = [provider('main'), provider('other'), provider('reserve'), provider('second')];

/** A task that waits for a node. */
function waiting(own: Partial<TaskView>): TaskView {
  const { healthyAtMs: _, ...rest } = taskView({ lastStatus: 'PROVISIONING', node: undefined, ...own });
  return rest;
}

/** A service of two providers in equal shares, for which others stand in; with the tasks of a run. */
class Run {
  readonly #capacity = resolveCapacity(
    { capacityProviderStrategy: strategy('main:1', 'other:1'), fallback: order },
    offer({ providers }),
  );
  readonly #desiredCount: number;
  #status: ServiceStatus | undefined;
  #tasks: readonly TaskView[] = [];
  readonly full = new Set<string>();
  seconds = 0;
  fewest = Infinity;

  constructor(desiredCount: number) {
    this.#desiredCount = desiredCount;
  }

  get world(): ServiceWorld {
    const fallback = { order, afterSeconds: 300, retryAfterSeconds: 600 };
    const spec = { desiredCount: this.#desiredCount, kubernetes: { capacityProviderFallback: fallback } };
    const own = service(spec, { status: this.#status });
    const rest = { now: instant(this.seconds), capacity: this.#capacity, tasks: this.#tasks };
    return serviceWorld({ service: own, ...rest });
  }

  /** Half a minute: a look, what it decides, and nodes for those that wait where there is room. */
  step(): void {
    const { world } = this;
    const { steps } = planService(world);
    this.#status = look(world).status;
    const stopped = new Set(steps.flatMap((each) => (each.kind === 'stopTask' ? [each.task.id] : [])));
    const started = steps.flatMap((each) => (each.kind === 'startTask' ? [each.task] : []));
    const fresh = started.map(({ id, launch, capacity }) =>
      waiting({
        id,
        launch,
        createdAtMs: ms(this.seconds),
        ...defined('provider', capacity.provider?.name),
        ...defined('standsFor', capacity.standsFor),
      }),
    );
    this.#tasks = [...this.#tasks.filter(({ id }) => !stopped.has(id)).map((task) => this.#placed(task)), ...fresh];
    this.seconds += 30;
    this.fewest = Math.min(this.fewest, this.running);
  }

  go(seconds: number): void {
    for (const end = this.seconds + seconds; this.seconds < end;) this.step();
  }

  #placed(task: TaskView): TaskView {
    if (task.node !== undefined || this.full.has(task.provider ?? '')) return task;
    return { ...task, node: 'node-1', lastStatus: 'RUNNING', healthyAtMs: ms(this.seconds) };
  }

  get running(): number {
    return this.#tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length;
  }

  /** Tasks by provider, `a>b` where `a` stands in for `b`; with `?` where they wait. */
  get held(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { provider: name = '', standsFor, node } of this.#tasks) {
      const shown = `${name}${standsFor === undefined ? '' : `>${standsFor}`}${node === undefined ? '?' : ''}`;
      counts[shown] = (counts[shown] ?? 0) + 1;
    }
    return counts;
  }

  get outages(): ServiceStatus['capacityProviders'] {
    return this.#status?.capacityProviders;
  }

  loseStatus(): void {
    this.#status = undefined;
  }
}

function settledRun(desiredCount: number, ...full: readonly string[]): Run {
  const run = new Run(desiredCount);
  for (const name of full) run.full.add(name);
  return run;
}

describe('A service with providers that stand in', () => {
  it('uses none of them while there is room', () => {
    const run = settledRun(6);
    run.go(3600);
    assert.deepEqual([run.held, run.outages], [{ main: 3, other: 3 }, undefined]);
  });

  it('waits as on ECS, and then starts on the first of them what has no room', () => {
    const run = settledRun(6, 'main');
    run.go(300);
    assert.deepEqual(run.held, { 'main?': 3, other: 3 });
    run.go(120);
    assert.deepEqual(run.held, { 'reserve>main': 3, other: 3 });
    assert.equal(run.outages?.[0]?.name, 'main');
  });

  it('takes the next one where the first has no room either', () => {
    const run = settledRun(6, 'main', 'reserve');
    run.go(870);
    assert.deepEqual(run.held, { 'second>main': 3, other: 3 });
  });

  it('lets tasks wait where they are when none has room', () => {
    const run = settledRun(2, 'main', 'other', 'reserve', 'second');
    run.go(7200);
    assert.equal(Object.keys(run.held).filter((name) => !name.endsWith('?')).length, 0);
    assert.equal(run.running, 0);
    run.full.clear();
    run.go(7200);
    assert.deepEqual(run.held, { main: 1, other: 1 });
  });

  it('goes back in steps once there is room, and never has fewer tasks running than it should', () => {
    const run = settledRun(16, 'main');
    run.go(600);
    run.full.delete('main');
    run.fewest = Infinity;
    const sizes = new Set<number | undefined>();
    for (let count = 0; count < 60; count++) {
      run.step();
      sizes.add(run.outages?.[0]?.tryTasks);
    }
    assert.deepEqual(
      [...sizes].filter((size) => size !== undefined),
      [1, 2, 4, 8],
    );
    assert.deepEqual([run.held, run.outages], [{ main: 8, other: 8 }, undefined]);
    assert.ok(run.fewest >= 16, `${String(run.fewest)} ran`);
  });

  it('tries with one task alone while there is no room, and stays steady', () => {
    const run = settledRun(16, 'main');
    run.go(600);
    let mostWaiting = 0;
    for (let count = 0; count < 100; count++) {
      run.step();
      mostWaiting = Math.max(mostWaiting, run.held['main?'] ?? 0);
    }
    assert.equal(mostWaiting, 1);
    assert.equal(run.running, 16);
    run.go(30);
    const { world } = run;
    const rolling = nothingToDo;
    const [primary] = world.deployments;
    assert.ok(primary && isSteady(world, { primary, rolling }));
  });

  it('finds its way without its status', () => {
    const run = settledRun(6, 'main');
    run.go(600);
    run.loseStatus();
    run.full.delete('main');
    run.go(1800);
    assert.deepEqual([run.held, run.outages], [{ main: 3, other: 3 }, undefined]);
  });

  it('ends with the shares of its strategy, whatever had no room on the way', () => {
    const phases = fc.array(fc.subarray(['main', 'other', 'reserve', 'second']), { maxLength: 4 });
    fc.assert(
      fc.property(phases, fc.integer({ min: 1, max: 9 }), (all, desiredCount) => {
        const run = settledRun(desiredCount);
        for (const full of all) {
          run.full.clear();
          for (const name of full) run.full.add(name);
          run.go(900);
        }
        run.full.clear();
        run.go(10_800);
        const main = Math.ceil(desiredCount / 2);
        const want = { main, ...(desiredCount > main && { other: desiredCount - main }) };
        assert.deepEqual([run.held, run.outages], [want, undefined]);
      }),
      { numRuns: 6 },
    );
  });
});

describe('planService with providers that stand in', () => {
  const capacity = resolveCapacity(
    { capacityProviderStrategy: strategy('main:1'), fallback: order },
    offer({ providers }),
  );
  const tried = { name: 'main', outSince: instant().iso, changedAt: instant(90).iso, tryTasks: 1, tryGoal: 1 };

  /** What there is 100 seconds after the beginning, with that provider being tried. */
  function worldOf(desiredCount: number, own: readonly TaskView[], status: ServiceStatus = {}): ServiceWorld {
    const kubernetes = { capacityProviderFallback: { order, afterSeconds: 300, retryAfterSeconds: 600 } };
    return serviceWorld({ service: service({ desiredCount, kubernetes }, { status }), capacity, tasks: own });
  }

  const standIn = taskView({ id: 'stands', provider: 'reserve', standsFor: 'main' });

  it('starts of several no more on a provider that is tried than are tried', () => {
    const { steps } = planService(worldOf(5, [standIn], { capacityProviders: [tried] }));
    const on = steps.flatMap((step) => (step.kind === 'startTask' ? [step.task.capacity.provider?.name] : []));
    assert.deepEqual(on, ['main', 'reserve', 'reserve', 'reserve', 'reserve']);
  });

  it('looks again when a task has waited its time', () => {
    const world = worldOf(1, [waiting({ id: 'a', provider: 'main', createdAtMs: ms(-190) })]);
    assert.equal(planService(world).wakeAtMs, ms(110));
  });

  it('is steady while it tries a provider, with the start and without', () => {
    const world = worldOf(1, [standIn], { capacityProviders: [tried] });
    const [primary] = world.deployments;
    assert.ok(primary);
    const settled = { ...world.service.status, deployments: look(world).status.deployments ?? [] };
    const again = worldOf(1, [standIn], settled);
    const rolling = { ...nothingToDo, start: 1 };
    assert.ok(isSteady(again, { primary, rolling }));
    assert.ok(!isSteady(worldOf(1, [taskView({ provider: 'main' })]), { primary, rolling }));
  });

  it('scales in by what tasks stand in for', () => {
    const shares = resolveCapacity(
      { capacityProviderStrategy: strategy('main:1', 'reserve:1'), fallback: order },
      offer({ providers }),
    );
    const own = [
      taskView({ id: 'a', provider: 'reserve', standsFor: 'main' }),
      taskView({ id: 'b', provider: 'reserve' }),
      taskView({ id: 'c', provider: 'reserve' }),
    ];
    const out = { name: 'main', outSince: instant().iso, changedAt: instant(90).iso };
    const { steps } = planService({ ...worldOf(2, own, { capacityProviders: [out] }), capacity: shares });
    assert.deepEqual(
      steps.flatMap((step) => (step.kind === 'stopTask' ? [step.task.id] : [])),
      ['b'],
    );
  });
});
