import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { paceOf } from '../../../../src/core/service/failures/pace.ts';
import type { ServiceWorld } from '../../../../src/core/service/world.ts';
import type { Fate } from '../../../../src/core/task/fate.ts';
import { ms, service, taskView } from '../../../support/builders.ts';
import { ended, exitedAfter, notStarted, recorded } from '../../../support/failures.ts';
import { after, look, messages, rolling, serviceWorld, tasks } from '../../../support/world.ts';

const impaired =
  'is unable to consistently start tasks successfully. ' +
  'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';

/** Runs a service whose every task has that fate as soon as it is launched: the seconds between the launches. */
function gaps(fate: Fate, count: number): number[] {
  let world = serviceWorld();
  const launches: number[] = [];
  while (launches.length < count) {
    const seen = look(world);
    const started = seen.steps.filter((step) => step.startsWith('start '));
    if (started.length > 0) launches.push(world.now.epochMs / 1000);
    const gone = started.map((step) => recorded(Number(step.slice('start '.length)), fate));
    const seconds = gone.length > 0 ? 0 : ((seen.wakeAtMs ?? assert.fail()) - world.now.epochMs) / 1000;
    world = { ...after(world, seen, seconds), gone: [...world.gone, ...gone] };
  }
  return launches.slice(1).map((at, index) => at - (launches[index] ?? 0));
}

describe('tasks that were never RUNNING', () => {
  it('delay the next one longer and longer, up to 27 minutes, and never for good', () => {
    assert.deepEqual(gaps(notStarted, 11), [20, 40, 80, 160, 320, 640, 1280, 1620, 1620, 1620]);
  });

  it('are told in words of ECS from the third time on, once in six hours', () => {
    let world = serviceWorld();
    const told: string[] = [];
    for (let launch = 1; launch <= 4; launch++) {
      const seen = look({ ...world, gone: [...world.gone, recorded(launch, notStarted)] });
      told.push(`${String(launch)} ${String(messages(seen.events).includes(impaired))}`);
      world = { ...after(world, seen, 2000), gone: [...world.gone, recorded(launch, notStarted)] };
    }
    assert.deepEqual(told, ['1 false', '2 false', '3 true', '4 false']);
  });

  it('delay no more once one is RUNNING that was launched later', () => {
    const failed = serviceWorld({ gone: [recorded(1, notStarted)] });
    const next = after(failed, look(failed), 20);
    const running = { ...next, gone: failed.gone, tasks: [taskView({ launch: 2, startedAtMs: ms(119) })] };
    const ended1 = { ...after(running, look(running), 1), gone: [...failed.gone, recorded(2)], tasks: [] };
    assert.deepEqual(paceOf(ended1, 1), { count: 1 });
    const wrong = { ...ended1, gone: [...ended1.gone, recorded(3, notStarted)] };
    assert.deepEqual(paceOf(wrong, 1), { count: 0, turnsAtMs: wrong.now.epochMs + 20_000 });
  });

  it('delay nothing of another deployment', () => {
    const gone = [recorded(1, notStarted), recorded(2, notStarted)];
    assert.equal(paceOf(serviceWorld({ ...rolling, gone }), 1).count, 1);
  });
});

describe('tasks that do not stay up for a minute', () => {
  it('are replaced at once three times, then later and later, up to five minutes', () => {
    assert.deepEqual(gaps(exitedAfter(59), 12), [0, 0, 0, 20, 40, 80, 160, 300, 300, 300, 300]);
  });

  it('are replaced at once for ever when they stay up longer', () => {
    assert.deepEqual(gaps(exitedAfter(60), 8), [0, 0, 0, 0, 0, 0, 0]);
  });

  it('are forgotten once one has stayed up for a minute, and the look at that comes by itself', () => {
    let world = serviceWorld();
    for (let launch = 1; launch <= 4; launch++) {
      world = { ...world, gone: [...world.gone, recorded(launch, exitedAfter(5))] };
      world = after(world, look(world), 0);
    }
    assert.equal(paceOf(world, 1).count, 0);
    const startedAtMs = world.now.epochMs;
    const up = { ...world, tasks: [taskView({ launch: 9, startedAtMs, healthyAtMs: startedAtMs })] };
    const seen = look(up);
    assert.equal(seen.wakeAtMs, startedAtMs + 60_000);
    const later = after(up, seen, 60);
    assert.equal(later.service.status?.deployments?.[0]?.failures?.dyingYoung?.rounds, 4);
    assert.equal(look(later).status.deployments?.[0]?.failures?.dyingYoung, undefined);
  });
});

describe('paceOf', () => {
  const many = (count: number): ServiceWorld =>
    serviceWorld({
      service: service({ desiredCount: 20 }),
      gone: Array.from({ length: count }, (_, index) => recorded(index + 1, notStarted)),
    });

  it('holds back as many tasks as have gone wrong, and no others', () => {
    assert.deepEqual(paceOf(many(2), 5), { count: 3, turnsAtMs: ms(120) });
    assert.deepEqual(paceOf(many(5), 5), { count: 0, turnsAtMs: ms(120) });
    assert.deepEqual(paceOf(many(8), 5), { count: 0, turnsAtMs: ms(120) });
  });

  it('holds back none where none is wanted, and has nothing to wake for', () => {
    assert.deepEqual(paceOf(many(2), 0), { count: 0 });
  });

  it('takes those that go wrong together for one time', () => {
    assert.deepEqual(paceOf(many(20), 20), { count: 0, turnsAtMs: ms(120) });
  });

  it('lets all start when it is time', () => {
    const world = many(3);
    const seen = look(world);
    assert.deepEqual(paceOf({ ...after(world, seen, 19), gone: world.gone }, 3).count, 0);
    assert.deepEqual(paceOf({ ...after(world, seen, 20), gone: world.gone }, 3), { count: 3 });
  });

  it('holds back for both reasons, until the first of them is over', () => {
    let world = serviceWorld({ service: service({ desiredCount: 9 }) });
    for (const launch of [100, 200, 300, 400]) {
      world = { ...world, gone: [...world.gone, recorded(launch, exitedAfter(5))] };
      world = after(world, look(world), 0);
    }
    const both = { ...after(world, look(world), 5), gone: [...world.gone, recorded(999, notStarted)] };
    assert.deepEqual(paceOf(both, 9), { count: 7, turnsAtMs: ms(120) });
  });

  it('stops nothing, and keeps what runs', () => {
    const world = serviceWorld({ ...rolling, tasks: [...tasks(1), ended(5, notStarted)] });
    assert.deepEqual(
      look(world).steps.filter((step) => step.startsWith('stop')),
      [],
    );
  });
});
