import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { clusterKind, type Cluster } from '../../../src/api/cluster.ts';
import { apiVersion } from '../../../src/api/meta.ts';
import { planCluster } from '../../../src/core/cluster/plan.ts';
import { deepFreeze, instant, iso, service } from '../../support/builders.ts';
import { providers, strategy } from '../../support/capacity.ts';
import { task } from '../../support/standalone.ts';

const cluster: Cluster = deepFreeze({
  apiVersion,
  kind: clusterKind.kind,
  metadata: { name: 'default', uid: 'uid-of-default', resourceVersion: '1', generation: 3, creationTimestamp: iso() },
  spec: {},
});

describe('planCluster', () => {
  it('sums up the services that name it, those without a status too', () => {
    const services = [
      service({}, { status: { runningCount: 3, pendingCount: 1 } }),
      service({}, { status: { runningCount: 2, pendingCount: 0 } }),
      service(),
    ];
    const { status, ...rest } = planCluster({ now: instant(), cluster, services, tasks: [], providers: [] });
    const { activeServicesCount, runningTasksCount, pendingTasksCount } = status;
    assert.deepEqual([activeServicesCount, runningTasksCount, pendingTasksCount], [3, 5, 1]);
    assert.deepEqual(rest, { steps: [], events: [] });
  });

  it('adds standalone tasks that run or are about to, and none that stop or have stopped', () => {
    const states = ['PROVISIONING', 'PENDING', 'RUNNING', 'STOPPING', 'STOPPED'] as const;
    const tasks = [...states.map((lastStatus) => task({}, { status: { lastStatus } })), task()];
    const services = [service({}, { status: { runningCount: 3, pendingCount: 1 } })];
    const { status } = planCluster({ now: instant(), cluster, services, tasks, providers: [] });
    assert.deepEqual([status.activeServicesCount, status.runningTasksCount, status.pendingTasksCount], [1, 4, 3]);
  });

  it('is Ready for what was looked at, and stays so', () => {
    const { status } = planCluster({ now: instant(), cluster, services: [], tasks: [], providers: [] });
    assert.deepEqual(
      [status.status, status.observedGeneration, status.conditions?.map((each) => `${each.type}=${each.status}`)],
      ['ACTIVE', 3, ['Ready=True']],
    );
    const later = planCluster({
      now: instant(60),
      cluster: { ...cluster, status },
      services: [],
      tasks: [],
      providers: [],
    });
    assert.deepEqual(later.status, status);
    assert.deepEqual(clusterKind.status.parse(status), status);
  });

  const cases: Record<string, { readonly spec: Cluster['spec']; readonly want: string }> = {
    'of which all capacity providers can be used is Ready': {
      spec: { capacityProviders: ['general', 'FARGATE'], defaultCapacityProviderStrategy: [...strategy('general')] },
      want: 'Ready=True Active: The cluster takes services and tasks.',
    },
    'that lists one that there is not is stalled': {
      spec: { capacityProviders: ['general', 'gold'] },
      want: 'Stalled=True CapacityProviderNotFound: capacityProviders names capacity provider gold, which does not exist: there are FARGATE, FARGATE_SPOT, compute, general.',
    },
    'whose default strategy names one that it does not list is stalled': {
      spec: { capacityProviders: ['general'], defaultCapacityProviderStrategy: [...strategy('compute')] },
      want: 'Stalled=True CapacityProviderNotInCluster: defaultCapacityProviderStrategy of ECSCluster default names capacity provider compute, which is not among the capacityProviders of ECSCluster default (general).',
    },
    'whose default strategy mixes Fargate with nodes is stalled': {
      spec: { defaultCapacityProviderStrategy: [...strategy('general:1', 'FARGATE:1')] },
      want: 'Stalled=True InvalidCapacityProviderStrategy: defaultCapacityProviderStrategy of ECSCluster default mixes Fargate (FARGATE) with nodes (general): a strategy has one of the two.',
    },
  };
  for (const [sentence, { spec, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const world = { now: instant(), cluster: { ...cluster, spec }, services: [], tasks: [], providers };
      const { conditions = [] } = planCluster(world).status;
      const last = conditions.at(-1);
      assert.equal(`${last?.type ?? ''}=${last?.status ?? ''} ${last?.reason ?? ''}: ${last?.message ?? ''}`, want);
    });
  }
});
