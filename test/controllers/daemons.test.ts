import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { KubeObject, NodeView, Pod } from '../../src/api/meta.ts';
import { watchNodesForDaemons } from '../../src/controllers/daemons.ts';
import { defaultSettings } from '../../src/controllers/index.ts';
import { serviceController } from '../../src/controllers/service.ts';
import { pinOf } from '../../src/core/placement/operator/pin.ts';
import { placementOf } from '../../src/core/placement/terms.ts';
import { newTask, node, pod, service, taskDefinition, type PodParts } from '../support/builders.ts';
import { cluster, deployment, revision, startController, type ControllerBench } from '../support/controller.ts';

const daemon = service({ schedulingStrategy: 'DAEMON' });
const placement = placementOf(daemon.spec, undefined);
const cordoned = node('node-1', { spec: { unschedulable: true } });
const ownerReferences = [
  { apiVersion: 'ecs-operator.dev/v1alpha1', kind: 'ECSService', name: 'web', uid: 'uid-of-web' },
];

/** The pod of a DAEMON on a node. */
function daemonPod(nodeName: string, parts: PodParts = {}): Pod {
  const task = { placement, capacity: { launchType: 'EC2' as const, node: nodeName } };
  return pod({ task, spec: { nodeName }, metadata: { ownerReferences }, ...parts });
}

/** The pod of another service there. */
function otherPod(nodeName: string, status?: Pod['status']): Pod {
  const task = newTask({ launch: 5, service: { name: 'other', cluster: 'default' } });
  return pod({ task, spec: { nodeName }, metadata: { name: 'other', uid: 'other', namespace: 'elsewhere' }, status });
}

let bench: ControllerBench;

beforeEach(async () => {
  bench = await startController(serviceController(defaultSettings));
  bench.hold(cluster({}, { defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1, base: 0 }] }));
  bench.hold(daemon, taskDefinition(), revision(), deployment());
});

afterEach(async () => {
  await bench.stop();
});

/** The writes so far, those that make pods with the nodes that they are for. */
function written(): string[] {
  return bench.writes().map(([request, body]) => {
    const name = body === undefined ? undefined : pinOf(body as Pod);
    return name === undefined ? request.replace(/ .*\//, ' ') : `start on ${name}`;
  });
}

describe('serviceController with a DAEMON', () => {
  it('starts one on each node, whatever the default strategy of the cluster is', async () => {
    bench.hold(node('node-1'), node('node-2'));
    await bench.reconcile();
    assert.deepEqual(written(), ['start on node-1', 'start on node-2']);
    assert.equal(bench.status()['desiredCount'], 2);
  });

  it('starts none beside one that waits for its node', async () => {
    bench.hold(node('node-1'), node('node-2'), daemonPod('node-1', { spec: {} }));
    await bench.reconcile();
    assert.deepEqual(written(), ['start on node-2']);
  });

  const leaving: Record<string, { readonly held: readonly KubeObject[]; readonly stops: boolean }> = {
    'stops what is on a cordoned node': { held: [cordoned], stops: true },
    'leaves it while others are there': { held: [cordoned, otherPod('node-1')], stops: false },
    'stops it once the others have ended': {
      held: [cordoned, otherPod('node-1', { phase: 'Succeeded' })],
      stops: true,
    },
    'stops it though tasks of other DAEMONs are there': {
      held: [cordoned, daemonPod('node-1', { metadata: { name: 'log', uid: 'log', namespace: 'elsewhere' } })],
      stops: true,
    },
    'leaves it where others are on another node': { held: [node('node-1'), otherPod('node-2')], stops: false },
  };
  for (const [sentence, { held, stops }] of Object.entries(leaving)) {
    it(sentence, async () => {
      bench.hold(daemonPod('node-1'), ...held);
      await bench.reconcile();
      assert.deepEqual(written(), stops ? [`DELETE ${daemonPod('node-1').metadata.name}`] : []);
    });
  }

  it('is looked at for any node', () => {
    const others = [
      service({}, { metadata: { name: 'other' } }),
      service({ schedulingStrategy: 'DAEMON' }, { metadata: { name: 'log' } }),
    ];
    bench.hold(...others);
    assert.deepEqual(bench.keysOf(node('node-9')), ['shop/log', 'shop/web']);
  });

  it('is looked at for the tasks of others on a cordoned node', () => {
    bench.hold(cordoned, node('node-2'), daemonPod('node-1'));
    bench.hold(daemonPod('node-2', { metadata: { name: 'second', uid: 'second', ownerReferences } }));
    assert.deepEqual(bench.keysOf(otherPod('node-1')), ['elsewhere/other', 'shop/web']);
    assert.deepEqual(bench.keysOf(otherPod('node-2')), ['elsewhere/other']);
  });
});

describe('a change of a node', () => {
  const { isNews } = watchNodesForDaemons();
  const cases: Record<string, { readonly after: NodeView; readonly want: boolean }> = {
    'that is a heartbeat is none': { after: node('node-1', { metadata: { resourceVersion: '2' } }), want: false },
    'of an annotation is none': { after: node('node-1', { metadata: { annotations: { a: 'b' } } }), want: false },
    'of a label is one': { after: node('node-1', { metadata: { labels: { rack: 'a' } } }), want: true },
    'of a taint is one': {
      after: node('node-1', { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }),
      want: true,
    },
    'of its Ready is one': { after: node('node-1', { ready: { status: 'False' } }), want: true },
    'that is its cordon is one': { after: cordoned, want: true },
    'that is its deletion is one': {
      after: node('node-1', { metadata: { deletionTimestamp: '2026-01-01T12:00:00Z' } }),
      want: true,
    },
    'that is another node of that name is one': { after: node('node-1', { metadata: { uid: 'other' } }), want: true },
    'of the instance that it is is one': {
      after: node('node-1', { spec: { providerID: 'aws:///z/i-1' } }),
      want: true,
    },
  };
  for (const [sentence, { after, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(isNews?.(node('node-1'), after), want);
    });
  }
});
