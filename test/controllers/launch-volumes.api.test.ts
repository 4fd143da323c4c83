import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Service } from '../../src/api/service.ts';
import { passesTheAudit } from '../support/audit.ts';
import { applyAll, eventually } from '../support/cluster.ts';
import { manifestsIn } from '../support/manifests.ts';
import { conditionOf, objectsIn } from '../support/objects.ts';
import { runsOperatorIn } from '../support/suite-operator.ts';

/** Of this run alone: the audit log remembers the others. */
const namespace = `launch-volumes-${String(process.pid)}`;
const manifests = manifestsIn(namespace);
const objects = objectsIn(namespace);

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

const claims = (): Promise<readonly Claim[]> => objects.list('pvc');

async function messageOf(type: string): Promise<string> {
  return conditionOf(await objects.get<Service>('ecssvc', 'shop'), type)?.message ?? '';
}

describe('a service whose tasks have EBS volumes, on a real API server', function () {
  this.timeout(120_000);
  runsOperatorIn(namespace);

  it('is stalled while it does not say what the volume is', async () => {
    await applyAll(manifests.cluster(), definition, manifests.service('shop', 2));
    await eventually(async () => assert.match(await messageOf('Stalled'), /shop:1 cannot be launched: its volume/));
  });

  it('gives each task a claim of its own, and says what differs', async () => {
    await applyAll(manifests.service('shop', 2, volumes));
    await eventually(async () => assert.equal((await claims()).length, 2));
    for (const { metadata, spec } of await claims()) {
      assert.equal(metadata.ownerReferences?.[0]?.kind, 'Pod');
      assert.equal(spec.storageClassName, 'nobody-provisions');
      assert.deepEqual(spec.resources, { requests: { storage: '10Gi' } });
    }
    assert.match(await messageOf('DiffersFromECS'), /nothing compares it with volumeType/);
  });

  it('leaves no claim behind when its tasks are gone', async () => {
    await applyAll(manifests.service('shop', 0, volumes));
    await eventually(async () => assert.equal((await claims()).length, 0));
  });
});

passesTheAudit(namespace);
