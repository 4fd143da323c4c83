import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations } from '../../../src/api/labels.ts';
import { commandConditions, commandNews, commandVerdict } from '../../../src/core/service/command.ts';
import type { DeploymentOutcome } from '../../../src/core/service/deployment.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import { iso, service } from '../../support/builders.ts';
import { first, look, messages, pending, rolling, second, serviceWorld, tasks } from '../../support/world.ts';

const completed: DeploymentOutcome = { state: 'COMPLETED', at: iso(50), sequence: 1 };
const good = { ...first, outcome: completed };
const [old, current] = [`ecs-svc/${first.digits}`, `ecs-svc/${second.digits}`];
const inProgress = { ...rolling, deployments: [good, second], tasks: tasks(1) };

function commanded(command: string, overrides: Partial<ServiceWorld> = inProgress): ServiceWorld {
  const metadata = { annotations: { [annotations.stopDeployment]: command } };
  return serviceWorld({ ...overrides, service: service({}, { metadata, status: overrides.service?.status }) });
}

describe('a command to stop a deployment', () => {
  const followed: Record<string, boolean> = {
    [`${current} ROLLBACK`]: true,
    [`${current} ABORT`]: false,
    [` ${current} ABORT\n`]: false,
  };
  for (const [command, rollback] of Object.entries(followed)) {
    it(`is followed: ${JSON.stringify(command)}`, () => {
      const world = commanded(command);
      const verdict = commandVerdict(world, second);
      assert.deepEqual([verdict?.cause, verdict?.rollback], ['command', rollback]);
      assert.deepEqual([commandConditions(world), commandNews(world)], [[], []]);
    });
  }

  const stopped: DeploymentOutcome = { state: 'STOPPED', at: iso(90), endedBy: 'command', sequence: 2 };
  const rollback = { ...stopped, rolledBackTo: first.digits };
  const done = { ...second, outcome: stopped };
  const refused: Record<
    string,
    { readonly world: ServiceWorld; readonly want: readonly [reason: string, message: RegExp] }
  > = {
    'without a type': {
      world: commanded(current),
      want: ['InvalidCommand', /is "ecs-svc\/\d+2": .* such as "ecs-svc\/\d+2 ROLLBACK"/],
    },
    'of another type': { world: commanded(`${current} rollback`), want: ['InvalidCommand', /2 rollback"/] },
    'with more': { world: commanded(`${current} ABORT now`), want: ['InvalidCommand', /ABORT now"/] },
    'with digits alone': { world: commanded(`${second.digits} ABORT`), want: ['InvalidCommand', /it has to be/] },
    empty: { world: commanded(''), want: ['InvalidCommand', /is ""/] },
    'as long as an essay': { world: commanded('x'.repeat(9999)), want: ['InvalidCommand', /^.{1,400}$/] },
    'about a stranger': {
      world: commanded('ecs-svc/7 ABORT'),
      want: ['DeploymentNotFound', /names ecs-svc\/7, which is no deployment/],
    },
    'about one that was completed': {
      world: commanded(`${old} ROLLBACK`),
      want: ['DeploymentNotInProgress', /was completed at 2026-01-01T12:00:50Z: nothing is done/],
    },
    'about one that has just been completed': {
      world: commanded(`${old} ABORT`, { tasks: tasks(1) }),
      want: ['DeploymentNotInProgress', /is complete/],
    },
    'about one that has failed by itself': {
      world: commanded(`${current} ABORT`, {
        ...inProgress,
        deployments: [good, { ...second, outcome: { ...stopped, state: 'FAILED', endedBy: 'circuitBreaker' } }],
      }),
      want: ['DeploymentNotInProgress', /has failed at/],
    },
    'about one in whose place another has come': {
      world: commanded(`${old} ABORT`, { ...inProgress, deployments: [first, second] }),
      want: ['DeploymentNotInProgress', /a newer one has taken the place of/],
    },
    'about a rollback': {
      world: commanded(`${old} ABORT`, {
        ...inProgress,
        deployments: [
          { ...good, sequence: 3 },
          { ...second, outcome: rollback },
        ],
        tasks: tasks(1, pending),
      }),
      want: ['DeploymentNotInProgress', /is a rollback/],
    },
    'to roll back to nothing': {
      world: commanded(`${current} ROLLBACK`, { ...inProgress, deployments: [first, second] }),
      want: ['NothingToRollBackTo', /there is nothing to roll back to; ABORT stops it/],
    },
  };
  for (const [sentence, { world, want }] of Object.entries(refused)) {
    it(`is refused ${sentence}: nothing is done, and it is told once`, () => {
      const [reason, message] = want;
      const [condition] = commandConditions(world);
      assert.deepEqual(
        [condition?.type, condition?.status, condition?.reason],
        ['StopDeploymentRefused', 'True', reason],
      );
      assert.match(condition?.message ?? '', message);
      const found = look(world);
      assert(!found.outcomes.some((outcome) => outcome.endsWith('FAILED')));
      assert(messages(found.events).includes(`was unable to stop a deployment: ${condition?.message ?? ''}`));
      const again = look({
        ...world,
        service: service({}, { metadata: world.service.metadata, status: found.status }),
      });
      assert(!messages(again.events).some((each) => each.startsWith('was unable')));
    });
  }

  it('is done once: it may stay for ever', () => {
    for (const deployments of [
      [good, done],
      [good, done, { ...second, sequence: 3, digits: '3' }],
    ]) {
      const world = commanded(`${current} ABORT`, { ...inProgress, deployments });
      assert.deepEqual([commandConditions(world), commandNews(world)], [[], []]);
      assert(!look(world).outcomes.includes('record #2 as STOPPED'));
    }
  });

  it('is none where there is no annotation', () => {
    const world = serviceWorld(inProgress);
    assert.deepEqual([commandConditions(world), commandVerdict(world, second)], [[], undefined]);
  });

  it('is told of also in the look that begins a deployment', () => {
    const world = commanded('nonsense', { deployments: [] });
    assert.equal(look(world).events.length, 1);
  });
});
