import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Pod, PodView } from '../../src/api/meta.ts';
import { pods } from '../../src/controllers/resources.ts';
import { caches } from '../../src/controllers/caches.ts';
import { Store } from '../../src/kube/cache/store.ts';
import { containerDefinition, content, healthCheck, iso, pod, snapshot } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { restarted, running } from '../support/container-status.ts';
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

describe('caches', () => {
  it('keep of a pod who it is and how it is, whether it was listed, watched or written', () => {
    const whole = wholePod();
    const held = caches.find(({ resource }) => resource === pods);
    assert.ok(held);
    const common = { clock: new FakeClock(), log: new RecordingLog(), meter: new RecordingMeter() };
    const store = new Store({ ...held, ...common });
    store.apply(whole);
    const want: PodView = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: whole.metadata,
      spec: {
        nodeName: 'node-1',
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

  it('name what they keep: reading more of a pod does not compile', () => {
    const view: PodView = wholePod();
    // @ts-expect-error -- volumes are dropped
    const read: unknown = view.spec?.volumes;
    assert.notEqual(read, undefined, 'the builder makes a pod without volumes');
  });
});
