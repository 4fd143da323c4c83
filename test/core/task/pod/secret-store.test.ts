import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { container, podOf } from '../../../support/written-pod.ts';

const kubernetes = { secretProviderClass: 'shop' };
const secrets = [{ name: 'PASSWORD', valueFrom: 'secret:shop:password' }];
const job = container('job', { essential: false });
const first = { dependsOn: [{ containerName: 'job', condition: 'SUCCESS' }] };

/** The containers of such a task that mount its class, at which path. */
function mountsOf(...containerDefinitions: readonly object[]): Record<string, string> {
  const { initContainers = [], containers } = podOf({ containerDefinitions, kubernetes }).spec;
  const mounts = [...initContainers, ...containers].flatMap(({ name, volumeMounts = [] }) =>
    volumeMounts.filter((mount) => mount.readOnly === true).map(({ mountPath }) => [name, mountPath] as const),
  );
  return Object.fromEntries(mounts);
}

describe('a task with a SecretProviderClass', () => {
  it('has a volume of the driver, which makes the Secrets when it is mounted', () => {
    assert.deepEqual(podOf({ kubernetes }).spec.volumes, [
      {
        name: 'ecs-operator-secrets',
        csi: {
          driver: 'secrets-store.csi.k8s.io',
          readOnly: true,
          volumeAttributes: { secretProviderClass: 'shop' },
        },
      },
    ]);
  });

  const cases: Record<string, { readonly given: readonly object[]; readonly want: Record<string, string> }> = {
    'in the first container that takes secrets, and in no other': {
      given: [container('app'), container('api', { secrets }), container('web', { secrets })],
      want: { api: '/mnt/secrets-store' },
    },
    'in the first container where none takes any': {
      given: [container('app', { secrets: [] }), container('api')],
      want: { app: '/mnt/secrets-store' },
    },
    'in an init container too': {
      given: [container('app', first), { ...job, secrets }],
      want: { job: '/mnt/secrets-store' },
    },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(`mounts it ${sentence}`, () => {
      assert.deepEqual(mountsOf(...given), want);
    });
  }
});
