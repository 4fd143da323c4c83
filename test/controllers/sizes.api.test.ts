import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Node } from '../../src/api/meta.ts';
import type { Task } from '../../src/api/task.ts';
import type { TaskDefinition } from '../../src/api/task-definition.ts';
import { passesTheAudit } from '../support/audit.ts';
import { applyAll, eventually, kubectlJson } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `sizes-test-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const { get, podsOfService, podsOfTask } = objectsIn(namespace);

/** Two containers that say nothing of their own. */
const containerDefinitions = ['app', 'log'].map((name) => ({ name, image: `registry.example/${name}:1` }));

/** The definition `name` of that size. */
function definition(name: string, task: object): object {
  return { ...manifests.taskDefinition(name, ''), spec: { containerDefinitions, ...task } };
}

function settled(name: string): Promise<TaskDefinition> {
  return eventually(async () => {
    const found = await get<TaskDefinition>('ecstd', name);
    assert.ok(found.status?.conditions, `${name} has no conditions`);
    return found;
  });
}

function messageOf(object: Pick<TaskDefinition | Task, 'status'>, type: string): string | undefined {
  return conditionOf(object, type)?.message;
}

describe('a task that is sized as a whole, on a real API server', function () {
  this.timeout(120_000);
  runsOperatorIn(namespace, manifests.cluster());

  it('asks for its size at the pod, and is scheduled by it', async () => {
    const { items: nodes } = await kubectlJson<{ items: readonly Node[] }>(
      'get',
      'nodes',
      '-l',
      '!eks.amazonaws.com/compute-type',
    );
    // More than half of any node: one of them has one node for itself, and there is one more than there are nodes.
    await applyAll(definition('large', { cpu: '5 vCPU', memory: '4 GB' }));
    const big = nodes.filter(({ status }) => Number.parseInt(status?.allocatable?.['cpu'] ?? '', 10) > 5000);
    assert(big.length > 0);
    await applyAll(manifests.service('large', big.length + 1));
    await eventually(async () => {
      const pods = await podsOfService('large');
      const waiting = pods.filter(({ spec }) => spec?.nodeName === undefined);
      assert.equal(pods.length, big.length + 1);
      assert.equal(waiting.length, 1, JSON.stringify(pods.map(({ spec }) => spec?.nodeName)));
      const unscheduled = waiting[0]?.status?.conditions?.find(({ type }) => type === 'PodScheduled');
      assert.match(unscheduled?.message ?? '', /Insufficient cpu/);
    });
    const all = { cpu: '5', memory: '4Gi' };
    for (const { spec } of await podsOfService('large')) {
      assert.deepEqual(spec?.resources, { requests: all, limits: all });
      assert.deepEqual(
        spec.containers.map(({ resources }) => resources ?? {}),
        [{}, {}],
      );
    }
    await applyAll(manifests.service('large', 0));
  });

  it('registers nothing for the same size in other words', async () => {
    await applyAll(definition('same', { cpu: '.5 vCPU', memory: '1 GB' }));
    await settled('same');
    await applyAll(definition('same', { cpu: '512', memory: '1024' }));
    const { status } = await eventually(async () => {
      const found = await settled('same');
      assert.equal(found.status?.observedGeneration, 2);
      return found;
    });
    assert.equal(status?.revision, 1);
  });

  it('gets on Fargate what its definition foretold', async () => {
    await applyAll(
      definition('small', { cpu: '256', memory: '0.5 GB', requiresCompatibilities: ['FARGATE'] }),
      manifests.service('small', 1, { launchType: 'FARGATE' }),
    );
    const { size } = (await settled('small')).status ?? {};
    assert.deepEqual(size, {
      fargate: {
        requested: { cpu: 256, memory: 512 },
        billed: { cpu: 256, memory: 1024 },
        capacityProvisioned: '0.25vCPU 1GB',
        wasted: { cpu: 0, memory: 256 },
      },
    });
    await eventually(async () => {
      const [pod] = await podsOfService('small');
      assert.equal(pod?.metadata.annotations?.['CapacityProvisioned'], '0.25vCPU 1GB');
      assert.equal(pod.spec?.resources, undefined);
    });
  });

  it('is not registered in a size that Fargate has not; the nearest ones are told', async () => {
    await applyAll(definition('odd', { cpu: '512', memory: '6 GB', requiresCompatibilities: ['FARGATE'] }));
    const odd = await settled('odd');
    assert.equal(
      messageOf(odd, 'Stalled'),
      'cpu 512 with memory 6144 is not a Fargate size: the nearest are cpu 512 with memory 4096, and cpu 1024 with memory 6144.',
    );
    assert.equal(odd.status?.revision, undefined);
  });

  it('can have another size in a task that is run once', async () => {
    await applyAll(definition('once', { cpu: '256', memory: '512' }));
    await applyAll(manifests.task('once', 'once', { overrides: { cpu: '1 vCPU', memory: '2 GB' } }));
    const pod = await eventually(async () => {
      const [only] = await podsOfTask('once');
      assert.ok(only);
      return only;
    });
    assert.deepEqual(pod.spec?.resources?.limits, { cpu: '1', memory: '2Gi' });
    const spec = { launchType: 'FARGATE', overrides: { memory: '6 GB' } };
    await applyAll(manifests.task('never', 'once', spec));
    await eventually(async () => {
      const task = await get<Task>('ecst', 'never');
      assert.match(messageOf(task, 'Stalled') ?? '', /cpu 256 with memory 6144 is not a Fargate size/);
    });
  });
});

passesTheAudit(namespace);
