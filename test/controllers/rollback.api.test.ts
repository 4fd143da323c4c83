import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ControllerRevision, Pod } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import { annotations } from '../../src/api/labels.ts';
import type { DeploymentOutcome } from '../../src/core/service/deployment.ts';
import { passesTheAudit, podsCreated } from '../support/audit.ts';
import { applyAll, eventually, kubectl } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `rollback-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const objects = objectsIn(namespace);
const [good, bad, better] = ['registry.example/web:1', 'registry.example/fate/never-ready', 'registry.example/web:3'];

const web = manifests.service('web', 20, {
  deploymentConfiguration: {
    deploymentCircuitBreaker: { enable: true, rollback: true, thresholdConfiguration: { type: 'COUNT', value: 3 } },
  },
});
const readService = (): Promise<Service> => objects.get('ecssvc', 'web');

function deploy(image: string): Promise<string> {
  return applyAll(manifests.taskDefinition('web', image));
}

/** The names of the pods that are to run. */
async function running(): Promise<string[]> {
  const pods = await objects.podsOfService('web');
  return pods
    .filter(isWell)
    .map(({ metadata }) => metadata.name)
    .toSorted((a, b) => (a < b ? -1 : 1));
}

function isWell({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && status?.phase === 'Running';
}

async function outcomes(): Promise<string[]> {
  const records = await objects.list<ControllerRevision>('controllerrevisions', 'ecs-operator.dev/service=web');
  return records
    .toSorted((a, b) => a.revision - b.revision)
    .map(({ metadata }) => {
      const text = metadata.annotations?.[annotations.outcome];
      const { state, isRejected = false } = JSON.parse(text ?? '{}') as Partial<DeploymentOutcome>;
      return `${state ?? 'in progress'}${isRejected ? ', rejected' : ''}`;
    });
}

async function becomes(type: string, reason: string): Promise<Service> {
  return eventually(async () => {
    const service = await readService();
    assert.deepEqual([conditionOf(service, type)?.reason, service.status?.runningCount], [reason, 20]);
    assert.equal(service.status?.deployments?.length, 1);
    assert.equal(service.status.deployments[0]?.rolloutState, 'COMPLETED');
    return service;
  });
}

describe('a deployment that fails, on a real API server', function () {
  this.timeout(240_000);
  runsOperatorIn(namespace, manifests.cluster());
  let old: readonly string[] = [];

  it('is rolled back by itself, and no old task is touched', async () => {
    await applyAll(manifests.taskDefinition('web', good), web);
    await kubectl(['wait', '-n', namespace, 'ecssvc/web', '--for=condition=Ready', '--timeout=120s']);
    old = await running();
    await deploy(bad);
    await kubectl(['wait', '-n', namespace, 'ecssvc/web', '--for=condition=Stalled', '--timeout=120s']);
    const { status } = await becomes('Stalled', 'DeploymentRolledBack');
    assert.deepEqual(await running(), old);
    assert.deepEqual(await outcomes(), ['FAILED, rejected', 'COMPLETED']);
    assert.equal(status?.taskDefinition, 'web:1');
    const messages = (status.events ?? []).map(({ message }) => message).join('\n');
    assert.match(messages, /\(deployment ecs-svc\/\d{19}\) deployment failed: tasks failed to start\./);
    assert.match(messages, /rolling back to deployment ecs-svc\/\d{19}\./);
    const ends = async (): Promise<unknown> =>
      (await readService()).status?.deploymentHistory?.map((each) => each.status);
    await eventually(async () => assert.deepEqual(await ends(), ['SUCCESSFUL', 'ROLLBACK_SUCCESSFUL']));
  });

  it('is not deployed again, though it is applied a hundred times and the status is lost', async () => {
    const before = podsCreated(namespace).length;
    const applied = Array.from({ length: 100 }, (_, index) => {
      const metadata = { name: 'web', namespace, annotations: { 'example.com/applied': String(index) } };
      return [
        { ...web, metadata },
        { ...manifests.taskDefinition('web', bad), metadata },
      ];
    });
    await applyAll(...applied.flat());
    await kubectl([
      'patch',
      '-n',
      namespace,
      'ecssvc/web',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":null}',
    ]);
    await becomes('Stalled', 'DeploymentRolledBack');
    assert.equal(podsCreated(namespace).length, before);
  });

  it('is forgotten once the old content is asked for, and no task is replaced; then a good one is deployed', async () => {
    const before = podsCreated(namespace).length;
    await deploy(good);
    await becomes('Ready', 'SteadyState');
    await eventually(async () => assert.deepEqual(await outcomes(), ['FAILED', 'COMPLETED']));
    assert.deepEqual([await running(), podsCreated(namespace).length], [old, before]);
    await deploy(better);
    await eventually(async () => assert.equal((await readService()).status?.taskDefinition, 'web:4'));
    await becomes('Ready', 'SteadyState');
    assert.equal(new Set([...old, ...(await running())]).size, 40);
  });

  passesTheAudit(namespace);
});
