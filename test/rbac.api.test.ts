import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { settleAll } from '../src/base/concurrency.ts';
import { errorMessage } from '../src/base/errors.ts';
import { loadKubeConfig } from '../src/kube/kubeconfig.ts';
import { connect, type ApiServer } from './support/api-server.ts';
import { auditBy } from './support/audit.ts';
import { clusterSetting, kubectl, makeNamespace, operatorKubeconfig } from './support/cluster.ts';
import { live } from './support/operator-life.ts';
import { RecordingLog } from './support/recording.ts';
import { awaitServiceAccount, grantLease, makeUser, nameOf, operatorGrants, type Grant } from './support/rights.ts';
import { serveBindings, serveNoBindings } from './support/target-group-bindings.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `rbac-test-${String(process.pid)}`;
const grants = operatorGrants();
const lease = 'ecs-operator';

/** Asked for by the API server itself, of who makes pods and records that keep a service or task from going. */
const finalizers = ['ecsservices', 'ecstasks'].map((plural) => `update ecs-operator.dev/${plural}/finalizers`);

/** Operators at once: few enough for two cores. */
const width = 8;

/** What went wrong for an operator, as its log has it. */
function complaints(log: RecordingLog): string[] {
  return log.lines
    .filter(({ level }) => level === 'warn' || level === 'error')
    .map(({ message, fields }) => `${message}: ${errorMessage(fields['error'])}`);
}

/** How the API server says that something is not granted. */
function refusalOf(grant: Grant): string {
  if (finalizers.includes(nameOf(grant)))
    return "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on";
  return `cannot ${grant.verb} resource "${grant.resource}" in API group "${grant.apiGroup}"`;
}

describe('the role of the operator', function () {
  this.timeout(360_000);
  let admin: ApiServer;

  before(async () => {
    await serveBindings();
    await makeNamespace(namespace);
    await grantLease(namespace);
    admin = await connect(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG'));
    await awaitServiceAccount(admin, namespace);
  });

  after(async () => {
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
    await serveNoBindings();
  });

  describe('as deploy/base has it', () => {
    const log = new RecordingLog();
    const refusals = (): string[] => complaints(log).filter((each) => each.includes('forbidden'));

    before(async () => {
      const kubeConfig = loadKubeConfig(operatorKubeconfig());
      await live({ namespace, lease, admin, kubeConfig, identity: namespace, log }, () => refusals().length > 0);
    });

    it('suffices for all that it does', () => {
      assert.deepEqual(refusals(), []);
      assert.deepEqual(
        asked().filter(({ responseStatus }) => responseStatus?.code === 403),
        [],
      );
    });

    it('grants nothing that it does not do', () => {
      const done = asked().map(
        ({ verb, objectRef: { apiGroup = '', resource = '', subresource } = { resource: '' } }) => {
          const path = subresource === undefined ? resource : `${resource}/${subresource}`;
          return nameOf({ verb, apiGroup, resource: path });
        },
      );
      assert.deepEqual([...new Set([...done, ...finalizers])].toSorted(), grants.map(nameOf).toSorted());
    });

    const asked = (): ReturnType<typeof auditBy> => auditBy(`ecs-operator/${namespace}`);
  });

  describe('when it lacks one permission, has the operator say so in its log:', () => {
    const users = grants.map((lacking, index) => ({ lacking, namespace: `${namespace}-${String(index)}` }));
    const logs = new Map(grants.map((lacking) => [lacking, new RecordingLog()]));
    let results: readonly PromiseSettledResult<void>[];

    before(async () => {
      results = await settleAll(users, width, async ({ lacking, namespace: own }) => {
        const log = logs.get(lacking) ?? new RecordingLog();
        const rest = grants.filter((grant) => grant !== lacking);
        const kubeConfig = await makeUser(admin, { namespace: own, grants: rest, kubeconfig: operatorKubeconfig() });
        const isTold = (): boolean => complaints(log).some((each) => each.includes(refusalOf(lacking)));
        await live({ namespace: own, lease, admin, kubeConfig, identity: own, log }, isTold);
      });
    });

    after(async () => {
      await kubectl([
        'delete',
        'namespace',
        '--wait=false',
        '--ignore-not-found',
        ...users.map((user) => user.namespace),
      ]);
      for (const kind of ['clusterrole', 'clusterrolebinding']) {
        await kubectl(['delete', kind, '--ignore-not-found', ...users.map((user) => user.namespace)]);
      }
    });

    grants.forEach((lacking, index) => {
      it(nameOf(lacking), () => {
        const said = complaints(logs.get(lacking) ?? new RecordingLog());
        const result = results[index];
        assert.ok(
          said.some((each) => each.includes(refusalOf(lacking))),
          said.join('\n') || JSON.stringify(result),
        );
      });
    });
  });
});
