import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { serviceKind } from '../../../src/api/service.ts';
import { addToHistory } from '../../../src/core/service/history.ts';
import { planService } from '../../../src/core/service/plan.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import { instant, iso, ms, service, taskView } from '../../support/builders.ts';
import {
  type Failures,
  after,
  eventAt,
  first,
  look,
  messages,
  pending,
  rolling,
  serviceWorld,
  settled,
  tasks,
} from '../../support/world.ts';

const hours = 3600;
const steady = 'has reached a steady state.';
const completed = `(deployment ecs-svc/${first.digits}) deployment completed.`;
const stuck =
  'was unable to stop or start tasks during a deployment because of the service deployment configuration. ' +
  'Update the minimumHealthyPercent or maximumPercent value and try again.';

/** Ids of the tasks that the world's plan starts. */
function started(world: ServiceWorld): string[] {
  return planService(world).steps.flatMap((step) => (step.kind === 'startTask' ? [step.task.id] : []));
}

function named(ids: readonly string[]): string {
  return ids.map((id) => `(task ${id})`).join(' ');
}

describe('what is told of the steps that were done', () => {
  const three = serviceWorld({ service: service({ desiredCount: 3 }) });
  const twelve = serviceWorld({ service: service({ desiredCount: 12 }) });
  const ran = settled({ service: service({ desiredCount: 2 }), tasks: tasks(2) });
  const scaleIn = {
    ...ran,
    service: service({ desiredCount: 0 }, { status: ran.service.status }),
    tasks: [...tasks(2), taskView({ id: 'slow', ...pending })],
  };
  const launch = { kind: 'startTask' } as const;

  const cases: Record<string, { readonly world: ServiceWorld; readonly failures?: Failures; readonly want: string[] }> =
    {
      'tasks were started': {
        world: three,
        want: [`has started 3 tasks: ${named(started(three))}.`],
      },
      'one was started: ECS does not bend the noun': {
        world: serviceWorld(),
        want: [`has started 1 tasks: ${named(started(serviceWorld()))}.`],
      },
      'ten are named, the others counted': {
        world: twelve,
        want: [`has started 12 tasks: ${named(started(twelve).slice(0, 10))} and 2 more.`],
      },
      'tasks were stopped, the pending ones without their names': {
        world: scaleIn,
        want: ['has stopped 2 running tasks: (task task-1) (task task-2).', 'stopped 1 pending tasks.'],
      },
      'nothing of steps that failed': { world: scaleIn, failures: { kind: 'stopTask' }, want: [] },
      'a launch was refused, and why': {
        world: three,
        failures: { ...launch, message: 'pods is forbidden: exceeded quota' },
        want: ['failed to launch a task with (error pods is forbidden: exceeded quota).'],
      },
      'nothing when the same was refused less than six hours ago': {
        world: {
          ...three,
          service: service({}, { status: { events: [eventAt(0, 'failed to launch a task with (error no).')] } }),
        },
        failures: launch,
        want: [],
      },
      'the same again after six hours': {
        world: {
          ...three,
          service: service(
            {},
            { status: { events: [eventAt(100 - 6 * hours, 'failed to launch a task with (error no).')] } },
          ),
        },
        failures: launch,
        want: ['failed to launch a task with (error no).'],
      },
      'another refusal at once': {
        world: {
          ...three,
          service: service({}, { status: { events: [eventAt(0, 'failed to launch a task with (error no).')] } }),
        },
        failures: { ...launch, message: 'never' },
        want: ['failed to launch a task with (error never).'],
      },
      'nothing of deployments, removed pods and ended tasks': {
        world: serviceWorld({
          ...rolling,
          deployments: [],
          tasks: [taskView({ endBecause: 'exit', desiredStatus: 'STOPPED' })],
        }),
        want: [],
      },
    };
  for (const [sentence, { world, failures, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { events, status } = look(world, failures);
      assert.deepEqual(messages(events), want);
      assert.deepEqual(messages(status.events ?? []).slice(0, want.length), want.toReversed());
    });
  }

  it('begins with the name of the service as ECS shows it', () => {
    const { events } = look({
      ...three,
      service: service({ serviceName: 'My_Web', desiredCount: 0 }),
      tasks: tasks(1),
    });
    assert.match(events[0]?.message ?? '', /^\(service My_Web\) has stopped 1 running tasks: \(task task-1\)\.$/);
  });

  it('has a type, a reason and an action for Kubernetes events', () => {
    const kinds = (world: ServiceWorld, failures?: Failures): string[] =>
      look(world, failures).events.map(({ type, reason, action }) => `${type} ${reason} ${action}`);
    assert.deepEqual(kinds(three), ['Normal TasksStarted StartTasks']);
    assert.deepEqual(kinds(three, launch), ['Warning LaunchFailed StartTasks']);
    assert.deepEqual(kinds(scaleIn), ['Normal TasksStopped StopTasks', 'Normal TasksStopped StopTasks']);
    assert.deepEqual(kinds(serviceWorld({ tasks: tasks(1) })), [
      'Normal DeploymentCompleted Deploy',
      'Normal SteadyState Reconcile',
    ]);
  });
});

describe('what is told of the state reached', () => {
  const rest = settled();
  const lost = after(rest, look({ ...rest, tasks: [] }), 10);
  const tight = { minimumHealthyPercent: 100, maximumPercent: 100 };
  const blocked = serviceWorld({
    ...rolling,
    service: service({ deploymentConfiguration: tight }),
    tasks: tasks(1),
  });

  const cases: Record<string, { readonly world: ServiceWorld; readonly want: readonly string[] }> = {
    'completed comes before steady': { world: serviceWorld({ tasks: tasks(1) }), want: [completed, steady] },
    'nothing while it stays so': { world: rest, want: [] },
    'nothing a second before six hours are over': { world: after(rest, look(rest), 6 * hours - 1), want: [] },
    'steady again after six hours': { world: after(rest, look(rest), 6 * hours), want: [steady] },
    'steady again when it was not in between, though it is not six hours ago': {
      world: { ...lost, tasks: tasks(1, { id: 'spare', launch: 2 }) },
      want: [steady],
    },
    'nothing of steady while a task more than desired is left': {
      world: { ...rest, tasks: [...tasks(1), taskView({ id: 'surplus', endBecause: 'exit' })] },
      want: ['has stopped 1 running tasks: (task surplus).'],
    },
    'completed also when there is nothing to run': {
      world: serviceWorld({ service: service({ desiredCount: 0 }) }),
      want: [completed, steady],
    },
    'that it is stuck': { world: blocked, want: [stuck] },
    'that it is stuck, once': { world: after(blocked, look(blocked), 60), want: [] },
    'that it is stuck, again after six hours': { world: after(blocked, look(blocked), 6 * hours), want: [stuck] },
  };
  for (const [sentence, { world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(messages(look(world).events), want);
    });
  }

  it('is in the history once, newest first', () => {
    assert.deepEqual(messages(rest.service.status?.events ?? []), [steady, completed]);
    assert.deepEqual(look(rest).status.events, rest.service.status?.events);
  });
});

describe('when to look again', () => {
  const rest = settled();
  const cases: Record<string, { readonly world: ServiceWorld; readonly want: number | undefined }> = {
    'never, when only pods have to move': { world: serviceWorld({ tasks: tasks(1, pending) }), want: undefined },
    'never, when there is no deployment to look after': {
      world: serviceWorld({ deployments: [], cluster: undefined }),
      want: undefined,
    },
    'when the first of the tasks has run for 40 seconds': {
      world: serviceWorld({
        service: service({ desiredCount: 2 }),
        tasks: [taskView({ healthyAtMs: ms(130) }), taskView({ id: 'b', healthyAtMs: ms(120) })],
      }),
      want: ms(120),
    },
    'when the steady state is to be said again': { world: rest, want: ms(100 + 6 * hours) },
    'not for a task that is no longer meant to run': {
      world: serviceWorld({ tasks: tasks(1, { lastStatus: 'STOPPING', healthyAtMs: ms(130) }) }),
      want: undefined,
    },
  };
  for (const [sentence, { world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(look(world).wakeAtMs, want);
    });
  }
});

describe('the history', () => {
  const at = { now: instant(), serviceUid: 'uid-of-web' };
  const event = { type: 'Normal', reason: 'Something', action: 'Do' } as const;
  const many = Array.from({ length: 150 }, (_, index) => eventAt(-index, `old ${String(index)}`));

  it('keeps a hundred', () => {
    const history = addToHistory(many, [{ ...event, message: 'new' }], at);
    assert.equal(history.length, 100);
    assert.deepEqual(messages(history.slice(0, 2)), ['new', 'old 0']);
  });

  it('keeps 24 KiB, and of those the newest', () => {
    const long = many.map((each) => ({ ...each, message: `${each.message} ${'x'.repeat(900)}` }));
    const history = addToHistory(long, [], at);
    assert.deepEqual(history, long.slice(0, history.length));
    assert(JSON.stringify(history).length <= 24 * 1024 + history.length + 1);
    assert(JSON.stringify(long.slice(0, history.length + 1)).length > 24 * 1024);
  });

  it('puts the last of several in front', () => {
    const history = addToHistory(
      [],
      [
        { ...event, message: 'first' },
        { ...event, message: 'then' },
      ],
      at,
    );
    assert.deepEqual(messages(history), ['then', 'first']);
  });

  it('gives each an id of its own, and the same to the same', () => {
    const twice = [event, event].map((each) => ({ ...each, message: 'again' }));
    const [a, b] = addToHistory([], twice, at);
    assert.match(a?.id ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.notEqual(a?.id, b?.id);
    assert.deepEqual(addToHistory([], twice, at), [a, b]);
    assert.equal(a?.createdAt, iso());
  });

  it('fits the schema, whatever the API server answers and however long the name is', () => {
    const world = serviceWorld({ service: service({ serviceName: 's'.repeat(255) }) });
    const { status } = look(world, { kind: 'startTask', message: 'e'.repeat(5000) });
    assert.deepEqual(serviceKind.status.parse(status), status);
  });
});
