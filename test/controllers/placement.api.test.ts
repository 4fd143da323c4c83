import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { shapes, zones } from '../../deploy/local/nodes.ts';
import type { Pod } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import type { Task } from '../../src/api/task.ts';
import { passesTheAudit } from '../support/audit.ts';
import { applyAll, eventually, kubectl } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { makeNodes, only, otherPod } from '../support/own-nodes.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const run = String(process.pid);
const namespace = `placement-test-${run}`;
/** Whose pods the operator does not see. */
const elsewhere = `placement-other-${run}`;
const manifests = manifestsIn(namespace);
const { get, list, podsOfService: podsOf, reaches, wait } = objectsIn(namespace);

/** Nodes of this run alone, two in each zone: nobody else's pods are on them. */
const nodes = zones.flatMap((zone) => ['1', '2'].map((number) => ({ name: `n${number}-${zone}-${run}`, zone })));
const [firstNode = assert.fail(), secondNode = assert.fail()] = nodes.map(({ name }) => name);

const onOurs = { type: 'memberOf', expression: `attribute:run == ${run}` };

interface Placing {
  readonly memoryMiB?: number;
  readonly strategy?: readonly object[];
  readonly constraints?: readonly object[];
}

async function start(service: string, desiredCount: number, placing: Placing = {}): Promise<void> {
  const { memoryMiB = 64, strategy = [], constraints = [] } = placing;
  const spec = {
    placementStrategy: strategy,
    placementConstraints: [onOurs, ...constraints],
    kubernetes: { placement: 'operator' },
  };
  await applyAll(
    manifests.taskDefinition(service, `registry.example/${service}:1`, memoryMiB),
    manifests.service(service, desiredCount, spec),
  );
}

async function steady(service: string, runningCount: number): Promise<void> {
  await wait(`ecssvc/${service}`, `jsonpath={.status.runningCount}=${String(runningCount)}`);
  await wait(`ecssvc/${service}`, 'condition=Ready');
}

/** How many tasks of the service each node has. */
async function perNode(service: string): Promise<Record<string, number>> {
  const pods = await podsOf(service);
  const byNode = Map.groupBy(pods, ({ spec }: Pod) => spec?.nodeName ?? 'none');
  return Object.fromEntries([...byNode].map(([node, own]) => [node, own.length]));
}

/** The launch numbers of its tasks that there are: those that were taken back leave gaps. */
async function launchesOf(service: string): Promise<string[]> {
  const pods = await podsOf(service);
  return pods.map(({ metadata }) => metadata.annotations?.['ecs-operator.dev/launch'] ?? '').sort();
}

describe('A task whose node we choose, on a real API server,', function () {
  this.timeout(180_000);

  before(async () => {
    await makeNodes(...nodes.map((node) => ({ ...node, labels: { run } })));
    await kubectl(['create', 'namespace', elsewhere]);
  });

  after(async () => {
    await kubectl(['delete', 'namespace', elsewhere, '--wait=false']);
    await kubectl(['delete', 'nodes', '-l', `run=${run}`, '--wait=false']);
  });

  const operator = runsOperatorIn(namespace, manifests.cluster());

  it('is packed by binpack: no node is opened while one fits', async () => {
    await start('packed', 5, { strategy: [{ type: 'binpack', field: 'memory' }] });
    await steady('packed', 5);
    assert.deepEqual(Object.values(await perNode('packed')), [5]);
  });

  it('is spread over zones, and over the nodes of each', async () => {
    const strategy = [
      { type: 'spread', field: 'attribute:ecs.availability-zone' },
      { type: 'spread', field: 'instanceId' },
    ];
    await start('spread', 6, { strategy });
    await steady('spread', 6);
    assert.deepEqual(Object.values(await perNode('spread')), [1, 1, 1, 1, 1, 1]);
  });

  it('is on a node that matches a regular expression, and that a task of another group is on', async () => {
    const beside = {
      type: 'memberOf',
      expression: 'attribute:ecs.instance-type =~ m6i.* and task:group == service:packed',
    };
    await start('beside', 2, { constraints: [beside] });
    await steady('beside', 2);
    assert.deepEqual(Object.keys(await perNode('beside')), Object.keys(await perNode('packed')));
  });

  it('is told why it is not placed where there are two nodes for three distinct instances', async () => {
    const constraints = [{ type: 'distinctInstance' }, only(firstNode, secondNode)];
    await start('distinct', 3, { constraints });
    await wait('ecssvc/distinct', 'jsonpath={.status.runningCount}=2');
    await wait('ecssvc/distinct', 'jsonpath={.status.pendingCount}=1');
    const unplaced = await eventually(async () => {
      const condition = conditionOf(await get<Service>('ecssvc', 'distinct'), 'Unplaced');
      assert.ok(condition);
      return condition;
    });
    assert.equal(unplaced.reason, 'PlacementConstraintUnsatisfied');
    assert.match(unplaced.message, /^1 not placed: \d+ nodes: .*; closest /);
    assert.deepEqual(Object.values(await perNode('distinct')), [1, 1, 1]);
    const [waiting] = (await podsOf('distinct')).filter(({ spec }) => spec?.nodeName === undefined);
    assert.deepEqual(waiting?.spec?.schedulingGates, [{ name: 'ecs-operator.dev/placement' }]);
    const told = await kubectl(['events', '-n', namespace, '--for', 'ecssvc/distinct']);
    assert.match(told, /was unable to place a task because no container instance met all of its requirements/);
  });

  it('finds the pods of others in its way before it is placed', async () => {
    await applyAll(otherPod({ name: 'big', namespace, node: firstNode }, '6500Mi'));
    const strategy = [{ type: 'binpack', field: 'memory' }];
    await start('big', 1, { memoryMiB: 1024, strategy, constraints: [only(firstNode, secondNode)] });
    await steady('big', 1);
    assert.deepEqual(await perNode('big'), { [secondNode]: 1 });
    assert.deepEqual(await launchesOf('big'), ['1']);
  });

  it('is placed again when somebody whom we do not see has taken its room, and was no stopped task', async () => {
    const [third = assert.fail(), fourth = assert.fail()] = nodes.slice(2).map(({ name }) => name);
    // What is seen makes binpack prefer the one that is full.
    await applyAll(
      otherPod({ name: 'hidden', namespace: elsewhere, node: third }, '6500Mi'),
      otherPod({ name: 'seen', namespace, node: third }, '640Mi'),
    );
    const strategy = [{ type: 'binpack', field: 'memory' }];
    await start('raced', 2, { memoryMiB: 1024, strategy, constraints: [only(third, fourth)] });
    await steady('raced', 2);
    assert.deepEqual(await perNode('raced'), { [fourth]: 2 });
    assert.notDeepEqual(await launchesOf('raced'), ['1', '2'], 'the race was lost');
    assert.deepEqual(await list<Task>('ecst', 'ecs-operator.dev/service=raced'), []);
    const { status } = await get<Service>('ecssvc', 'raced');
    assert.deepEqual(
      status?.events?.filter(({ message }) => message.includes('stopped')),
      [],
    );
  });

  it('too big for every node is told so, and placed as soon as a node comes', async () => {
    await start('huge', 1, { memoryMiB: 16_384 });
    const unplaced = await eventually(async () => {
      const condition = conditionOf(await get<Service>('ecssvc', 'huge'), 'Unplaced');
      assert.ok(condition);
      return condition;
    });
    assert.equal(unplaced.reason, 'InsufficientMemory');
    const late = `late-${run}`;
    await makeNodes({ name: late, zone: zones[0], labels: { run }, shape: shapes.extraLarge });
    await steady('huge', 1);
    assert.deepEqual(await perNode('huge'), { [late]: 1 });
    assert.equal(conditionOf(await get<Service>('ecssvc', 'huge'), 'Unplaced'), undefined);
  });

  it('that runs once is told, when its room is taken, what it waits for, and runs once there is room', async () => {
    const fifth = nodes[4]?.name ?? '';
    await applyAll(otherPod({ name: 'in-the-way', namespace: elsewhere, node: fifth }, '6500Mi'));
    const spec = { placementConstraints: [only(fifth)], kubernetes: { placement: 'operator' } };
    const definition = manifests.taskDefinition('patient', 'registry.example/patient:1', 1024);
    await applyAll(definition, manifests.task('patient', 'patient', spec));
    await eventually(async () => {
      const { message } = conditionOf(await get<Task>('ecst', 'patient'), 'Ready') ?? {};
      assert.match(message ?? '', new RegExp(`waits for room on ${fifth}, which was chosen for it`));
    });
    await kubectl(['delete', 'pod', '-n', elsewhere, 'in-the-way']);
    await reaches('patient', 'RUNNING');
  });

  it('that runs once is told why no node takes it', async () => {
    const spec = { placementConstraints: [onOurs], kubernetes: { placement: 'operator' } };
    const definition = manifests.taskDefinition('giant', 'registry.example/giant:1', 65_536);
    await applyAll(definition, manifests.task('giant', 'giant', spec));
    const ready = await eventually(async () => {
      const condition = conditionOf(await get<Task>('ecst', 'giant'), 'Ready');
      assert.equal(condition?.reason, 'InsufficientMemory');
      return condition;
    });
    assert.match(ready.message, /^The task is unable to be placed. Reason: \d+ nodes: /);
    assert.equal((await get<Task>('ecst', 'giant')).status?.lastStatus, 'PROVISIONING');
  });

  it('that runs once is placed by its own terms, after its launch is recorded', async () => {
    const spec = { placementConstraints: [only(secondNode)], kubernetes: { placement: 'operator' } };
    await applyAll(manifests.taskDefinition('once', 'registry.example/once:1'), manifests.task('once', 'once', spec));
    const { status } = await reaches('once', 'RUNNING');
    assert.equal(status?.node, secondNode);
  });

  it('is placed once, whatever becomes of the operator meanwhile', async () => {
    const free = only(secondNode, ...nodes.slice(3).map(({ name }) => name));
    await start('many', 50, { strategy: [{ type: 'spread', field: 'instanceId' }], constraints: [free] });
    await eventually(async () => {
      const pinned = (await podsOf('many')).filter(({ spec }) => (spec?.schedulingGates ?? []).length === 0);
      assert.ok(pinned.length > 0);
    });
    await operator.stop('SIGKILL');
    await operator.start();
    await steady('many', 50);
    const counts = Object.values(await perNode('many'));
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, JSON.stringify(counts));
    assert.equal((await launchesOf('many')).length, 50);
  });

  passesTheAudit(namespace);
});
