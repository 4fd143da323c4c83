import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { annotations, labels } from '../../src/api/labels.ts';
import type { CoreService, Pod, TargetGroupBinding } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import { passesTheAudit } from '../support/audit.ts';
import { applyAll, eventually, kubectl } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';
import { serveBindings, serveNoBindings } from '../support/target-group-bindings.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `routing-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const objects = objectsIn(namespace);

const arn = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef';

/** The container listens on that port, under the name `http`. */
function taskDefinition(name: string, containerPort: number, version = 1): object {
  const portMappings = [{ name: 'http', containerPort }];
  const healthCheck = { command: ['CMD', 'true'], interval: 5 };
  const container = {
    name: 'app',
    image: `registry.example/app:${String(version)}`,
    memory: 64,
    portMappings,
    healthCheck,
  };
  return { ...manifests.taskDefinition(name, ''), spec: { containerDefinitions: [container] } };
}

interface Slice {
  readonly ports: readonly { readonly name: string; readonly port: number }[] | null;
  readonly endpoints: readonly { readonly targetRef: { readonly name: string } }[] | null;
}

/** What is reached under a name: pods, and the ports they are reached on. */
async function reachedAs(name: string): Promise<{ readonly pods: string[]; readonly ports: number[] }> {
  const slices = await objects.list<Slice>('endpointslices', `kubernetes.io/service-name=${name}`);
  const full = slices.filter(({ endpoints }) => (endpoints ?? []).length > 0);
  return {
    pods: full.flatMap(({ endpoints }) => (endpoints ?? []).map(({ targetRef }) => targetRef.name)).toSorted(),
    ports: [...new Set(full.flatMap(({ ports }) => (ports ?? []).map(({ port }) => port)))],
  };
}

/** The names of the pods of the service that are not told to stop. */
async function podsThatStay(service: string): Promise<string[]> {
  const pods = await objects.podsOfService(service);
  return pods.filter(({ metadata }) => !isTold(metadata)).map(({ metadata }) => metadata.name);
}

function isTold(metadata: Pod['metadata']): boolean {
  return metadata.deletionTimestamp !== undefined || metadata.annotations?.[annotations.drainsUntil] !== undefined;
}

function isDeleted({ deletionTimestamp }: Pod['metadata']): boolean {
  return deletionTimestamp !== undefined;
}

async function serviceNamed(name: string): Promise<Service> {
  return objects.get('ecssvc', name);
}

/** The pod of the service that is in service beside the old one. */
async function newInService(service: string, old: string): Promise<Pod> {
  const pods = await objects.podsOfService(service);
  const fresh = pods.find(({ metadata }) => metadata.name !== old && metadata.labels?.[labels.inService] === 'true');
  assert.ok(fresh, 'no other task is in service');
  return fresh;
}

describe('the routing of a service on a real API server', function () {
  this.timeout(120_000);
  const operator = runsOperatorIn(namespace, manifests.cluster());

  before(async () => {
    await serveNoBindings();
  });

  it('is by core Services that select the tasks in service', async () => {
    const spec = {
      serviceRegistries: [{ registryArn: 'service:web' }],
      serviceConnectConfiguration: {
        enabled: true,
        services: [{ portName: 'http', clientAliases: [{ port: 80, dnsName: 'shop' }] }],
      },
      kubernetes: { drainSeconds: 4 },
    };
    await applyAll(taskDefinition('web', 8080), manifests.service('web', 2, spec));
    await objects.wait('ecssvc/web', 'condition=Ready');
    const pods = (await podsThatStay('web')).toSorted();
    assert.equal(pods.length, 2);
    await eventually(async () => {
      assert.deepEqual((await reachedAs('web')).pods, pods);
      assert.deepEqual(await reachedAs('shop'), { pods, ports: [8080] });
    });
    const [web, shop] = await Promise.all(['web', 'shop'].map((name) => objects.get<CoreService>('service', name)));
    assert.equal(web?.spec?.clusterIP, 'None');
    assert.deepEqual(
      shop?.spec?.ports?.map(({ port }) => port),
      [80],
    );
  });

  it('takes a task out of service, and stops it when it has drained', async () => {
    const old = await podsThatStay('web');
    await applyAll(taskDefinition('web', 9090));
    const [draining] = await eventually(async () => {
      const pods = await objects.podsOfService('web');
      const found = pods.filter((pod) => old.includes(pod.metadata.name) && isTold(pod.metadata));
      assert.ok(found.length > 0);
      return found;
    });
    const { deletionTimestamp, annotations: notes = {}, labels: own = {} } = draining?.metadata ?? {};
    assert.deepEqual([deletionTimestamp, own[labels.inService]], [undefined, 'false']);
    assert.match(notes[annotations.stoppedReason] ?? '', /^Scaling activity initiated by/);
    const untilMs = Date.parse(notes[annotations.drainsUntil] ?? '');
    await eventually(async () => {
      const left = await objects.podsOfService('web');
      assert.ok(left.every(({ metadata }) => metadata.name !== draining?.metadata.name || isDeleted(metadata)));
    });
    assert.ok(Date.now() >= untilMs, 'it was deleted before it had drained');
    await objects.wait('ecssvc/web', 'jsonpath={.status.deployments[0].rolloutState}=COMPLETED');
    const pods = (await podsThatStay('web')).toSorted();
    await eventually(async () => assert.deepEqual(await reachedAs('shop'), { pods, ports: [9090] }));
    const messages = ((await serviceNamed('web')).status?.events ?? []).map(({ message }) => message);
    assert.ok(messages.some((message) => /has begun draining connections on \d tasks\.$/.test(message)));
  });

  it("leaves somebody else's Service alone, and takes its name when it is gone", async () => {
    const theirs = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'taken', namespace } };
    await applyAll({ ...theirs, spec: { ports: [{ port: 80 }] } });
    const before = await objects.get<CoreService>('service', 'taken');
    const spec = { serviceRegistries: [{ registryArn: 'service:taken' }] };
    await applyAll(taskDefinition('mine', 80), manifests.service('mine', 1, spec));
    await objects.wait('ecssvc/mine', 'condition=RoutingIncomplete');
    await objects.wait('ecssvc/mine', 'condition=Ready');
    assert.equal(conditionOf(await serviceNamed('mine'), 'RoutingIncomplete')?.reason, 'NameTaken');
    assert.deepEqual((await objects.get<CoreService>('service', 'taken')).metadata, before.metadata);
    await kubectl(['delete', '-n', namespace, 'service', 'taken']);
    await eventually(async () => assert.equal((await reachedAs('taken')).pods.length, 1));
    await eventually(async () => assert.equal(conditionOf(await serviceNamed('mine'), 'RoutingIncomplete'), undefined));
  });

  it('says which port the definition does not have, and starts nothing', async () => {
    const loadBalancers = [{ targetGroupArn: arn, containerName: 'app', containerPort: 81 }];
    await applyAll(taskDefinition('wrong', 80), manifests.service('wrong', 1, { loadBalancers }));
    await objects.wait('ecssvc/wrong', 'condition=Stalled');
    const { reason, message } = conditionOf(await serviceNamed('wrong'), 'Stalled') ?? {};
    assert.equal(reason, 'InvalidRouting');
    assert.match(message ?? '', /containerPort is 81, and the portMappings of container app have 80/);
    assert.deepEqual(await objects.podsOfService('wrong'), []);
  });

  describe('with a target group', () => {
    const loadBalancers = [{ targetGroupArn: arn, containerName: 'app', containerPort: 8080 }];

    it('runs without the AWS Load Balancer Controller, and says that it is not there', async () => {
      const spec = { loadBalancers, kubernetes: { drainSeconds: 1 } };
      await applyAll(taskDefinition('lb', 8080), manifests.service('lb', 1, spec));
      await objects.wait('ecssvc/lb', 'condition=Ready');
      assert.equal(conditionOf(await serviceNamed('lb'), 'RoutingIncomplete')?.reason, 'TargetGroupBindingMissing');
    });

    it('binds it once the kind is there', async () => {
      await operator.stop();
      await serveBindings();
      await operator.start();
      const [binding] = await eventually(async () => {
        const found = await objects.list<TargetGroupBinding>('targetgroupbindings');
        assert.equal(found.length, 1);
        return found;
      });
      const name = binding?.metadata.name ?? '';
      const serviceRef = { name, port: 'target' };
      assert.deepEqual(binding?.spec, { targetGroupARN: arn, targetType: 'ip', serviceRef });
      await eventually(async () => assert.equal((await reachedAs(name)).pods.length, 1));
      await eventually(async () => assert.equal(conditionOf(await serviceNamed('lb'), 'RoutingIncomplete'), undefined));
    });

    it('replaces a task only once the new one is a healthy target', async () => {
      const [old = ''] = await podsThatStay('lb');
      await applyAll(taskDefinition('lb', 8080, 2));
      const fresh = await eventually(() => newInService('lb', old));
      const [gate] = fresh.spec?.readinessGates ?? [];
      assert.match(gate?.conditionType ?? '', /^target-health\.elbv2\.k8s\.aws\/lb-lb-/);
      assert.ok((await podsThatStay('lb')).includes(old));
      const conditions = [{ type: gate?.conditionType, status: 'True' }];
      const patch = JSON.stringify({ status: { conditions } });
      const { name } = fresh.metadata;
      await kubectl(['patch', '-n', namespace, 'pod', name, '--subresource=status', '-p', patch]);
      await objects.wait('ecssvc/lb', 'jsonpath={.status.deployments[0].rolloutState}=COMPLETED');
      assert.deepEqual(await podsThatStay('lb'), [name]);
      const messages = ((await serviceNamed('lb')).status?.events ?? []).map(({ message }) => message);
      assert.ok(messages.includes(`(service lb) registered 1 targets in (target-group ${arn})`));
    });

    it('goes with its service', async () => {
      await kubectl(['delete', '-n', namespace, 'ecssvc', 'lb']);
      await eventually(async () => {
        const left = await objects.list<CoreService>('services');
        assert.deepEqual(left.map(({ metadata }) => metadata.name).toSorted(), ['shop', 'taken', 'web']);
      });
      await serveNoBindings();
    });
  });

  passesTheAudit(namespace);
});
