import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { DeploymentStatus } from '../../src/api/service-status.ts';
import type { Service } from '../../src/api/service.ts';
import { passesTheAudit } from '../support/audit.ts';
import { applyAll, eventually, kubectl, makeNamespace } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { RealPrometheus, whyNoPrometheus } from '../support/prometheus.ts';
import { SuiteOperator } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `alarms-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const objects = objectsIn(namespace);
const definition = (name: string, tag: number): object => manifests.taskDefinition(name, `registry.example/web:${tag}`);

/** A service of one task with those alarms, and without a bake time unless `spec` has one. */
function service(name: string, alarmNames: readonly string[], { bakeTimeInMinutes = 0, ...spec }: Bake = {}): object {
  const alarms = { alarmNames, enable: true, rollback: true };
  return manifests.service(name, 1, { deploymentConfiguration: { alarms, bakeTimeInMinutes }, ...spec });
}

interface Bake {
  readonly bakeTimeInMinutes?: number;
  readonly kubernetes?: object;
}

const read = (name: string): Promise<Service> => objects.get('ecssvc', name);

async function primaryOf(name: string): Promise<DeploymentStatus> {
  const [primary] = (await read(name)).status?.deployments ?? [];
  assert.ok(primary);
  return primary;
}

async function completed(name: string): Promise<DeploymentStatus> {
  await objects.wait(`ecssvc/${name}`, 'condition=Ready');
  const primary = await primaryOf(name);
  assert.equal(primary.rolloutState, 'COMPLETED');
  return primary;
}

async function messagesOf(name: string): Promise<string> {
  return ((await read(name)).status?.events ?? []).map(({ message }) => message).join('\n');
}

const missing = whyNoPrometheus();

describe(`alarms of a real Prometheus${missing === undefined ? '' : ` (SKIPPED: ${missing})`}`, function () {
  this.timeout(120_000);
  const operator = new SuiteOperator(namespace);
  let prometheus: RealPrometheus;

  before(async function () {
    if (missing !== undefined) this.skip();
    prometheus = await RealPrometheus.start(['Errors', 'Before']);
    prometheus.fire('Before');
    await eventually(async () => assert.equal(await prometheus.query('ALERTS{alertstate="firing"}'), '1'));
    await makeNamespace(namespace);
    await operator.start('--prometheus-url', prometheus.url);
    await applyAll(
      manifests.cluster(),
      ...['web', 'old', 'down'].map((name) => definition(name, 1)),
      service('web', ['Errors', 'ByExpression'], { bakeTimeInMinutes: 5, kubernetes: byExpression }),
      service('old', ['Before', 'Erors']),
    );
  });

  after(async () => {
    if (missing !== undefined) return;
    await operator.stop();
    await prometheus.stop();
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  const byExpression = { alarms: [{ name: 'ByExpression', expression: 'gauge{alert="Errors"} > 0' }] };

  it('one that fires when a deployment begins is ignored, and one that does not exist holds nothing up', async () => {
    const { alarms } = await completed('old');
    assert.deepEqual(alarms, {
      status: 'MONITORING_COMPLETE',
      alarmNames: ['Before'],
      ignoredAlarmNames: ['Before'],
    });
    const messages = await messagesOf('old');
    assert.match(messages, /ignores alarms that fired when it began: Before\./);
    assert.match(messages, /alarmNames has "Erors", and Prometheus has no alerting rule .*; there is "Errors"\./);
  });

  it('one that fires while a deployment bakes fails it, by its rule and by an expression', async () => {
    await eventually(async () => {
      const { alarms, bakeStartedAt, rolloutState } = await primaryOf('web');
      assert.deepEqual(alarms, { status: 'MONITORING', alarmNames: ['Errors', 'ByExpression'] });
      assert.ok(bakeStartedAt !== undefined);
      assert.equal(rolloutState, 'IN_PROGRESS');
    });
    const ready = conditionOf(await read('web'), 'Ready');
    assert.match(ready?.message ?? '', /baking until .*Z; alarms watched: Errors, ByExpression\.$/);
    prometheus.fire('Errors');
    await eventually(async () => {
      const { alarms, rolloutState } = await primaryOf('web');
      assert.deepEqual([alarms?.status, alarms?.triggeredAlarmNames], ['TRIGGERED', ['Errors', 'ByExpression']]);
      assert.equal(rolloutState, 'FAILED');
    });
    assert.match(await messagesOf('web'), /deployment failed: alarm detected\./);
  });

  it('a Prometheus that is down fails no deployment, and is told', async () => {
    await prometheus.stop();
    await applyAll(service('down', ['Errors']));
    await completed('down');
    assert.match(
      await messagesOf('down'),
      /goes on without alarms: .* Prometheus at \S+ cannot be reached: ECONNREFUSED\./,
    );
    assert.equal(conditionOf(await read('down'), 'AlarmsNotWatched'), undefined);
  });

  passesTheAudit(namespace);
});
