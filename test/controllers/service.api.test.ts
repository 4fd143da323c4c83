import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Pod } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import { isTrue } from '../../src/base/conditions.ts';
import { passesTheAudit, podsCreated } from '../support/audit.ts';
import { applyAll, eventually, kubectl, kubectlJson } from '../support/cluster.ts';
import { afterForwarding, beforeForwarding, type Fault } from '../support/fault-proxy.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `service-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const objects = objectsIn(namespace);
const taskDefinition = (image: string): object => manifests.taskDefinition('web', image);
const service = (desiredCount: number): object =>
  manifests.service('web', desiredCount, {
    deploymentConfiguration: { minimumHealthyPercent: 81, maximumPercent: 121 },
  });
/** Of 50 tasks, 81 % rounded up and 121 % rounded down. */
const bounds = { healthy: 41, live: 60 };

const readService = (): Promise<Service> => objects.get('ecssvc', 'web');

async function livePods(): Promise<readonly Pod[]> {
  return (await objects.list<Pod>('pods')).filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

function isHealthy({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') ?? false;
}

async function waitReady(): Promise<Service> {
  await kubectl(['wait', '-n', namespace, 'ecssvc/web', '--for=condition=Ready', '--timeout=120s']);
  return readService();
}

function messages({ status }: Service): readonly string[] {
  return (status?.events ?? []).map((event) => event.message);
}

function readyCondition(service: Service): { reason?: string; message?: string } {
  return conditionOf(service, 'Ready') ?? {};
}

describe('a service on a real API server', function () {
  this.timeout(240_000);
  const operator = runsOperatorIn(namespace);

  it('waits for its cluster, then for its task definition, and says so', async () => {
    await applyAll(service(50));
    await eventually(async () => assert.equal(readyCondition(await readService()).reason, 'ClusterNotFound'));
    await applyAll(manifests.cluster());
    await eventually(async () => assert.equal(readyCondition(await readService()).reason, 'TaskDefinitionNotFound'));
    assert.match(readyCondition(await readService()).message ?? '', /ECSTaskDefinition web does not exist/);
    assert.equal((await livePods()).length, 0);
  });

  it('starts its 50 tasks and reaches a steady state', async () => {
    await applyAll(taskDefinition('registry.example/web:1'));
    const { status } = await waitReady();
    assert.equal(status?.runningCount, 50);
    assert.equal(status.taskDefinition, 'web:1');
    assert.equal(status.deployments?.length, 1);
    assert.equal(status.deployments[0]?.rolloutState, 'COMPLETED');
    const names = (await livePods()).map((pod) => pod.metadata.labels?.['ecs-operator.dev/task-id'] ?? '');
    assert.ok(names.every((id) => /^[0-9a-f]{32}$/.test(id)));
    const [steady, completed] = messages(await readService());
    assert.equal(steady, '(service web) has reached a steady state.');
    assert.match(completed ?? '', /^\(service web\) \(deployment ecs-svc\/\d{19}\) deployment completed\.$/);
  });

  it('tells Kubernetes events, each with the process it is from', async () => {
    const ours = '--field-selector=reportingController=ecs-operator.dev/ecs-operator';
    const { items } = await kubectlJson<{ items: readonly { reason: string; reportingInstance: string }[] }>(
      'get',
      '-n',
      namespace,
      'events.events.k8s.io',
      ours,
    );
    const reasons = items.map(({ reason }) => reason);
    assert.ok(
      ['Registered', 'TasksStarted', 'SteadyState'].every((reason) => reasons.includes(reason)),
      reasons.join(),
    );
    const [instance, ...others] = new Set(items.map(({ reportingInstance }) => reportingInstance));
    assert.deepEqual(others, []);
    assert.match(instance ?? '', /^.+_[0-9a-f]{8}$/);
  });

  it('replaces a task whose pod is deleted', async () => {
    const [victim] = await livePods();
    const name = victim?.metadata.name ?? '';
    await kubectl(['delete', 'pod', '-n', namespace, name, '--wait=false']);
    await eventually(async () => {
      const pods = await livePods();
      assert.equal(pods.filter(isHealthy).length, 50);
      assert.ok(pods.every((pod) => pod.metadata.name !== name));
    });
    await waitReady();
  });

  it('rolls a new image over within its bounds, though the operator is killed in the middle of it', async () => {
    const watched = watchBounds();
    await applyAll(taskDefinition('registry.example/web:2'));
    await eventually(async () => assert.equal((await readService()).status?.deployments?.length, 2));
    await operator.stop('SIGKILL');
    const killedAt = await readService();
    assert.equal(killedAt.status?.deployments?.[0]?.rolloutState, 'IN_PROGRESS', 'it was killed too late');
    await operator.start();
    await eventually(async () => assert.equal((await readService()).status?.taskDefinition, 'web:2'));
    const { status } = await waitReady();
    const { fewestHealthy, mostLive } = await watched.stop();
    assert.equal(status?.deployments?.length, 1);
    assert.ok((await livePods()).every((pod) => pod.metadata.labels?.['ecs-operator.dev/revision'] === '2'));
    assert.ok(fewestHealthy >= bounds.healthy, `only ${String(fewestHealthy)} tasks were healthy`);
    assert.ok(mostLive <= bounds.live, `${String(mostLive)} tasks were live`);
    assert.ok(mostLive > 50, 'the watch saw nothing of the roll-out');
  });

  it('scales through the scale subresource, and stays in the same deployment', async () => {
    const before = (await readService()).status?.deployments?.[0]?.id;
    await kubectl(['scale', '-n', namespace, 'ecssvc/web', '--replicas=7']);
    const { status } = await waitReady();
    assert.equal(status?.runningCount, 7);
    assert.equal(status.deployments?.[0]?.id, before);
    assert.equal((await livePods()).length, 7);
  });

  const moments: Record<string, (hook: () => Promise<'cut'>) => Fault> = {
    'just before its start takes effect': beforeForwarding,
    'just after its start has taken effect': afterForwarding,
  };
  for (const [sentence, moment] of Object.entries(moments)) {
    it(`starts a task once, though the operator is killed ${sentence}`, async () => {
      await scale(7);
      const before = podsCreated(namespace).length;
      const kill = (): Promise<'cut'> => operator.kill().then(() => 'cut');
      operator.proxy.on({ verb: 'create', resource: 'pods', times: 1 }, moment(kill));
      await kubectl(['scale', '-n', namespace, 'ecssvc/web', '--replicas=8']);
      await eventually(async () => assert.notEqual(operator.ended(), undefined));
      assert.equal(podsCreated(namespace).length, moment === afterForwarding ? before + 1 : before);
      await operator.stop();
      await operator.start();
      await eventually(async () => assert.equal((await readService()).status?.runningCount, 8));
      assert.equal((await livePods()).length, 8);
      assert.equal(podsCreated(namespace).length, before + 1);
    });
  }

  it('starts further tasks, and none of old, though no pod is left of those', async () => {
    const before = podsCreated(namespace);
    await scale(0);
    await eventually(async () => assert.equal(await kubectl(['get', '-n', namespace, 'pods', '-o', 'name']), ''));
    await scale(7);
    const created = podsCreated(namespace);
    assert.equal(created.length, before.length + 7);
    assert.equal(new Set(created).size, created.length);
  });

  it('starts nothing when the same manifests are applied again', async () => {
    const { status } = await readService();
    const created = podsCreated(namespace).length;
    await applyAll(service(7), taskDefinition('registry.example/web:2'));
    await waitReady();
    assert.equal((await readService()).status?.deployments?.[0]?.id, status?.deployments?.[0]?.id);
    assert.equal(podsCreated(namespace).length, created);
  });

  it('says in the words of ECS that a deployment cannot move within its bounds', async () => {
    const tight = { minimumHealthyPercent: 100, maximumPercent: 100 };
    await kubectl([
      'patch',
      '-n',
      namespace,
      'ecssvc/web',
      '--type=merge',
      '-p',
      JSON.stringify({ spec: { deploymentConfiguration: tight } }),
    ]);
    await applyAll(taskDefinition('registry.example/web:3'));
    const stuck = await eventually(async () => {
      const found = await readService();
      assert.equal(readyCondition(found).reason, 'DeploymentStuck');
      return found;
    });
    assert.match(messages(stuck)[0] ?? '', /was unable to stop or start tasks during a deployment/);
    assert.ok(isTrue(stuck.status?.conditions, 'Stalled'));
    await applyAll(taskDefinition('registry.example/web:2'));
    const { status } = await waitReady();
    assert.equal(status?.deployments?.length, 1);
  });

  it('reads well in kubectl get, and leaves nothing behind when it is deleted', async () => {
    const table = await kubectl(['get', '-n', namespace, 'ecs']);
    assert.match(table, /ecscluster.ecs-operator.dev\/default +1 +7 +0 +True +Active/);
    assert.match(table, /ecsservice.ecs-operator.dev\/web +7 +7 +0 +web:4 +COMPLETED +True +SteadyState/);
    assert.match(table, /ecstaskdefinition.ecs-operator.dev\/web +4 +True +Registered/);
    await kubectl(['delete', '-n', namespace, 'ecssvc/web']);
    await eventually(async () => assert.equal((await livePods()).length, 0));
  });

  passesTheAudit(namespace);

  async function scale(tasks: number): Promise<void> {
    await kubectl(['scale', '-n', namespace, 'ecssvc/web', `--replicas=${String(tasks)}`]);
    await eventually(async () => assert.equal((await readService()).status?.runningCount, tasks));
    await waitReady();
  }

  /** Looks at the pods, over and over, for the fewest healthy and the most live ones. */
  function watchBounds(): { stop: () => Promise<{ fewestHealthy: number; mostLive: number }> } {
    const stopping = new AbortController();
    const seen = { fewestHealthy: Infinity, mostLive: 0 };
    const looking = (async () => {
      while (!stopping.signal.aborted) {
        const pods = await livePods();
        seen.fewestHealthy = Math.min(seen.fewestHealthy, pods.filter(isHealthy).length);
        seen.mostLive = Math.max(seen.mostLive, pods.length);
      }
    })();
    return {
      stop: async () => {
        stopping.abort();
        await looking;
        return seen;
      },
    };
  }
});
