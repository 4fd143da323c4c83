import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import type { Pod } from '../src/api/meta.ts';
import type { Service } from '../src/api/service.ts';
import type { Task } from '../src/api/task.ts';
import { settleAll } from '../src/base/concurrency.ts';
import { zones } from '../deploy/local/nodes.ts';
import { connect, type ApiServer } from './support/api-server.ts';
import { auditViolations } from './support/audit-check.ts';
import { auditOf } from './support/audit.ts';
import {
  applyAll,
  clusterSetting,
  eventually,
  kubectl,
  kubectlJson,
  makeNamespace,
  operatorKubeconfig,
} from './support/cluster.ts';
import { CrashingOperator } from './support/crashing-operator.ts';
import {
  afterForwarding,
  answerAfterForwarding,
  beforeForwarding,
  cutAfterForwarding,
  FaultProxy,
  refuse,
  type Fault,
  type Rule,
} from './support/fault-proxy.ts';
import type { Matcher } from './support/fault-proxy/request.ts';
import { manifestsIn } from './support/manifests.ts';
import { serve } from './support/operator-life.ts';
import { makeNodes, only, otherPod } from './support/own-nodes.ts';
import { awaitServiceAccount } from './support/rights.ts';

/** Of patches, those that name it. */
function isPatchOf(resource: string, part: string): Partial<Matcher> {
  return { verb: 'patch', resource, where: ({ body }) => body.includes(part) };
}

/** Every kind of write that the operator does. */
const writes: Record<string, Partial<Matcher>> = {
  'the create of a pod': { verb: 'create', resource: 'pods' },
  'the patch of a pod': { verb: 'patch', resource: 'pods' },
  'what takes a task into service or out of it': isPatchOf('pods', 'in-service'),
  'what tells that a task drains': isPatchOf('pods', 'drains-until'),
  'the pin of a pod': isPatchOf('pods', 'matchFields'),
  'the delete of a pod': { verb: 'delete', resource: 'pods' },
  'the delete of a pod that has lost its room': {
    verb: 'delete',
    resource: 'pods',
    where: ({ body }) => body.includes('resourceVersion'),
  },
  'the create of a ControllerRevision': { verb: 'create', resource: 'controllerrevisions' },
  'the patch of a ControllerRevision': { verb: 'patch', resource: 'controllerrevisions' },
  'what makes a deployment the PRIMARY one again': isPatchOf('controllerrevisions', '"revision"'),
  'what tells how a deployment ended': isPatchOf('controllerrevisions', 'ecs-operator.dev/outcome'),
  'the delete of a ControllerRevision': { verb: 'delete', resource: 'controllerrevisions' },
  'the create of a budget': { verb: 'create', resource: 'poddisruptionbudgets' },
  'the patch of a budget': { verb: 'patch', resource: 'poddisruptionbudgets' },
  'the delete of a budget': { verb: 'delete', resource: 'poddisruptionbudgets' },
  'the create of a core Service': { verb: 'create', resource: 'services' },
  'the patch of a core Service': { verb: 'patch', resource: 'services' },
  'the delete of a core Service': { verb: 'delete', resource: 'services' },
  'the create of a record': { verb: 'create', resource: 'ecstasks' },
  'the delete of a task, as of a record whose time is over': { verb: 'delete', resource: 'ecstasks' },
  'the status of a task or of a record': { verb: 'update', resource: 'ecstasks', subresource: 'status' },
  'the status of a service': { verb: 'update', resource: 'ecsservices', subresource: 'status' },
  'the status of a task definition': { verb: 'update', resource: 'ecstaskdefinitions', subresource: 'status' },
  'the status of a cluster': { verb: 'update', resource: 'ecsclusters', subresource: 'status' },
  'the create of an Event': { verb: 'create', resource: 'events' },
};

/** Writes of each kind that meet the fault: the first one, and where there are more another in the middle of things. */
const choices = [{ times: 1 }, { skip: 2, times: 1 }];

/** Long enough that the operator has read, planned and written anew. */
const lateMs = 1_500;

interface World {
  readonly proxy: FaultProxy;
  readonly operator: CrashingOperator;
}

const faults: Record<string, (world: World) => Fault> = {
  'a crash before it has left': ({ operator }) =>
    beforeForwarding(() => {
      operator.crash();
      return 'cut';
    }),
  'a crash after it took effect': ({ operator }) =>
    afterForwarding(() => {
      operator.crash();
      return 'cut';
    }),
  'a connection that breaks before it has left': () => refuse,
  'an answer that is lost': () => cutAfterForwarding,
  'an answer that says 500, though it took effect': () => answerAfterForwarding(500),
  'an arrival long after the connection broke': ({ proxy }) =>
    beforeForwarding(async (request) => {
      proxy.reset({ where: (each) => each === request });
      await pause(lateMs);
    }),
};

/** Of this run alone: the audit log remembers the others. */
const namespaceOf = (fault: string): string =>
  `crash-test-${String(process.pid)}-${String(Object.keys(faults).indexOf(fault))}`;

/** Whose pods no operator sees. */
const elsewhere = `crash-other-${String(process.pid)}`;

/** The nodes that a namespace has to itself. */
const nodesOf = (namespace: string): readonly [string, string] => [`${namespace}-taken`, `${namespace}-free`];

/** What one namespace went through. */
interface Story {
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
  readonly lives: number;
  readonly services: readonly Service[];
  /** Pods of service tasks that have ended, and the records by their names. */
  readonly ended: readonly Pod[];
  readonly records: ReadonlyMap<string, Task>;
}

/** Namespaces at once: few enough for two cores. */
const width = 6;

describe('Each write of the operator, whatever becomes of it', function () {
  this.timeout(300_000);
  let admin: ApiServer;
  let stories: ReadonlyMap<string, PromiseSettledResult<Story>>;

  before(async () => {
    admin = await connect(clusterSetting('ECS_OPERATOR_TEST_KUBECONFIG'));
    for (const fault of Object.keys(faults)) await makeNamespace(namespaceOf(fault));
    await kubectl(['create', 'namespace', elsewhere]);
    const results = await settleAll(Object.entries(faults), width, ([name, fault]) => endure(namespaceOf(name), fault));
    stories = new Map(results.map((result, index) => [Object.keys(faults)[index] ?? '', result]));
  });

  after(async () => {
    const namespaces = Object.keys(faults).map(namespaceOf);
    await kubectl(['delete', 'namespace', '--wait=false', '--ignore-not-found', ...namespaces, elsewhere]);
    await kubectl(['delete', 'node', '--wait=false', '--ignore-not-found', ...namespaces.flatMap(nodesOf)]);
  });

  /** Services go through everything while the writes of an operator meet the fault. */
  async function endure(namespace: string, faultOf: (world: World) => Fault): Promise<Story> {
    await awaitServiceAccount(admin, namespace);
    await makeNodes(...nodesOf(namespace).map((name) => ({ name, zone: zones[0] })));
    const proxy = await FaultProxy.to(operatorKubeconfig());
    const operator = new CrashingOperator({ kubeconfig: proxy.kubeconfig, namespace });
    const fault = faultOf({ proxy, operator });
    const rules = new Map(
      Object.entries(writes).map(([name, called]) => [
        name,
        choices.map((choice) => proxy.on({ ...called, ...choice }, fault)),
      ]),
    );
    operator.start();
    try {
      await Promise.all([serve({ namespace, admin }), rollAndScale(namespace)]);
      await loseARace(namespace);
      const { items } = await kubectlJson<{ items: readonly Service[] }>('get', '-n', namespace, 'ecssvc');
      return { rules, lives: operator.lives, services: items, ...(await settleRecords(namespace)) };
    } finally {
      await operator.stop();
      await proxy.close();
    }
  }

  for (const fault of Object.keys(faults)) {
    describe(`in spite of ${fault}`, () => {
      const story = (): Story => {
        const result = stories.get(fault);
        assert.ok(result);
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      };

      for (const write of Object.keys(writes)) {
        it(`met ${write}`, () => {
          assert.equal(story().rules.get(write)?.[0]?.hits, 1);
        });
      }

      it('comes to what was asked for in the end', () => {
        const many = story().services.find(({ metadata }) => metadata.name === 'many');
        assert.deepEqual([many?.status?.runningCount, many?.status?.taskDefinition], [2, 'many:2']);
        const raced = story().services.find(({ metadata }) => metadata.name === 'raced');
        assert.equal(raced?.status?.runningCount, 4);
      });

      it('has recorded the tasks whose pods are kept', () => {
        const { ended, records } = story();
        assert.ok(ended.length > 0);
        assert.deepEqual(
          ended.map(({ metadata }) => records.get(metadata.name)?.status?.podUid),
          ended.map(({ metadata }) => metadata.uid),
        );
      });

      it('does nothing twice, and keeps every bound', () => {
        story();
        assert.deepEqual(auditViolations(auditOf(namespaceOf(fault))), []);
      });
    });
  }
});

/** Nothing ends any more, and what has ended gets its record: the tasks of the service `ending` end as soon as they run. */
async function settleRecords(namespace: string): Promise<Pick<Story, 'ended' | 'records'>> {
  await kubectl(['scale', '-n', namespace, 'ecssvc/ending', '--replicas=0']);
  return eventually(async () => {
    const { items: pods } = await kubectlJson<{ items: readonly Pod[] }>('get', '-n', namespace, 'pods');
    const { items: tasks } = await kubectlJson<{ items: readonly Task[] }>('get', '-n', namespace, 'ecst');
    const records = new Map(tasks.map((task) => [task.metadata.name, task]));
    const ended = pods.filter(isEndedServicePod);
    assert.ok(
      ended.every(({ metadata }) => records.get(metadata.name)?.status !== undefined),
      'no record',
    );
    return { ended, records };
  });
}

function isEndedServicePod({ metadata, status }: Pod): boolean {
  const isOver = status?.phase === 'Failed' || status?.phase === 'Succeeded';
  return isOver && metadata.labels?.['ecs-operator.dev/service'] !== undefined;
}

/** Tasks whose nodes we choose are sent to one that is full, which we do not see. */
async function loseARace(namespace: string): Promise<void> {
  const manifests = manifestsIn(namespace);
  const [taken, free] = nodesOf(namespace);
  await applyAll(
    otherPod({ name: `in-${taken}`, namespace: elsewhere, node: taken }, '6500Mi'),
    otherPod({ name: 'seen', namespace, node: taken }, '640Mi'),
  );
  const spec = {
    placementStrategy: [{ type: 'binpack', field: 'memory' }],
    placementConstraints: [only(taken, free)],
    kubernetes: { placement: 'operator' },
  };
  await applyAll(
    manifests.taskDefinition('raced', 'registry.example/raced:1', 1024),
    manifests.service('raced', 4, spec),
  );
  await eventually(async () => {
    const raced = await kubectlJson<Service>('get', '-n', namespace, 'ecssvc', 'raced');
    assert.equal(raced.status?.runningCount, 4);
  }, 120_000);
}

/** A service of several tasks starts, rolls over and shrinks. */
async function rollAndScale(namespace: string): Promise<void> {
  const manifests = manifestsIn(namespace);
  const isReady = async (revision: string, count: number): Promise<void> => {
    const path =
      '-o=jsonpath={.status.taskDefinition} {.status.runningCount} {.status.conditions[?(@.type=="Ready")].status}';
    for (;;) {
      if ((await kubectl(['get', '-n', namespace, 'ecssvc', 'many', path])) === `${revision} ${String(count)} True`)
        return;
      await pause(200);
    }
  };
  await applyAll(manifests.taskDefinition('many', 'registry.example/many:1'), manifests.service('many', 6));
  await isReady('many:1', 6);
  await applyAll(manifests.taskDefinition('many', 'registry.example/many:2'));
  await isReady('many:2', 6);
  await applyAll(manifests.service('many', 2));
  await isReady('many:2', 2);
}
