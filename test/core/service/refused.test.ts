import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { planService } from '../../../src/core/service/plan.ts';
import { service } from '../../support/builders.ts';
import { after, look, messages, rolling, serviceWorld, tasks, type Failures, type Look } from '../../support/world.ts';

const world = serviceWorld({ service: service({ desiredCount: 3 }) });
const quota = (used: number): Failures => ({
  kind: 'startTask',
  refusal: 'QuotaExceeded',
  message: `pods "web-1" is forbidden: exceeded quota: few, requested: pods=1, used: pods=${String(used)}, limited: pods=2`,
});

/** `Type=Status Reason`, in their order. */
function conditions({ status }: Look): string[] {
  return (status.conditions ?? []).map(({ type, status: holds, reason }) => `${type}=${holds} ${reason}`);
}

describe('a service whose tasks are refused', () => {
  it('says so in its conditions, before how far it is', () => {
    const refused = look(world, quota(2));
    assert.deepEqual(conditions(refused), ['Ready=False QuotaExceeded', 'Reconciling=True QuotaExceeded']);
    assert.match(
      refused.status.conditions?.[0]?.message ?? '',
      /used: pods=2, .* Raise that quota .* 0 of 3 tasks of /,
    );
  });

  it('tells an event in the words of ECS, and none again because others use more or less of the quota', () => {
    const refused = look(world, quota(2));
    const want = 'was unable to place a task. Reason: exceeded quota: few, requested: pods=1, limited: pods=2.';
    assert.deepEqual(messages(refused.events), [want]);
    assert.deepEqual(look(after(world, refused, 60), quota(1)).events, []);
  });

  it('goes on as before once they are taken', () => {
    const refused = look(world, quota(2));
    const taken = look(after(world, refused, 60));
    assert.deepEqual(conditions(taken), ['Ready=False DeploymentInProgress', 'Reconciling=True DeploymentInProgress']);
  });

  it('says the same of the deployment that goes before them', () => {
    const refused = look({ ...world, deployments: [] }, { ...quota(0), kind: 'createDeployment' });
    assert.deepEqual(conditions(refused), ['Ready=False QuotaExceeded', 'Reconciling=True QuotaExceeded']);
  });

  it('is stalled, and tells no event, in a namespace that is being deleted', () => {
    const gone = look(world, { kind: 'startTask', refusal: 'NamespaceTerminating' });
    assert.deepEqual(conditions(gone), ['Ready=False NamespaceTerminating', 'Stalled=True NamespaceTerminating']);
    assert.deepEqual(gone.events, []);
  });

  it('keeps its conditions after a fault, which is no refusal', () => {
    assert.deepEqual(conditions(look(world, { kind: 'startTask' })), conditions(look(world)));
  });

  it('stops old tasks before it starts new ones: a refused start would hold the stops back, which make room', () => {
    const bounds = { minimumHealthyPercent: 50, maximumPercent: 150 };
    const turning = serviceWorld({
      ...rolling,
      service: service({ desiredCount: 2, deploymentConfiguration: bounds }),
      tasks: tasks(2),
    });
    assert.deepEqual(
      planService(turning).steps.map(({ kind }) => kind),
      ['stopTask', 'startTask', 'recordOutcome'],
    );
  });
});
