import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { clusterKind, type Cluster } from '../../../src/api/cluster.ts';
import { apiVersion } from '../../../src/api/meta.ts';
import { planCluster } from '../../../src/core/cluster/plan.ts';
import { deepFreeze, instant, iso, service } from '../../support/builders.ts';
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
    const { status, ...rest } = planCluster({ now: instant(), cluster, services, tasks: [] });
    const { activeServicesCount, runningTasksCount, pendingTasksCount } = status;
    assert.deepEqual([activeServicesCount, runningTasksCount, pendingTasksCount], [3, 5, 1]);
    assert.deepEqual(rest, { steps: [], events: [] });
  });

  it('adds standalone tasks that run or are about to, and none that stop or have stopped', () => {
    const states = ['PROVISIONING', 'PENDING', 'RUNNING', 'STOPPING', 'STOPPED'] as const;
    const tasks = [...states.map((lastStatus) => task({}, { status: { lastStatus } })), task()];
    const services = [service({}, { status: { runningCount: 3, pendingCount: 1 } })];
    const { status } = planCluster({ now: instant(), cluster, services, tasks });
    assert.deepEqual([status.activeServicesCount, status.runningTasksCount, status.pendingTasksCount], [1, 4, 3]);
  });

  it('is Ready for what was looked at, and stays so', () => {
    const { status } = planCluster({ now: instant(), cluster, services: [], tasks: [] });
    assert.deepEqual(
      [status.status, status.observedGeneration, status.conditions?.map((each) => `${each.type}=${each.status}`)],
      ['ACTIVE', 3, ['Ready=True']],
    );
    const later = planCluster({ now: instant(60), cluster: { ...cluster, status }, services: [], tasks: [] });
    assert.deepEqual(later.status, status);
    assert.deepEqual(clusterKind.status.parse(status), status);
  });
});
