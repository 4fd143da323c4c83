import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { annotations } from '../../../src/api/labels.ts';
import type { DeploymentOrigin } from '../../../src/core/service/deployment.ts';
import { planService } from '../../../src/core/service/plan.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import { describeTask } from '../../../src/core/task/view.ts';
import { byLaunchType, deploymentRecord, instant, iso, pod, service, snapshot } from '../../support/builders.ts';
import { running as runningContainer } from '../../support/container-status.ts';
import { look, nextFound, second, serviceWorld, tasks } from '../../support/world.ts';

const completed = { state: 'COMPLETED', at: iso(50), sequence: 1 } as const;

function forcing(forceNewDeployment?: string): ServiceWorld['service'] {
  return service({ kubernetes: forceNewDeployment === undefined ? {} : { forceNewDeployment } });
}

/** A service at rest whose PRIMARY deployment was made with that text. */
function deployed(force?: string): ServiceWorld {
  const held = snapshot(force === undefined ? {} : { force });
  return serviceWorld({ deployments: [deploymentRecord({ snapshot: held, outcome: completed })], tasks: tasks(1) });
}

describe('forceNewDeployment', () => {
  const cases: Record<string, { readonly from?: string; readonly to?: string; readonly want: readonly string[] }> = {
    'starts a deployment when it is set': { to: 'a', want: ['create #2 of web:1'] },
    'starts a deployment when it is another one': { from: 'a', to: 'b', want: ['create #2 of web:1'] },
    'starts nothing when it stays': { from: 'a', to: 'a', want: [] },
    'starts nothing when it is taken away': { from: 'a', want: [] },
    'starts nothing where there is none': { want: [] },
  };
  for (const [sentence, { from, to, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(planService({ ...deployed(from), service: forcing(to) }).steps.length, want.length);
      assert.deepEqual(look({ ...deployed(from), service: forcing(to) }).steps, want);
    });
  }

  it('starts a deployment of the same content, with the text', () => {
    const [step] = planService({ ...deployed('a'), service: forcing('b') }).steps;
    assert(step?.kind === 'createDeployment');
    assert.deepEqual(step.deployment.snapshot, { ...snapshot(), force: 'b' });
  });

  it('that is taken away together with a change starts a deployment without it', () => {
    const [step] = planService({ ...deployed('a'), resolution: nextFound }).steps;
    assert(step?.kind === 'createDeployment');
    assert.equal(step.deployment.snapshot.force, undefined);
  });

  const rejected = { state: 'FAILED', at: iso(60), endedBy: 'circuitBreaker', isRejected: true, sequence: 2 } as const;
  const [plain, forced] = [
    deploymentRecord({ sequence: 3, digits: '1', outcome: { ...completed, sequence: 3 } }),
    deploymentRecord({
      sequence: 2,
      snapshot: { ...second.snapshot, force: 'a' },
      outcome: rejected,
    }),
  ];
  const rolledBack = serviceWorld({
    resolution: nextFound,
    deployments: [plain, forced],
    tasks: tasks(1, { deployment: '1' }),
  });

  it('is the way to try again what was rejected, and taking it away is not', () => {
    for (const [text, want] of [
      ['a', []],
      [undefined, []],
      ['b', ['create #4 of web:2']],
    ] as const) {
      assert.deepEqual(look({ ...rolledBack, service: forcing(text) }).steps, want, text);
    }
  });
});

describe('what began a deployment', () => {
  const causeOf = (world: ServiceWorld): DeploymentOrigin | undefined => {
    const step = planService(world).steps.find(
      ({ kind }) => kind === 'createDeployment' || kind === 'promoteDeployment',
    );
    if (step?.kind === 'promoteDeployment') return step.origin;
    return step?.kind === 'createDeployment' ? step.deployment.origin : undefined;
  };
  const explained = service({}, { metadata: { annotations: { [annotations.changeCause]: 'y'.repeat(300) } } });

  const cases: Record<string, { readonly world: ServiceWorld; readonly want: DeploymentOrigin }> = {
    'the service': { world: serviceWorld({ deployments: [] }), want: { cause: 'SERVICE_CREATED' } },
    'a new revision of the family': {
      world: { ...deployed(), resolution: nextFound },
      want: { cause: 'NEW_REVISION' },
    },
    'another revision in the spec': {
      world: { ...deployed(), resolution: nextFound, service: service({ taskDefinition: 'web:2' }) },
      want: { cause: 'SPEC_CHANGED' },
    },
    'another launch type': {
      world: { ...deployed(), capacity: byLaunchType({ launchType: 'FARGATE' }) },
      want: { cause: 'SPEC_CHANGED' },
    },
    'a text to force it': { world: { ...deployed(), service: forcing('a') }, want: { cause: 'FORCED' } },
    'a text taken away with another launch type': {
      world: { ...deployed('a'), capacity: byLaunchType({ launchType: 'FARGATE' }) },
      want: { cause: 'SPEC_CHANGED' },
    },
    'going back': {
      world: {
        ...deployed(),
        deployments: [
          deploymentRecord(),
          deploymentRecord({ sequence: 2, snapshot: snapshot({ launchType: 'FARGATE' }) }),
        ],
      },
      want: { cause: 'SPEC_CHANGED' },
    },
  };
  for (const [sentence, { world, want }] of Object.entries(cases)) {
    it(`is told: ${sentence}`, () => {
      assert.deepEqual(causeOf(world), want);
    });
  }

  it('is told in the words of whoever did it, as far as they fit', () => {
    const { changeCause = '' } = causeOf(serviceWorld({ deployments: [], service: explained })) ?? {};
    assert.deepEqual([changeCause.length, changeCause.at(-1)], [256, '…']);
  });
});

describe('an operator whose renderer writes other pods', () => {
  /** The pod of a running task as another version of the operator would have made it. */
  const rendered = pod({
    task: { launch: 1 },
    metadata: {
      labels: { 'ecs-operator.dev/of-another-version': 'x', team: 'injected' },
      annotations: { 'ecs-operator.dev/of-another-version': 'x' },
    },
    spec: { priorityClassName: 'of-another-version', terminationGracePeriodSeconds: 7 },
    status: { phase: 'Running', containerStatuses: [runningContainer('app')] },
  });

  it('restarts nothing of a running service', () => {
    const world = serviceWorld({
      now: instant(1000),
      deployments: [deploymentRecord({ outcome: completed })],
      tasks: [describeTask(rendered)],
    });
    assert.deepEqual(planService(world).steps, []);
    assert.equal(look(world).status.conditions?.[0]?.reason, 'SteadyState');
  });
});
