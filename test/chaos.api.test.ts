import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import fc from 'fast-check';
import type { Service } from '../src/api/service.ts';
import { connect, type ApiServer } from './support/api-server.ts';
import { bodyOf, resourceOf } from './support/audit-check/entries.ts';
import { isOperator } from './support/audit-check.ts';
import { auditOf, passesTheAudit } from './support/audit.ts';
import { applyAll, clusterSetting, eventually, kubectl, makeNamespace, startOperatorIn } from './support/cluster.ts';
import { manifestsIn } from './support/manifests.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `chaos-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const path = `/apis/ecs-operator.dev/v1alpha1/namespaces/${namespace}/ecsservices`;

/** So many services have so many deployments each, the first one included. */
const [services, deployments] = [10, 5];

/** How long an operator lives, in milliseconds, and which deployments are waited for before the next one comes. */
const fortune = fc.record({
  lives: fc.array(fc.integer({ min: 100, max: 4000 }), { minLength: 200, maxLength: 200, size: 'max' }),
  patience: fc.array(fc.boolean(), { minLength: 50, maxLength: 50, size: 'max' }),
});

const bounds = [
  { minimumHealthyPercent: 100, maximumPercent: 200 },
  { minimumHealthyPercent: 50, maximumPercent: 150 },
  { minimumHealthyPercent: 50, maximumPercent: 100 },
];

/** Of the times at which operators die; CHAOS_SEED has them come again. */
const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000_000);

describe(`Killing the operator at random times during 50 deployments (CHAOS_SEED=${String(seed)})`, function () {
  this.timeout(240_000);
  let kills = 0;
  let admin: ApiServer;

  before(async () => {
    const [chance] = fc.sample(fortune, { seed, numRuns: 1 });
    assert(chance);
    admin = await connect(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG'));
    await makeNamespace(namespace);
    await applyAll(manifests.cluster());
    const done = new AbortController();
    const names = Array.from({ length: services }, (_, index) => `web-${String(index)}`);
    const killing = kill(chance.lives, done.signal);
    try {
      await Promise.all(names.map((name, index) => deploy(name, { index, patience: chance.patience })));
    } finally {
      done.abort();
      await killing;
    }
  });

  after(async () => {
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  /** One operator after the other, each killed in the middle of what it does; the last one is left to end by itself. */
  async function kill(lives: readonly number[], done: AbortSignal): Promise<void> {
    for (const lifeMs of lives) {
      const operator = await startOperatorIn(namespace);
      // Its time begins with its work, however slow the machine is.
      await eventually(async () => assert.ok((await fetch(operator.readyUrl)).ok));
      await pause(lifeMs, undefined, { signal: done }).catch(() => undefined);
      await operator.stop('SIGKILL');
      if (done.aborted) return;
      kills++;
    }
  }

  /** Deployments of a service: some are complete before the next one begins, others are overtaken by it. */
  async function deploy(
    name: string,
    { index, patience }: { readonly index: number; readonly patience: readonly boolean[] },
  ): Promise<void> {
    for (let revision = 1; revision <= deployments; revision++) {
      await applyAll(
        manifests.taskDefinition(name, `registry.example/${name}:${String(revision)}`),
        manifests.service(name, 2, { deploymentConfiguration: bounds[index % bounds.length] }),
      );
      const isLast = revision === deployments;
      const isWaitedFor = isLast || patience[index * deployments + revision] === true;
      await eventually(async () => {
        const { body } = await admin({ method: 'GET', path: `${path}/${name}` });
        const [primary] = (body as unknown as Service).status?.deployments ?? [];
        assert.equal(primary?.taskDefinition, `${name}:${String(revision)}`);
        if (isWaitedFor) assert.deepEqual([primary.rolloutState, primary.runningCount], ['COMPLETED', 2]);
      }, 120_000);
    }
  }

  it('kills it often', () => {
    assert.ok(kills >= 5, `only ${String(kills)} times`);
  });

  it('hinders none of the deployments', () => {
    const begun = auditOf(namespace).filter(
      (entry) =>
        isOperator(entry) &&
        entry.verb === 'create' &&
        resourceOf(entry) === 'controllerrevisions' &&
        entry.responseStatus?.code === 201 &&
        bodyOf(entry).metadata?.ownerReferences?.[0]?.kind === 'ECSService',
    );
    assert.equal(begun.length, services * deployments);
  });

  passesTheAudit(namespace);
});
