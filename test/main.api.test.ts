import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { servicePromises } from '../src/core/service/invariants.ts';
import { catalog } from '../src/metrics/catalog.ts';
import { flowMetrics } from '../src/metrics/flow.ts';
import { passesTheAudit } from './support/audit.ts';
import { applyAll, eventually, kubectl, makeNamespace, onlyIn, operatorKubeconfig } from './support/cluster.ts';
import { FaultProxy } from './support/fault-proxy.ts';
import { manifestsIn } from './support/manifests.ts';
import {
  freePorts,
  logOf,
  runProgram,
  scrape,
  started,
  valueOf,
  type Program,
  type Series,
  type Started,
} from './support/program.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `main-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);

/** What an operator does not know that looks at some namespaces only: others may run tasks of a provider too. */
const ofAllNamespaces = /^ecs_capacity_provider_(running|pending)_tasks$/;

/** A service and the definition of its tasks, which need that much memory each. */
function serviceOf(name: string, desiredCount: number, memoryMiB: number): readonly object[] {
  return [manifests.taskDefinition(name, 'registry.example/app:1', memoryMiB), manifests.service(name, desiredCount)];
}

describe('the operator as a process on a real API server', function () {
  this.timeout(120_000);
  let proxy: FaultProxy;
  let program: Program;
  let at: Started;

  before(async () => {
    await makeNamespace(namespace);
    proxy = await FaultProxy.to(operatorKubeconfig());
    program = runProgram(['--kubeconfig', proxy.kubeconfig, ...onlyIn(namespace), ...freePorts]);
    at = await started(program);
  });

  after(async () => {
    program.kill('SIGKILL');
    await proxy.close();
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  const named = (service: string): Series['labels'] => ({ namespace, cluster: 'default', service });

  it('lives, and is ready once it has listed everything', async () => {
    const ready = await eventually(async () => {
      const answer = await fetch(`${at.health}/readyz`);
      assert.equal(answer.status, 200);
      return answer.text();
    });
    assert.equal(ready, 'ok\n');
    assert.equal((await fetch(`${at.health}/healthz`)).status, 200);
    assert.equal((await fetch(`${at.health}/metrics`)).status, 404);
  });

  it('shows what its services want and have', async () => {
    await applyAll(manifests.cluster(), manifests.provider(namespace), ...serviceOf('web', 3, 64));
    // No node has that much memory.
    await applyAll(...serviceOf('huge', 2, 1_000_000));
    await kubectl(['wait', '-n', namespace, 'ecssvc/web', '--for=condition=Ready', '--timeout=60s']);
    await eventually(async () => {
      const series = await scrape(at.metrics);
      const shown = ['web', 'huge'].map((service) =>
        ['desired_tasks', 'running_tasks', 'pending_tasks', 'ready', 'deployments'].map((name) =>
          valueOf(series, `ecs_service_${name}`, named(service)),
        ),
      );
      assert.deepEqual(shown, [
        [3, 3, 0, 1, 1],
        [2, 0, 2, 0, 1],
      ]);
      const state = (service: string, state: string) =>
        valueOf(series, 'ecs_service_deployment_state', { ...named(service), state });
      assert.deepEqual([state('web', 'COMPLETED'), state('web', 'IN_PROGRESS')], [1, 0]);
      assert.deepEqual([state('huge', 'COMPLETED'), state('huge', 'IN_PROGRESS')], [0, 1]);
      const ofCluster = ['services', 'running_tasks', 'pending_tasks'].map((name) =>
        valueOf(series, `ecs_cluster_${name}`, { namespace, cluster: 'default' }),
      );
      assert.deepEqual(ofCluster, [2, 3, 2]);
    });
  });

  it('shows the metrics of the catalogue, with its labels and no others', async () => {
    const series = await scrape(at.metrics);
    for (const { name, labels } of catalog) {
      const rows = series.filter((each) => each.name === name);
      assert.equal(rows.length > 0, !ofAllNamespaces.test(name), name);
      for (const row of rows) assert.deepEqual(Object.keys(row.labels).sort(), [...labels].sort(), name);
    }
    const shown = new Set(series.map(({ name }) => name).filter((name) => name.startsWith('ecs_')));
    const known = new Set([...catalog, ...flowMetrics].map(({ name }) => name));
    assert.deepEqual(
      [...shown].filter((name) => !known.has(name)),
      [],
    );
  });

  it('counts what flows through it', async () => {
    const series = await scrape(at.metrics);
    const least: readonly [string, Series['labels'], number][] = [
      ['operator_kube_requests_total', { verb: 'create', resource: 'pods', code: '201' }, 5],
      ['operator_kube_requests_total', { verb: 'list', resource: 'ecsservices', code: '200' }, 1],
      ['operator_kube_request_seconds_count', { verb: 'create', resource: 'pods' }, 5],
      ['operator_watch_events_total', { resource: 'pods', type: 'MODIFIED' }, 3],
      ['operator_relists_total', { resource: 'pods' }, 1],
      ['operator_store_objects', { resource: 'pods' }, 5],
      ['operator_queue_adds_total', { queue: 'service' }, 2],
      ['operator_queue_wait_seconds_count', { queue: 'service' }, 2],
      ['operator_reconcile_seconds_count', { controller: 'service', result: 'success' }, 2],
      ['operator_events_total', { kind: 'ECSService', type: 'Normal' }, 1],
      ['operator_leader', {}, 1],
    ];
    for (const [name, labels, want] of least) {
      const value = valueOf(series, name, labels);
      assert.ok(value !== undefined && value >= want, `${name} ${JSON.stringify(labels)} is ${String(value)}`);
    }
    assert.equal(valueOf(series, 'operator_queue_depth', { queue: 'service' }), 0);
    assert.equal(valueOf(series, 'operator_store_callback_errors_total') ?? 0, 0);
  });

  it('counts the plans that would have broken an invariant from 0 on, for an alert has to see the first one', async () => {
    const series = await scrape(at.metrics);
    const counts = series.filter(({ name }) => name === 'ecs_invariant_violations_total');
    assert.deepEqual(
      new Set(counts.map(({ labels, value }) => `${labels['controller']} ${labels['invariant']} ${String(value)}`)),
      new Set(servicePromises.invariants.map((invariant) => `service ${invariant} 0`)),
    );
  });

  it('shows the labels of the flow metrics as they are declared', async () => {
    const series = await scrape(at.metrics);
    const names = new Map(flowMetrics.map(({ name, labels }) => [name, labels]));
    const state = new Set(catalog.map(({ name }) => name));
    for (const { name, labels } of series.filter((each) => /^(operator|ecs)_/.test(each.name))) {
      if (state.has(name)) continue;
      const declared = names.get(name) ?? names.get(name.replace(/_(count|sum|bucket)$/, ''));
      assert.ok(declared, `${name} is not declared`);
      const { le: _, ...own } = labels;
      assert.deepEqual(Object.keys(own).sort(), [...declared].sort(), name);
    }
  });

  it('shows nothing of a service that is gone', async () => {
    await kubectl(['delete', '-n', namespace, 'ecssvc/huge']);
    await eventually(async () => {
      const series = await scrape(at.metrics);
      const left = series.filter(({ labels }) => labels['service'] === 'huge').map(({ name }) => name);
      assert.deepEqual(left, []);
      assert.equal(valueOf(series, 'ecs_service_desired_tasks', named('web')), 3);
      assert.equal(valueOf(series, 'ecs_cluster_services', { cluster: 'default' }), 1);
    });
  });

  it('stops in time with its watches open, with exit code 0, its log all JSON and without an error', async () => {
    const toldMs = Date.now();
    program.kill('SIGTERM');
    assert.deepEqual(await program.exited, { code: 0, signal: null });
    assert.ok(Date.now() - toldMs < 3_000, `it took ${String(Date.now() - toldMs)} ms`);
    const lines = logOf(program);
    assert.ok(lines.every(({ level, message, timestamp }) => level && message && timestamp));
    assert.deepEqual(
      lines.filter(({ level }) => level === 'error' || level === 'warn'),
      [],
    );
    assert.equal(program.stderr(), '');
  });

  passesTheAudit(namespace);
});
