import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Service } from '../../src/api/service.ts';
import { passesTheAudit } from '../support/audit.ts';
import {
  applyAll,
  eventually,
  kubectl,
  kubectlJson,
  makeNamespace,
  startOperatorIn,
  type ProxiedOperator,
} from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `launch-volumes-${String(process.pid)}`;
const manifests = manifestsIn(namespace);

const definition = {
  apiVersion: 'ecs-operator.dev/v1alpha1',
  kind: 'ECSTaskDefinition',
  metadata: { name: 'shop', namespace },
  spec: {
    containerDefinitions: [
      {
        name: 'app',
        image: 'registry.example/app:1',
        memory: 64,
        mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }],
      },
    ],
    volumes: [{ name: 'data', configuredAtLaunch: true }],
  },
};
const volumes = {
  volumeConfigurations: [{ name: 'data', managedEBSVolume: { sizeInGiB: 10, volumeType: 'gp3' } }],
  kubernetes: { storageClassName: 'nobody-provisions' },
};

interface Claim {
  readonly metadata: { readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[] };
  readonly spec: { readonly storageClassName?: string; readonly resources?: object };
}

async function claims(): Promise<readonly Claim[]> {
  return (await kubectlJson<{ items: readonly Claim[] }>('get', '-n', namespace, 'pvc')).items;
}

async function conditionOf(type: string): Promise<string> {
  const { status } = await kubectlJson<Service>('get', '-n', namespace, 'ecssvc', 'shop');
  return status?.conditions?.find((each) => each.type === type)?.message ?? '';
}

describe('a service whose tasks have EBS volumes, on a real API server', function () {
  this.timeout(120_000);
  let operator: ProxiedOperator;

  before(async () => {
    await makeNamespace(namespace);
    operator = await startOperatorIn(namespace);
  });

  after(async () => {
    await operator.stop();
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });

  it('is stalled while it does not say what the volume is', async () => {
    await applyAll(manifests.cluster(), definition, manifests.service('shop', 2));
    await eventually(async () => assert.match(await conditionOf('Stalled'), /shop:1 cannot be launched: its volume/));
  });

  it('gives each task a claim of its own, and says what differs', async () => {
    await applyAll(manifests.service('shop', 2, volumes));
    await eventually(async () => assert.equal((await claims()).length, 2));
    for (const { metadata, spec } of await claims()) {
      assert.equal(metadata.ownerReferences?.[0]?.kind, 'Pod');
      assert.equal(spec.storageClassName, 'nobody-provisions');
      assert.deepEqual(spec.resources, { requests: { storage: '10Gi' } });
    }
    assert.match(await conditionOf('DiffersFromECS'), /nothing compares it with volumeType/);
  });

  it('leaves no claim behind when its tasks are gone', async () => {
    await applyAll(manifests.service('shop', 0, volumes));
    await eventually(async () => assert.equal((await claims()).length, 0));
  });
});

passesTheAudit(namespace);
