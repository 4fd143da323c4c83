import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CapacityResolution } from '../../../src/core/capacity/resolve.ts';
import { planService } from '../../../src/core/service/plan.ts';
import { lastCapacityOf } from '../../../src/core/service/capacity.ts';
import type { ServiceWorld } from '../../../src/core/service/world.ts';
import { resolutionFor } from '../../../src/core/task-definition/launch.ts';
import { byLaunchType, content, deploymentRecord, service, snapshot, taskView } from '../../support/builders.ts';
import { byStrategy, offer, strategy } from '../../support/capacity.ts';
import { after, first, look, rolling, second, serviceWorld, tasks } from '../../support/world.ts';

/** The providers of the tasks that a look at that world starts, and of those that it stops. */
function moves(world: ServiceWorld): { readonly started: string; readonly stopped: string } {
  const { steps } = planService(world);
  const started = steps.flatMap((step) =>
    step.kind === 'startTask' ? [nameOf(step.task.capacity.provider?.name)] : [],
  );
  const stopped = steps.flatMap((step) => (step.kind === 'stopTask' ? [nameOf(step.task.provider)] : []));
  return { started: started.join(' '), stopped: stopped.join(' ') };
}

function nameOf(provider: string | undefined): string {
  return provider ?? '-';
}

/** Healthy tasks of these providers, on ids that tell their order. */
function on(...names: readonly string[]): ServiceWorld['tasks'] {
  return names.map((provider, index) =>
    taskView({ id: `task-${String(index + 1).padStart(2, '0')}`, launch: index + 1, provider }),
  );
}

const oneToFour = byStrategy('general:1:1', 'compute:4');
const six = service({ desiredCount: 6 });
const missing: CapacityResolution = { kind: 'missing', reason: 'CapacityProviderNotFound', message: 'No gold.' };

describe('A service with a strategy', () => {
  const cases: Record<
    string,
    { world: Partial<ServiceWorld>; want: { readonly started?: string; readonly stopped?: string } }
  > = {
    'starts its first task on the base': {
      world: { capacity: oneToFour },
      want: { started: 'general' },
    },
    'starts by base and weights': {
      world: { capacity: oneToFour, service: six },
      want: { started: 'general general compute compute compute compute' },
    },
    'replaces a task where it is missing': {
      world: { capacity: oneToFour, service: six, tasks: on('general', 'compute', 'compute', 'general', 'compute') },
      want: { started: 'compute' },
    },
    'counts no task that is stopping': {
      world: {
        capacity: byStrategy('general:1', 'compute:1'),
        service: service({ desiredCount: 2 }),
        tasks: [...on('general'), taskView({ id: 'b', provider: 'compute', desiredStatus: 'STOPPED' })],
      },
      want: { started: 'compute' },
    },
    'scales in by its shares': {
      world: {
        capacity: byStrategy('general:1', 'compute:1'),
        service: service({ desiredCount: 2 }),
        tasks: on('general', 'general', 'general', 'compute'),
      },
      want: { stopped: 'general general' },
    },
    'counts the tasks of the deployment that it rolls out, and no older ones': {
      world: {
        ...rolling,
        capacity: byStrategy('general:1', 'compute:1'),
        service: service({ desiredCount: 2 }),
        tasks: on('compute', 'compute').map((task) => ({ ...task, deployment: first.digits })),
      },
      want: { started: 'general compute' },
    },
    'moves no task when the strategy changes': {
      world: { capacity: byStrategy('compute'), service: six, tasks: on(...Array<string>(6).fill('general')) },
      want: {},
    },
    'starts the next ones by a changed strategy': {
      world: { capacity: byStrategy('compute'), service: six, tasks: on('general', 'general', 'general') },
      want: { started: 'compute compute compute' },
    },
    'that names what there is not goes on with the one before': {
      world: { capacity: missing, lastCapacity: byStrategy('compute'), service: six, tasks: on('compute') },
      want: { started: 'compute compute compute compute compute' },
    },
    'that names what there is not goes on by its launch type, where it did before': {
      world: { capacity: missing, service: service({ desiredCount: 2 }), tasks: tasks(1) },
      want: { started: '-' },
    },
    'whose last provider is gone as well starts nothing': {
      world: { capacity: missing, lastCapacity: missing, service: six, tasks: on('compute') },
      want: {},
    },
    'whose last provider is gone as well still stops what is too much': {
      world: { capacity: missing, lastCapacity: missing, tasks: on('compute', 'compute') },
      want: { stopped: 'compute' },
    },
  };
  for (const [sentence, { world, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(moves(serviceWorld({ ...world })), { started: '', stopped: '', ...want });
    });
  }

  it('of Fargate that its task definition does not fit keeps the nodes of the deployment before', () => {
    const found = { kind: 'found', taskDefinition: 'web:1', content: { ...content(), networkMode: 'bridge' } } as const;
    const world = serviceWorld({
      service: six,
      tasks: on('compute'),
      capacity: byStrategy('FARGATE'),
      lastCapacity: byStrategy('compute'),
      resolution: resolutionFor({}, byStrategy('FARGATE'), found),
    });
    assert.equal(moves(world).started, 'compute compute compute compute compute');
  });

  it('begins no deployment when the strategy changes, and one when its tasks have to fit Fargate', () => {
    const world = serviceWorld({ tasks: tasks(1), capacity: byStrategy('general') });
    assert.deepEqual(look(world).steps, []);
    assert.deepEqual(look({ ...world, capacity: byStrategy('FARGATE_SPOT') }).steps, ['create #2 of web:1']);
  });

  it('starts what stands in for FARGATE_SPOT as a pod for nodes', () => {
    const onFargate = snapshot({ launchType: 'FARGATE' });
    const world = serviceWorld({
      deployments: [deploymentRecord({ snapshot: onFargate })],
      capacity: byStrategy('FARGATE_SPOT'),
    });
    const [step] = planService(world).steps;
    assert.ok(step?.kind === 'startTask');
    assert.deepEqual([step.task.snapshot.launchType, step.task.capacity.launchType], ['FARGATE', 'EC2']);
  });

  it('is stalled by a provider that there is not, and says which', () => {
    const found = { kind: 'found', taskDefinition: 'web:1', content: content() } as const;
    const world = serviceWorld({ capacity: missing, resolution: resolutionFor({}, missing, found), deployments: [] });
    const { steps, status } = look(world);
    const conditions = status.conditions?.map(({ type, reason, message }) => `${type} ${reason} ${message}`);
    assert.deepEqual(steps, []);
    assert.deepEqual(conditions, [
      'Ready CapacityProviderNotFound No gold.',
      'Stalled CapacityProviderNotFound No gold.',
    ]);
  });
});

describe('The status of a service', () => {
  const shown = strategy('FARGATE_SPOT:1:0');

  it('says by what strategy tasks are started, in names of ECS', () => {
    const world = serviceWorld({
      deployments: [deploymentRecord({ snapshot: snapshot({ launchType: 'FARGATE' }) })],
      capacity: byStrategy('spot:1'),
    });
    const { capacityProviderStrategy, deployments } = look(world).status;
    assert.deepEqual(capacityProviderStrategy, shown);
    assert.deepEqual([deployments?.[0]?.capacityProviderStrategy, deployments?.[0]?.launchType], [shown, undefined]);
  });

  it('says it no more once tasks are started by their launch type', () => {
    const world = serviceWorld({ capacity: byStrategy('general') });
    const { status } = look({ ...after(world, look(world)), capacity: byLaunchType() });
    assert.ok(!('capacityProviderStrategy' in status));
    const [primary] = status.deployments ?? [];
    assert.deepEqual([primary?.launchType, primary?.capacityProviderStrategy], ['EC2', undefined]);
  });

  it('keeps what it said while nothing can be started', () => {
    const world = serviceWorld({ capacity: byStrategy('general') });
    const before = look(world);
    const { status } = look({ ...after(world, before), capacity: missing, lastCapacity: missing });
    assert.deepEqual(status.capacityProviderStrategy, before.status.capacityProviderStrategy);
    assert.deepEqual(
      status.deployments?.[0]?.capacityProviderStrategy,
      before.status.deployments?.[0]?.capacityProviderStrategy,
    );
  });

  it('keeps what it said of a deployment that is PRIMARY no more', () => {
    const world = serviceWorld({ capacity: byStrategy('general'), tasks: tasks(1) });
    const rollingOut = { ...after(world, look(world)), ...rolling, capacity: byStrategy('compute') };
    const { deployments = [] } = look(rollingOut).status;
    assert.deepEqual(
      deployments.map(({ id, capacityProviderStrategy = [] }) => [id, capacityProviderStrategy[0]?.capacityProvider]),
      [
        [`ecs-svc/${second.digits}`, 'compute'],
        [`ecs-svc/${first.digits}`, 'general'],
      ],
    );
  });

  it('is what a service goes on with', () => {
    const remembered = service({}, { status: { capacityProviderStrategy: [...strategy('general:1:0')] } });
    assert.deepEqual(lastCapacityOf(remembered, offer()), byStrategy('general:1'));
    assert.equal(lastCapacityOf(remembered, offer({ providers: [] })).kind, 'missing');
    assert.deepEqual(lastCapacityOf(service(), offer()), byLaunchType());
  });
});
