import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Pod } from '../src/api/meta.ts';
import type { Service } from '../src/api/service.ts';
import { auditOf, passesTheAudit } from './support/audit.ts';
import { applyAll, eventually, kubectl } from './support/cluster.ts';
import { manifestsIn } from './support/manifests.ts';
import { objectsIn } from './support/objects.ts';
import { RealNodes } from './support/real-nodes.ts';
import { runsOperatorWith } from './support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `node-faults-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const objects = objectsIn(namespace);
const nodeCount = 30;
const nodeLossSeconds = 5;

/** Name, desiredCount, minimumHealthyPercent and maximumPercent. */
type Size = readonly [name: string, desiredCount: number, minimum: number, maximum: number];

async function run([name, desiredCount, minimumHealthyPercent, maximumPercent]: Size): Promise<void> {
  const deploymentConfiguration = { minimumHealthyPercent, maximumPercent };
  await applyAll(
    manifests.taskDefinition(name, `registry.example/${name}:1`),
    manifests.service(name, desiredCount, { deploymentConfiguration }),
  );
}

/** Waits until that many of its tasks run and are healthy, and no others are there. */
async function steady([name, desiredCount]: Size): Promise<readonly Pod[]> {
  return eventually(async () => {
    const pods = await tasksOf(name);
    assert.deepEqual([pods.length, pods.filter(isHealthy).length], [desiredCount, desiredCount], name);
    const { status } = await objects.get<Service>('ecssvc', name);
    assert.equal(status?.runningCount, desiredCount);
    return pods;
  }, 120_000);
}

/** Pods that nobody has told to stop. */
async function tasksOf(name: string): Promise<readonly Pod[]> {
  return (await objects.podsOfService(name)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

function isHealthy({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') ?? false;
}

/** How many of the pods each node has, the fullest first. */
function byNode(pods: readonly Pod[]): readonly (readonly [node: string, count: number])[] {
  const groups = Map.groupBy(pods, ({ spec }) => spec?.nodeName ?? '');
  return [...groups].map(([node, own]) => [node, own.length] as const).toSorted((a, b) => b[1] - a[1]);
}

function nodeOf({ spec }: Pod): string {
  return spec?.nodeName ?? '';
}

describe('faults of nodes', function () {
  this.timeout(240_000);
  runsOperatorWith(['--node-loss-seconds', String(nodeLossSeconds)], namespace, manifests.cluster());
  const nodes = RealNodes.forSuite(nodeCount);

  describe('one of ten lost at once', () => {
    const sizes: readonly Size[] = [
      ['web', 20, 100, 200],
      ['api', 12, 50, 150],
      // Where nothing can be started first, what is lost is replaced all the same.
      ['full', 20, 100, 100],
    ];
    let lost: readonly string[] = [];
    let cutOff: readonly Pod[] = [];

    before(async () => {
      await Promise.all(sizes.map(run));
      const pods = (await Promise.all(sizes.map(steady))).flat();
      lost = byNode(pods)
        .slice(0, nodeCount / 10)
        .map(([node]) => node);
      cutOff = pods.filter((pod) => lost.includes(nodeOf(pod)));
      await nodes.lose(lost);
    });

    it('has their tasks replaced on others', async () => {
      assert.ok(cutOff.length >= lost.length, 'each lost node has a task');
      for (const [name, desiredCount] of sizes) {
        await eventually(async () => {
          const present = (await tasksOf(name)).filter((pod) => !lost.includes(nodeOf(pod)) && isHealthy(pod));
          assert.equal(present.length, desiredCount, name);
        });
      }
    });

    it('has the surplus stopped when they return', async () => {
      await nodes.return(lost);
      await Promise.all(sizes.map(steady));
    });

    // One of them may never leave a node that is drained.
    after(() => kubectl(['delete', '-n', namespace, 'ecssvc', ...sizes.map(([name]) => name), '--wait']));
  });

  describe('kubectl drain', () => {
    const drained: Size = ['drained', 60, 100, 200];
    const single: Size = ['single', 1, 100, 200];

    before(async () => {
      await Promise.all([run(drained), run(single)]);
      await Promise.all([steady(drained), steady(single)]);
    });

    it('empties a node, with never more than one task missing', async () => {
      const [[node, count] = ['', 0]] = byNode(await tasksOf('drained'));
      assert.ok(count > 1, 'a node with several tasks');
      const least = await leastHealthyWhile('drained', async () => {
        await kubectl(['drain', node, '--timeout=120s']);
        const pods = await steady(drained);
        assert.ok(pods.every((pod) => nodeOf(pod) !== node));
      });
      assert.ok(least >= 59, String(least));
      await kubectl(['uncordon', node]);
    });

    it('has nothing left to evict where a node was cordoned before, so that even a single task has no gap', async () => {
      const [pod] = await tasksOf('single');
      assert.ok(pod);
      const least = await leastHealthyWhile('single', async () => {
        await kubectl(['cordon', nodeOf(pod)]);
        await kubectl(waitUntilEmpty(nodeOf(pod)));
        await kubectl(['drain', nodeOf(pod), '--timeout=60s']);
        await kubectl(['uncordon', nodeOf(pod)]);
        await steady(single);
      });
      assert.equal(least, 1);
      assert.deepEqual(evictionsOf(pod), []);
    });

    /** As the README has it. */
    function waitUntilEmpty(node: string): readonly string[] {
      const onNode = ['-l', 'ecs-operator.dev/service', `--field-selector=spec.nodeName=${node}`];
      return ['wait', 'pod', '-A', '--for=delete', ...onNode, '--timeout=60s'];
    }

    function evictionsOf({ metadata }: Pod): readonly unknown[] {
      const evictions = auditOf(namespace).filter(({ objectRef }) => objectRef?.subresource === 'eviction');
      return evictions.filter(({ objectRef }) => objectRef?.name === metadata.name);
    }
  });

  describe('a node group cordoned', () => {
    const moving: Size = ['moving', 20, 100, 110];
    const left = async (group: string): Promise<number> => {
      const own = await nodes.of(group);
      return (await tasksOf('moving')).filter((pod) => own.has(nodeOf(pod))).length;
    };

    before(async () => {
      await nodes.cordon('compute');
      await run(moving);
      await steady(moving);
      await nodes.uncordon('compute');
      assert.equal(await left('general'), 20);
    });

    it('has its tasks move to the other, until it is uncordoned in the middle of it', async () => {
      await nodes.cordon('general');
      await eventually(async () => assert.ok((await left('compute')) > 3));
      await nodes.uncordon('general');
      await steady(moving);
      assert.ok((await left('general')) > 3);
    });

    it('has all of them move when it is cordoned again, and none is left behind', async () => {
      await nodes.cordon('general');
      await eventually(async () => assert.equal(await left('compute'), 20));
      await steady(moving);
      assert.equal(await left('general'), 0);
      await nodes.uncordon('general');
    });
  });

  passesTheAudit(namespace, { nodeLossMs: nodeLossSeconds * 1000 });
});

/** The least number of healthy tasks that there were while something was done. */
async function leastHealthyWhile(name: string, act: () => Promise<void>): Promise<number> {
  const done = new AbortController();
  const looking = (async () => {
    let least = Infinity;
    while (!done.signal.aborted) least = Math.min(least, (await tasksOf(name)).filter(isHealthy).length);
    return least;
  })();
  await act().finally(() => {
    done.abort();
  });
  return looking;
}
