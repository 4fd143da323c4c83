import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { labels, placementGate } from '../../src/api/labels.ts';
import type { Pod, PodView } from '../../src/api/meta.ts';
import { pods } from '../../src/controllers/resources.ts';
import { caches, indexes, onItsWay, toBePlaced } from '../../src/controllers/caches.ts';
import { demandOf } from '../../src/core/placement/demand.ts';
import { Store } from '../../src/kube/cache/store.ts';
import { containerDefinition, content, healthCheck, iso, pod, snapshot } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { restarted, running } from '../support/container-status.ts';
import { affinityTo, gatedPod, pinnedPod, pinTerm } from '../support/placed-pods.ts';
import { RecordingLog, RecordingMeter } from '../support/recording.ts';

const metadata = {
  finalizers: ['example.com/hold'],
  ownerReferences: [{ apiVersion: 'v1', kind: 'ECSService', name: 'web', uid: 'uid-of-web' }],
};

const condition = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'Unschedulable',
  message: '0/3 nodes are available',
};

const afterLog = { dependsOn: [{ containerName: 'log', condition: 'START' as const }] };

/** A pod as it comes from the API server, with much that nobody reads. */
function wholePod(): Pod {
  const app = containerDefinition({ environment: [{ name: 'A', value: 'b' }], healthCheck, ...afterLog });
  const log = containerDefinition({ name: 'log', image: 'shop/log:1', essential: false });
  return pod({
    task: { snapshot: snapshot({ content: content(app, log) }) },
    metadata,
    spec: { nodeName: 'node-1', volumes: [{ name: 'data', emptyDir: {} }], tolerations: [{ operator: 'Exists' }] },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      reason: 'Evicted',
      message: 'The node was low on memory',
      conditions: [{ ...condition, lastTransitionTime: iso() }],
      initContainerStatuses: [{ ...restarted('log', 1), imageID: 'sha256:2' }],
      containerStatuses: [{ ...running('app'), imageID: 'sha256:1', containerID: 'containerd://1' }],
    },
  });
}

/** A store that keeps pods as the operator's does. */
function podStore(): Store<PodView> {
  const held = caches.find(({ resource }) => resource === pods);
  assert.ok(held);
  const common = { clock: new FakeClock(), log: new RecordingLog(), meter: new RecordingMeter() };
  return new Store({ ...held, ...common }) as unknown as Store<PodView>;
}

describe('caches', () => {
  it('keep of a pod who it is and how it is, whether it was listed, watched or written', () => {
    const whole = wholePod();
    const store = podStore();
    store.apply(whole);
    const want: PodView = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: whole.metadata,
      spec: {
        nodeName: 'node-1',
        demand: { amounts: { memory: 2 ** 28, pods: 1 }, hostPorts: [] },
        initContainers: [{ name: 'log', image: 'shop/log:1' }],
        containers: [{ name: 'app', image: 'shop/web:1' }],
      },
      status: {
        phase: 'Running',
        reason: 'Evicted',
        message: 'The node was low on memory',
        conditions: [{ ...condition, lastTransitionTime: iso() }],
        initContainerStatuses: [
          {
            name: 'log',
            ready: true,
            state: { running: { startedAt: iso(11) } },
            lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: iso(), finishedAt: iso(10) } },
            imageID: 'sha256:2',
          },
        ],
        containerStatuses: [
          {
            name: 'app',
            ready: true,
            state: { running: { startedAt: iso() } },
            imageID: 'sha256:1',
            containerID: 'containerd://1',
          },
        ],
      },
    };
    assert.deepEqual(store.list(), [want]);
    assert.deepEqual(store.projected(whole), want);
    assert.deepEqual(store.projected(want), want, 'projected twice');
  });

  it('keep of a pod without a node what its node has to be', () => {
    const store = podStore();
    const placing = {
      schedulingGates: [{ name: placementGate }],
      nodeSelector: { arch: 'arm64' },
      tolerations: [{ operator: 'Exists' }],
      affinity: affinityTo(pinTerm('n1')),
    };
    const { spec: { containers } = assert.fail(), ...rest } = pod();
    store.apply({ ...rest, spec: { containers, ...placing } });
    const [{ spec } = assert.fail()] = store.list();
    const { containers: _containers, demand, ...kept } = spec ?? assert.fail();
    assert.deepEqual(kept, placing);
    assert.equal(demand?.amounts['pods'], 1);
  });

  it('keep of pods of other people what they take of which node, and nothing that could make them ours', () => {
    const store = podStore();
    const { apiVersion, kind, metadata: own, spec, status } = wholePod();
    const { [labels.managedBy]: _ours, ...others } = own.labels ?? {};
    const foreign = { apiVersion, kind, metadata: { ...own, labels: others }, spec, status } as Pod;
    store.apply(foreign);
    const { name, namespace, uid, resourceVersion, creationTimestamp } = own;
    const want = {
      apiVersion,
      kind,
      metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
      spec: { nodeName: 'node-1', containers: [], demand: demandOf(foreign) },
      status: { phase: 'Running' },
    };
    assert.deepEqual(store.list(), [want]);
    assert.deepEqual(store.projected(want as unknown as PodView), want, 'projected twice');
    for (const [index, value] of [
      [indexes.service, 'shop/web'],
      [indexes.node, 'node-1'],
    ] as const) {
      assert.deepEqual(store.byIndex(index, value), [], index);
    }
    store.remove(foreign);
    assert.equal(store.departures.size, 0, 'and it is remembered by nobody');
  });

  it('find the tasks whose placement there is something to do about', () => {
    const store = podStore();
    const launch = { schedulingGates: [{ name: 'ecs-operator.dev/launch' }, { name: placementGate }] };
    const leaving = { deletionTimestamp: iso() };
    const states = {
      waits: gatedPod({ name: 'waits' }),
      unrecorded: gatedPod({ name: 'unrecorded', spec: launch }),
      pinned: pinnedPod('n1', { name: 'pinned' }),
      bound: pinnedPod('n1', { name: 'bound', spec: { nodeName: 'n1' } }),
      leaves: gatedPod({ name: 'leaves', metadata: { ...gatedPod().metadata, ...leaving, name: 'leaves' } }),
    };
    for (const each of Object.values(states)) store.apply(each);
    const named = (index: string, value: string): string[] =>
      store.byIndex(index, value).map(({ metadata: { name } }) => name);
    assert.deepEqual(named(indexes.placement, toBePlaced), ['waits']);
    assert.deepEqual(named(indexes.placement, onItsWay), ['pinned']);
    assert.deepEqual(named(indexes.unplaced, 'shop/default'), ['waits', 'unrecorded']);
  });

  it('name what they keep: reading more of a pod does not compile', () => {
    const view: PodView = wholePod();
    // @ts-expect-error -- volumes are dropped
    const read: unknown = view.spec?.volumes;
    assert.notEqual(read, undefined, 'the builder makes a pod without volumes');
  });
});
