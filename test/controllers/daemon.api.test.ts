import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { zones } from '../../deploy/local/nodes.ts';
import type { Pod } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import { isTrue } from '../../src/base/conditions.ts';
import { applyAll, eventually, kubectl } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { makeNodes, only } from '../support/own-nodes.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

const run = String(process.pid);
const namespace = `daemon-test-${run}`;
const manifests = manifestsIn(namespace);
const { get, podsOfService } = objectsIn(namespace);

/** Nodes of this run alone: nobody else's pods are on them. */
const names = ['a', 'b', 'c', 'd'].map((letter) => `daemon-${letter}-${run}`);
const [first = '', second = '', third = '', last = ''] = names;
const role = `role-${run}`;

const spec = {
  schedulingStrategy: 'DAEMON',
  placementConstraints: [{ type: 'memberOf', expression: `attribute:${role} == agent` }],
  deploymentConfiguration: { minimumHealthyPercent: 50 },
};

function make(...nodes: readonly string[]): Promise<void> {
  return makeNodes(...nodes.map((name) => ({ name, zone: zones[0], labels: { [role]: 'agent' } })));
}

function agent(image: string): object {
  return manifests.taskDefinition('agent', image);
}

function daemon(): object {
  const { spec: own, ...rest } = manifests.service('agent', 1, spec) as { readonly spec: object };
  return { ...rest, spec: { ...own, desiredCount: undefined } };
}

/** The nodes of the tasks that are to run, once their service is steady with those. */
async function steadyOn(...nodes: readonly string[]): Promise<readonly Pod[]> {
  return eventually(async () => {
    const pods = (await podsOfService('agent')).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    assert.deepEqual(pods.map((pod) => pod.spec?.nodeName ?? '').sort(), [...nodes].sort());
    const { status } = await get<Service>('ecssvc', 'agent');
    assert.ok(isTrue(status?.conditions, 'Ready'), JSON.stringify(status?.conditions));
    return pods;
  }, 90_000);
}

/** Which revision a task is of: its image may have become a digest. */
function revisionOf({ metadata }: Pod): string | undefined {
  return metadata.labels?.['ecs-operator.dev/revision'];
}

describe('a DAEMON on a real API server', function () {
  this.timeout(120_000);

  before(() => make(first, second, third));
  after(async () => {
    await kubectl(['delete', 'nodes', ...names, '--ignore-not-found', '--wait=false']);
  });

  runsOperatorIn(namespace, manifests.cluster(), agent('registry.example/agent:1'), daemon());

  it('has one task on each node that matches, and on a new one', async () => {
    const pods = await steadyOn(first, second, third);
    assert.equal(pods[0]?.metadata.annotations?.['cluster-autoscaler.kubernetes.io/daemonset-pod'], 'true');
    await make(last);
    await steadyOn(...names);
    const { status } = await get<Service>('ecssvc', 'agent');
    assert.deepEqual([status?.desiredCount, status?.runningCount], [4, 4]);
  });

  it('is not scaled: kubectl says why', async () => {
    await assert.rejects(
      kubectl(['scale', '-n', namespace, 'ecssvc/agent', '--replicas', '3']),
      /desiredCount is 3, but a DAEMON service has one task on each node that matches: leave it out/,
    );
  });

  it('stops the task of a node whose label is another one, and starts it again', async () => {
    await kubectl(['label', 'node', last, `${role}=other`, '--overwrite']);
    await steadyOn(first, second, third);
    await kubectl(['label', 'node', last, `${role}=agent`, '--overwrite']);
    await steadyOn(...names);
  });

  it('is last off a node that is cordoned', async () => {
    await applyAll(
      manifests.taskDefinition('web', 'registry.example/web:1'),
      manifests.service('web', 1, {
        placementConstraints: [only(first)],
        deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 },
      }),
    );
    await eventually(async () => assert.equal((await get<Service>('ecssvc', 'web')).status?.runningCount, 1));
    await kubectl(['cordon', first]);
    await eventually(async () => {
      const draining = conditionOf(await get<Service>('ecssvc', 'agent'), 'Draining');
      assert.equal(draining?.reason, 'TasksStopLast');
    });
    await steadyOn(...names);
    await kubectl(['delete', '-n', namespace, 'ecssvc/web', '--cascade=foreground']);
    await steadyOn(second, third, last);
    await kubectl(['uncordon', first]);
    await steadyOn(...names);
  });

  it('is updated on half of its nodes at a time', async () => {
    await steadyOn(...names);
    await applyAll(agent('registry.example/agent:2'));
    const seen: number[] = [];
    await eventually(async () => {
      const pods = await podsOfService('agent');
      seen.push(pods.filter(({ status }) => status?.containerStatuses?.every(({ ready }) => ready) === true).length);
      assert.ok(pods.every((pod) => revisionOf(pod) === '2'));
    }, 90_000);
    const pods = await steadyOn(...names);
    assert.deepEqual(
      pods.map(revisionOf),
      names.map(() => '2'),
    );
    assert.ok(Math.min(...seen) >= 2, `healthy at each look: ${seen.join(' ')}`);
  });
});
