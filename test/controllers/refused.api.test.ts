import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import type { Service } from '../../src/api/service.ts';
import type { Task } from '../../src/api/task.ts';
import { isOperator, receivedMs, type AuditEntry } from '../support/audit-check.ts';
import { auditOf, passesTheAudit } from '../support/audit.ts';
import { applyAll, eventually, kubectl } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Long enough for seven attempts with delays that double from 0.1 s on, not for a loop to hide in. */
const watchedMs = 20_000;
/** Their delays are shortened by up to a half, and each change of the service or its pods is a reason to look again. */
const mostAttempts = 14;

/** Creates of the operator in a namespace that were refused, from then on. */
function refusedCreates(namespace: string, fromMs: number): readonly AuditEntry[] {
  return auditOf(namespace).filter(
    (entry) =>
      isOperator(entry) &&
      entry.stage === 'ResponseComplete' &&
      entry.verb === 'create' &&
      ['pods', 'controllerrevisions'].includes(entry.objectRef?.resource ?? '') &&
      entry.responseStatus?.code === 403 &&
      receivedMs(entry) >= fromMs,
  );
}

describe('tasks that the API server refuses', function () {
  this.timeout(240_000);
  const namespace = `refused-test-${String(process.pid)}`;
  const manifests = manifestsIn(namespace);

  const setQuota = (pods: number): Promise<string> =>
    applyAll({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'few', namespace },
      spec: { hard: { pods: String(pods) } },
    });
  const { get: read } = objectsIn(namespace);
  const readyOf = (object: Service | Task): { reason?: string; message?: string } => conditionOf(object, 'Ready') ?? {};
  const says = (resource: string, name: string, reason: string): Promise<string> =>
    eventually(async () => {
      const ready = readyOf(await read<Service | Task>(resource, name));
      assert.equal(ready.reason, reason, ready.message);
      return ready.message ?? '';
    });

  runsOperatorIn(namespace, manifests.cluster(), manifests.taskDefinition('web', 'registry.example/web:1'));
  before(() => setQuota(2));

  it('are said to be too many for a quota, which is named, in a condition and an event', async () => {
    await applyAll(manifests.service('web', 3));
    const message = await says('ecssvc', 'web', 'QuotaExceeded');
    assert.match(message, /exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2\. Raise that quota/);
    const { status } = await read<Service>('ecssvc', 'web');
    const events = (status?.events ?? []).map((event) => event.message);
    const told =
      '(service web) was unable to place a task. Reason: exceeded quota: few, requested: pods=1, limited: pods=2.';
    assert.deepEqual(
      events.filter((each) => each.includes('unable')),
      [told],
    );
  });

  it('are said so of an ECSTask too', async () => {
    await applyAll(manifests.task('job', 'web'));
    const message = await says('ecst', 'job', 'QuotaExceeded');
    assert.match(
      message,
      /^pods "job-\w+" is forbidden: exceeded quota: few, .*: the launch is tried again within a m/,
    );
  });

  it('are tried again with growing delays', async () => {
    const fromMs = Date.now();
    await applyAll(manifests.service('late', 1), manifests.taskDefinition('late', 'registry.example/web:1'));
    await pause(watchedMs);
    const attempts = Map.groupBy(refusedCreates(namespace, fromMs), ({ objectRef }) => objectRef?.name?.split('-')[0]);
    const counts = ['late', 'web', 'job'].map((name) => attempts.get(name)?.length ?? 0);
    assert.ok(
      counts.every((count) => count >= 1 && count <= mostAttempts),
      `late, web, job: ${counts.join(', ')} attempts`,
    );
    await kubectl(['delete', '-n', namespace, 'ecssvc/late']);
  });

  it('start within a minute of the quota being raised', async () => {
    await setQuota(4);
    await kubectl(['wait', '-n', namespace, 'ecssvc/web', '--for=condition=Ready', '--timeout=65s']);
    await kubectl(['wait', '-n', namespace, 'ecst/job', '--for=condition=Ready', '--timeout=65s']);
    await kubectl(['delete', '-n', namespace, 'ecst/job']);
  });

  it('do not hold back the stop of old ones, which makes room in a quota', async () => {
    await applyAll(
      manifests.service('web', 2, { deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 150 } }),
    );
    await kubectl(['wait', '-n', namespace, 'ecssvc/web', '--for=condition=Ready', '--timeout=60s']);
    await setQuota(2);
    await applyAll(manifests.taskDefinition('web', 'registry.example/web:2'));
    await eventually(async () => {
      const { status } = await read<Service>('ecssvc', 'web');
      const [primary] = status?.deployments ?? [];
      assert.deepEqual([primary?.taskDefinition, primary?.rolloutState], ['web:2', 'COMPLETED']);
    }, 120_000);
  });

  it('are said to break what the namespace asks of pods', async () => {
    await kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted']);
    await setQuota(10);
    await kubectl(['scale', '-n', namespace, 'ecssvc/web', '--replicas=3']);
    const message = await says('ecssvc', 'web', 'AdmissionRefused');
    assert.match(
      message,
      /violates PodSecurity "restricted:latest": .* Change the task definition, or what refuses it/,
    );
    const security = {
      user: '1000',
      dockerSecurityOptions: ['no-new-privileges'],
      linuxParameters: { capabilities: { drop: ['ALL'] } },
    };
    const containerDefinitions = [{ name: 'app', image: 'registry.example/safe:1', memory: 64, ...security }];
    await applyAll(
      { ...manifests.taskDefinition('safe', ''), spec: { containerDefinitions } },
      manifests.task('safe', 'safe'),
    );
    await kubectl(['wait', '-n', namespace, 'ecst/safe', '--for=condition=Ready', '--timeout=60s']);
    await kubectl(['delete', '-n', namespace, 'ecst/safe']);
    await kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce-']);
    const limits = [{ type: 'Container', max: { memory: '32Mi' } }];
    const limitRange = {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'small', namespace },
      spec: { limits },
    };
    await applyAll(limitRange);
    await applyAll(manifests.task('large', 'web'));
    assert.match(
      await says('ecst', 'large', 'AdmissionRefused'),
      /maximum memory usage per Container is 32Mi, but lim/,
    );
  });

  passesTheAudit(namespace);
});

describe('a namespace that is being deleted', function () {
  this.timeout(120_000);
  const namespace = `leaving-test-${String(process.pid)}`;
  const manifests = manifestsIn(namespace);
  runsOperatorIn(namespace, manifests.cluster(), manifests.taskDefinition('web', 'registry.example/web:1'));

  before(async () => {
    await applyAll(manifests.service('web', 5), manifests.task('job', 'web'));
    await kubectl(['wait', '-n', namespace, 'ecssvc/web', '--for=condition=Ready', '--timeout=60s']);
    // Pods go first and all else after them: one that does not go lets the service see the others go.
    const held = { metadata: { name: 'held', namespace, finalizers: ['example.com/held'] } };
    await applyAll({ apiVersion: 'v1', kind: 'Pod', ...held, spec: { containers: [{ name: 'a', image: 'a' }] } });
  });

  after(async () => {
    await kubectl(['patch', '-n', namespace, 'pod/held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
  });

  it('gets no more tasks, and hardly a request for one', async () => {
    const fromMs = Date.now();
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
    await eventually(async () => {
      const { status } = await objectsIn(namespace).get<Service>('ecssvc', 'web');
      assert.deepEqual([status?.runningCount, status?.conditions?.[0]?.reason], [0, 'NamespaceTerminating']);
    });
    await pause(watchedMs);
    const attempts = refusedCreates(namespace, fromMs).map(({ objectRef }) => objectRef?.name);
    assert.ok(attempts.length >= 1 && attempts.length <= 4, attempts.join());
  });

  passesTheAudit(namespace);
});
