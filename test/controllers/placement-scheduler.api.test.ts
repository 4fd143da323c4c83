import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { NodeView, Pod } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import { passesTheAudit } from '../support/audit.ts';
import { applyAll, eventually, kubectl, kubectlJson } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `placement-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const objects = objectsIn(namespace);

const image = 'registry.example/app:1';
const rack = 'attribute.ecs-operator.dev/rack';
const zoneLabel = 'topology.kubernetes.io/zone';
const typeLabel = 'node.kubernetes.io/instance-type';

let nodes: ReadonlyMap<string, NodeView> = new Map();

/** Applies a service and the task definition of its name. */
async function apply(name: string, desiredCount: number, spec: object): Promise<void> {
  await applyAll(manifests.taskDefinition(name, image), manifests.service(name, desiredCount, spec));
}

function memberOf(expression: string): object {
  return { placementConstraints: [{ type: 'memberOf', expression }] };
}

/** The nodes of the tasks of a service, once all that can be placed are. */
async function placed(service: string, count: number): Promise<readonly NodeView[]> {
  const bound = async (): Promise<readonly Pod[]> =>
    (await objects.podsOfService(service)).filter(({ spec }) => spec?.nodeName !== undefined);
  await eventually(async () => assert.equal((await bound()).length, count));
  return (await bound()).flatMap(({ spec }) => nodes.get(spec?.nodeName ?? '') ?? []);
}

/** How many of the nodes have each value of a label. */
function countBy(found: readonly NodeView[], label: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { metadata } of found) {
    const value = metadata.labels?.[label] ?? 'none';
    counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}

async function told(service: string, type: string): Promise<string> {
  const condition = conditionOf(await objects.get<Service>('ecssvc', service), type);
  return `${condition?.reason ?? 'absent'}: ${condition?.message ?? ''}`;
}

/** Waits until the condition says so. */
async function tells(service: string, type: string, what: RegExp): Promise<void> {
  await eventually(async () => assert.match(await told(service, type), what));
}

async function saysInEvents(service: string, what: RegExp): Promise<void> {
  await eventually(async () => {
    const { status } = await objects.get<Service>('ecssvc', service);
    const messages = (status?.events ?? []).map(({ message }) => message);
    assert.ok(
      messages.some((message) => what.test(message)),
      messages.join('\n'),
    );
  });
}

describe('placement by the kube-scheduler, on a real one', function () {
  this.timeout(120_000);
  runsOperatorIn(namespace, manifests.cluster());
  before(async () => {
    const { items } = await kubectlJson<{ items: readonly NodeView[] }>('get', 'nodes');
    nodes = new Map(items.map((node) => [node.metadata.name, node]));
  });

  it('spreads the tasks of a service evenly over zones, and over the nodes in them', async () => {
    await apply('even', 6, {});
    const found = await placed('even', 6);
    assert.deepEqual(countBy(found, zoneLabel), { 'us-east-1a': 2, 'us-east-1b': 2, 'us-east-1c': 2 });
    assert.equal(new Set(found.map(({ metadata }) => metadata.name)).size, 6);
  });

  it('leaves what a roll-out comes to even', async () => {
    await applyAll(manifests.taskDefinition('even', 'registry.example/app:2'));
    await eventually(async () => {
      const pods = await objects.podsOfService('even');
      assert.deepEqual([...new Set(pods.map(({ metadata }) => metadata.labels?.['ecs-operator.dev/revision']))], ['2']);
    });
    const found = await placed('even', 6);
    assert.deepEqual(countBy(found, zoneLabel), { 'us-east-1a': 2, 'us-east-1b': 2, 'us-east-1c': 2 });
  });

  it("says in ECS's words why distinctInstance leaves tasks without a node", async () => {
    const count = nodes.size + 2;
    await apply('apart', count, { placementConstraints: [{ type: 'distinctInstance' }] });
    const found = await placed('apart', nodes.size);
    assert.equal(new Set(found.map(({ metadata }) => metadata.name)).size, nodes.size);
    const all = String(nodes.size);
    const fails = 'runs? a task of service:apart already';
    const sentence = `${all} nodes: ${all} ${fails}; closest \\S+ ${fails}`;
    await tells('apart', 'Unplaced', new RegExp(`^PlacementConstraintUnsatisfied: 2 not placed: ${sentence}\\.$`));
    await tells('apart', 'Ready', new RegExp(`2 not placed: ${sentence}`));
    await saysInEvents(
      'apart',
      /^\(service apart\) was unable to place a task because no container instance met all of its requirements\. Reason: The closest matching (container-instance|\(container-instance \S+\)) encountered error "distinctInstance placement constraint unsatisfied\."/,
    );
    const { status } = await objects.get<Service>('ecssvc', 'apart');
    assert.deepEqual(
      status?.unplaced?.map(({ reason, count: tasks }) => [reason, tasks]),
      [['distinctInstance', 2]],
    );
  });

  it('says so no more once they are placed, or not wanted', async () => {
    await applyAll(manifests.service('apart', nodes.size, { placementConstraints: [{ type: 'distinctInstance' }] }));
    await tells('apart', 'Unplaced', /^absent/);
  });

  it('starts tasks on the instance types that memberOf names, and on no other', async () => {
    await apply('typed', 4, memberOf('attribute:ecs.instance-type == m6i.large'));
    assert.deepEqual(countBy(await placed('typed', 4), typeLabel), { 'm6i.large': 4 });
  });

  it('takes a pattern as the values that nodes have, and says so', async () => {
    await apply('pattern', 2, memberOf('attribute:ecs.instance-type =~ m6i\\.2.*'));
    assert.deepEqual(countBy(await placed('pattern', 2), typeLabel), { 'm6i.2xlarge': 2 });
    await tells(
      'pattern',
      'DiffersFromECS',
      /is expressed by the values of nodes that match the pattern: now m6i\.2xlarge;/,
    );
  });

  it('keeps tasks away from a group, whose pods it knows by their label', async () => {
    await applyAll(
      manifests.task('lonely', 'typed', { group: 'quiet', ...memberOf('attribute:ecs.instance-type == m6i.large') }),
    );
    const { status } = await objects.reaches('lonely', 'RUNNING');
    assert.ok(status?.node !== undefined);
    await apply('away', 5, memberOf('not(task:group == quiet)'));
    const found = await placed('away', 5);
    assert.ok(!found.some(({ metadata }) => metadata.name === status.node));
    await tells('away', 'DiffersFromECS', /tasks of quiet are not started beside those of this one either/);
  });

  it('gives a standalone task distinctInstance within its group', async () => {
    const spec = { group: 'batch', placementConstraints: [{ type: 'distinctInstance' }] };
    await applyAll(...['first', 'second', 'third'].map((name) => manifests.task(name, 'typed', spec)));
    const tasks = await Promise.all(['first', 'second', 'third'].map((name) => objects.reaches(name, 'RUNNING')));
    assert.equal(new Set(tasks.map(({ status }) => status?.node)).size, 3);
  });

  it('says of memory that no node has', async () => {
    await applyAll(manifests.taskDefinition('huge', image, 200_000), manifests.service('huge', 1));
    const all = String(nodes.size);
    await tells(
      'huge',
      'Unplaced',
      new RegExp(`^InsufficientMemory: .*${all} lack 200000 MiB; closest \\S+ lacks \\d+ MiB\\.$`),
    );
    await saysInEvents(
      'huge',
      /The closest matching (container-instance|\(container-instance \S+\)) has insufficient memory available\./,
    );
  });

  it('is stalled where a pod cannot say what binds it, with what to do', async () => {
    await apply('crowded', 2, memberOf('runningTasksCount < 5'));
    await tells(
      'crowded',
      'Stalled',
      /^PlacementNotExpressible: .*runningTasksCount.*kubernetes\.placement to operator/,
    );
    assert.deepEqual(await objects.podsOfService('crowded'), []);
  });

  it('is stalled where an expression cannot be read, with the place', async () => {
    await apply('unread', 2, memberOf('attribute:rack ='));
    await tells('unread', 'Stalled', /^InvalidPlacementConstraint: placementConstraints\[0\]\.expression: /);
    await applyAll(manifests.task('unread-task', 'typed', memberOf('attribute:rack =')));
    await objects.wait('ecst/unread-task', 'condition=Stalled');
  });

  it('is stalled on Fargate with a strategy, as ECS refuses it', async () => {
    await apply('fargate', 1, { launchType: 'FARGATE', placementStrategy: [{ type: 'random' }] });
    await tells('fargate', 'Stalled', /Placement strategies are not supported with FARGATE launch type/);
  });

  it('says that a pod cannot ask for binpack', async () => {
    await apply('packed', 1, { placementStrategy: [{ type: 'binpack', field: 'cpu' }] });
    await tells(
      'packed',
      'DiffersFromECS',
      /placementStrategy\[0\]: a pod cannot ask for the node with the least cpu left/,
    );
  });
});

describe('a node with an attribute of its own', function () {
  this.timeout(120_000);
  let labelled = '';
  runsOperatorIn(`${namespace}-rack`, { ...manifestsIn(`${namespace}-rack`).cluster() });
  const own = manifestsIn(`${namespace}-rack`);
  const its = objectsIn(`${namespace}-rack`);
  before(async () => {
    const { items } = await kubectlJson<{ items: readonly NodeView[] }>('get', 'nodes');
    labelled = items.at(-1)?.metadata.name ?? '';
    await kubectl(['label', 'node', labelled, `${rack}=b`]);
  });
  after(async () => {
    await kubectl(['uncordon', labelled]);
    await kubectl(['label', 'node', labelled, `${rack}-`]);
  });

  it('is the only one that != is true of: the others do not have the attribute', async () => {
    await applyAll(own.taskDefinition('other', image), own.service('other', 3, memberOf('attribute:rack != a')));
    await eventually(async () => {
      const pods = await its.podsOfService('other');
      assert.deepEqual(
        pods.map(({ spec }) => spec?.nodeName),
        [labelled, labelled, labelled],
      );
    });
  });

  it('keeps its tasks when the attribute changes, and gets no more: a constraint counts when a task is placed', async () => {
    await kubectl(['label', 'node', labelled, `${rack}=a`, '--overwrite']);
    await applyAll(own.service('other', 4, memberOf('attribute:rack != a')));
    await eventually(async () => {
      const { status } = await its.get<Service>('ecssvc', 'other');
      const unplaced = status?.unplaced?.map(({ reason, count }) => [reason, count]);
      assert.deepEqual([unplaced, status?.runningCount], [[['MemberOf', 1]], 3]);
    });
    const there = (await its.podsOfService('other')).filter(({ spec }) => spec?.nodeName === labelled);
    assert.equal(there.length, 3);
    await applyAll(own.service('other', 3, memberOf('attribute:rack != a')));
    await eventually(async () => assert.equal((await its.podsOfService('other')).length, 3));
    await kubectl(['label', 'node', labelled, `${rack}=b`, '--overwrite']);
  });

  it('is told to be draining once it is cordoned', async () => {
    await kubectl(['cordon', labelled]);
    await applyAll(own.service('other', 4, memberOf('attribute:rack != a')));
    await eventually(async () => {
      const { message } = conditionOf(await its.get<Service>('ecssvc', 'other'), 'Unplaced') ?? {};
      const others = String(nodes.size - 1);
      assert.match(
        message ?? '',
        new RegExp(
          `not placed: ${String(nodes.size)} nodes: ${others} fail memberOf attribute:rack != a, 1 draining; closest `,
        ),
      );
    });
  });
});

passesTheAudit(namespace);
passesTheAudit(`${namespace}-rack`);
