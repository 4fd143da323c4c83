import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import type { DeploymentStatus } from '../../src/api/service-status.ts';
import type { Service } from '../../src/api/service.ts';
import { passesTheAudit, podsCreated } from '../support/audit.ts';
import { eventually } from '../support/cluster.ts';
import { container, messages, obedient, RealTasks } from '../support/real-tasks.ts';

const tasks = new RealTasks(`kubelet-breaker-${String(process.pid)}`);

/** The circuit breaker trips with the second failure. */
function breaker(rollback: boolean): object {
  const thresholdConfiguration = { type: 'COUNT', value: 2 };
  return { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback, thresholdConfiguration } } };
}

const passing = { healthCheck: { command: ['CMD', 'true'], interval: 5 } };
const failing = { healthCheck: { command: ['CMD', 'false'], interval: 5, retries: 2, timeout: 2 } };

/** A service once its deployment has failed. */
function stalled(name: string): Promise<Service> {
  return eventually(async () => {
    const service = await tasks.service(name);
    assert.equal(condition(service, 'Stalled')?.status, 'True');
    return service;
  });
}

function condition(
  { status }: Service,
  wanted: string,
): { status: string; reason: string; message: string } | undefined {
  return status?.conditions?.find(({ type }) => type === wanted);
}

function primaryOf({ status }: Service): DeploymentStatus {
  const [primary] = status?.deployments ?? [];
  assert.ok(primary);
  return primary;
}

/** A deployment has failed, and nothing takes its place. */
function standsStill(service: Service, last: string): void {
  const { id, taskDefinition, ...primary } = primaryOf(service);
  assert.deepEqual(primary.deploymentCircuitBreaker, { status: 'TRIGGERED', failureCount: 2, threshold: 2 });
  assert.equal(primary.rolloutState, 'FAILED');
  assert.equal(primary.rolloutStateReason, 'ECS deployment circuit breaker: tasks failed to start.');
  assert.match(messages(service), new RegExp(`\\(deployment ${id}\\) deployment failed: tasks failed to start\\.`));
  for (const type of ['Ready', 'Stalled']) {
    const { reason, message = '' } = condition(service, type) ?? {};
    assert.equal(reason, 'DeploymentFailed');
    const start =
      `${id} (${taskDefinition}) has failed: tasks failed to start. 2 of 2 failures of ${id}, last: ${last}. ` +
      'It is not rolled back: none of its tasks is started any more, and those that run stay. ';
    assert.equal(message.slice(0, start.length), start);
  }
}

describe('the circuit breaker and real containers', function () {
  this.timeout(120_000);
  tasks.runsOperator();

  before(async () => {
    await Promise.all([
      // Characters that Go's JSON has otherwise: its deployment is written down with them, and then how that ended.
      tasks.deploy('dies', breaker(false), container('app', 'echo "<up>" > /tmp/log && sleep 20; exit 3')),
      tasks.deploy('sick', { desiredCount: 2, ...breaker(false) }, container('app', obedient, failing)),
      tasks.deploy('greedy', breaker(true), container('app', obedient, passing)),
    ]);
    await tasks.steady('greedy');
    const greedy = container('app', 'sleep 2; exec tail /dev/zero', { memory: 32, ...passing });
    await tasks.deploy('greedy', breaker(true), greedy);
  });

  it('is tripped by containers that are killed for their memory, and the task that was healthy runs on', async () => {
    await stalled('greedy');
    const { service, failed } = await eventually(async () => {
      const now = await tasks.service('greedy');
      const ended = now.status?.deploymentHistory?.find((each) => each.taskDefinition === 'greedy:2');
      assert.equal(ended?.status, 'ROLLBACK_SUCCESSFUL');
      return { service: now, failed: ended };
    });
    const { id, taskDefinition, rolloutState } = primaryOf(service);
    assert.deepEqual([taskDefinition, rolloutState, failed.rolledBackTo], ['greedy:1', 'COMPLETED', id]);
    const { reason, message } = condition(service, 'Stalled') ?? {};
    assert.equal(reason, 'DeploymentRolledBack');
    const start =
      `${failed.id} (greedy:2) has failed: tasks failed to start. 2 of 2 failures of ${failed.id}, ` +
      `last: OutOfMemoryError in app. It was rolled back to ${id} (greedy:1). `;
    assert.equal(message?.slice(0, start.length), start);
    assert.match(messages(service), /rolling back to deployment ecs-svc\/\d+\./);
  });

  it('is tripped by containers that never become healthy', async () => {
    const service = await stalled('sick');
    standsStill(service, 'failed container health checks');
    assert.match(messages(service), /\(task \w+\) failed container health checks\./);
  });

  it('is tripped by containers that end twenty seconds after their start', async () => {
    standsStill(await stalled('dies'), 'exit code 3 in app');
  });

  it('has no further task started', () => {
    const counts = ['dies', 'sick', 'greedy'].map(
      (service) => podsCreated(tasks.namespace).filter((name) => name.startsWith(`${service}-`)).length,
    );
    assert.deepEqual(counts, [2, 2, 3]);
  });

  passesTheAudit(tasks.namespace);
});
