import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import type { Service } from '../../src/api/service.ts';
import { isOperator } from '../support/audit-check.ts';
import { connect, type ApiServer } from '../support/api-server.ts';
import { auditOf, passesTheAudit } from '../support/audit.ts';
import { applyAll, clusterSetting, eventually, kubectl } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `budget-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const objects = objectsIn(namespace);

interface Budget {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly minAvailable?: number };
  readonly status?: Readonly<Record<string, unknown>>;
}

const budgetsOf = (service: string): Promise<readonly Budget[]> =>
  objects.list('pdb', `ecs-operator.dev/service=${service}`);

/** The budget of that service, once it leaves so many tasks and that is counted in pods. */
function budget(service: string, minAvailable: number, allowed: number): Promise<Budget> {
  return eventually(async () => {
    const [one] = await budgetsOf(service);
    assert.deepEqual([one?.spec.minAvailable, one?.status?.['disruptionsAllowed']], [minAvailable, allowed]);
    return one as Budget;
  });
}

function isGone(service: string): Promise<void> {
  return eventually(async () => assert.deepEqual(await budgetsOf(service), []));
}

async function run(name: string, desiredCount: number, spec: object = {}): Promise<void> {
  await applyAll(
    manifests.taskDefinition(name, `registry.example/${name}:1`),
    manifests.service(name, desiredCount, spec),
  );
  await objects.wait(`ecssvc/${name}`, 'condition=Ready');
}

/** What the operator has asked of budgets. */
function asked(): readonly string[] {
  const entries = auditOf(namespace).filter((entry) => isOperator(entry));
  const ofBudgets = entries.filter(({ objectRef }) => objectRef?.resource === 'poddisruptionbudgets');
  return ofBudgets.filter(({ verb }) => verb !== 'watch' && verb !== 'list').map(({ verb }) => verb);
}

describe('the disruption budget of a service on a real API server', function () {
  this.timeout(120_000);
  let server: ApiServer;
  const operator = runsOperatorIn(namespace, manifests.cluster());

  before(async () => {
    server = await connect(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG'));
  });

  /** Evicts the pods, one after the other, none of them replaced meanwhile. @returns how each request was answered. */
  async function evict(service: string, count: number): Promise<readonly number[]> {
    const pods = await objects.podsOfService(service);
    const running = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).slice(0, count);
    const answers: number[] = [];
    const hold = operator.proxy.hold({ verb: 'create', resource: 'pods' });
    for (const { metadata } of running) {
      const path = `/api/v1/namespaces/${namespace}/pods/${metadata.name}/eviction`;
      const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: metadata.name, namespace } };
      answers.push((await server({ method: 'POST', path, body })).status);
    }
    hold.release();
    return answers;
  }

  it('lets one task of four go at a time, until it is replaced', async () => {
    await run('web', 4);
    await budget('web', 3, 1);
    assert.deepEqual(await evict('web', 3), [201, 429, 429]);
    await budget('web', 3, 1);
    assert.equal((await objects.get<Service>('ecssvc', 'web')).status?.runningCount, 4);
    assert.deepEqual(await evict('web', 1), [201]);
  });

  it('asks for nothing when the pods are counted anew', async () => {
    await budget('web', 3, 1);
    assert.deepEqual(asked(), ['create']);
  });

  it('follows the number of tasks and the minimum', async () => {
    await kubectl(['scale', '-n', namespace, 'ecssvc/web', '--replicas=6']);
    await budget('web', 5, 1);
    const deploymentConfiguration = { minimumHealthyPercent: 50 };
    await kubectl(['patch', '-n', namespace, 'ecssvc/web', '--type=merge', '-p', patchOf({ deploymentConfiguration })]);
    await budget('web', 3, 3);
  });

  it('can be strict, so that nothing is evicted, or none, so that everything is', async () => {
    await run('strict', 2, { kubernetes: { disruptionBudget: 'strict' } });
    await budget('strict', 2, 0);
    assert.deepEqual(await evict('strict', 2), [429, 429]);
    const kubernetes = { disruptionBudget: 'none' };
    await kubectl(['patch', '-n', namespace, 'ecssvc/strict', '--type=merge', '-p', patchOf({ kubernetes })]);
    await isGone('strict');
    assert.deepEqual(await evict('strict', 2), [201, 201]);
  });

  it('is none for one task', async () => {
    await run('single', 1);
    assert.deepEqual(await budgetsOf('single'), []);
    assert.deepEqual(await evict('single', 1), [201]);
  });

  it("gives way to a user's, beside which nothing could be evicted, and comes back after it", async () => {
    await run('mine', 3);
    await budget('mine', 2, 1);
    const selector = { matchLabels: { 'ecs-operator.dev/service': 'mine' } };
    const theirs = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'mine', namespace } };
    await applyAll({ ...theirs, spec: { minAvailable: 1, selector } });
    await isGone('mine');
    await eventually(async () => {
      assert.equal((await objects.get<Budget>('pdb', 'mine')).status?.['disruptionsAllowed'], 2);
    });
    assert.deepEqual(await evict('mine', 3), [201, 201, 429]);
    await kubectl(['delete', '-n', namespace, 'pdb', 'mine']);
    await budget('mine', 2, 1);
  });

  it('goes with its service', async () => {
    await kubectl(['delete', '-n', namespace, 'ecssvc', 'mine']);
    await isGone('mine');
  });

  passesTheAudit(namespace);
});

function patchOf(spec: object): string {
  return JSON.stringify({ spec });
}
