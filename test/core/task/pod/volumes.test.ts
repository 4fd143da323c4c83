import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { container, podOf } from '../../../support/written-pod.ts';

describe('the volumes of a task', () => {
  const cases: Record<string, { given: object; claims?: object; want: object }> = {
    'of no kind are empty directories that end with the task': { given: {}, want: { emptyDir: {} } },
    'host without a path is one too': { given: { host: {} }, want: { emptyDir: {} } },
    'host with an empty path, as ECS prints it, is one too': {
      given: { host: { sourcePath: '' } },
      want: { emptyDir: {} },
    },
    'host with a path is a directory of the node': {
      given: { host: { sourcePath: '/var/lib/shop' } },
      want: { hostPath: { path: '/var/lib/shop' } },
    },
    'a Docker volume of the task is an empty directory': {
      given: { dockerVolumeConfiguration: { scope: 'task' } },
      want: { emptyDir: {} },
    },
    'an EFS file system is the claim that is named for it': {
      given: { efsVolumeConfiguration: { fileSystemId: 'fs-12345678' } },
      claims: { data: 'shop-data', other: 'not-this' },
      want: { persistentVolumeClaim: { claimName: 'shop-data' } },
    },
    'a volume of no kind may have a claim': {
      given: {},
      claims: { data: 'shop-data' },
      want: { persistentVolumeClaim: { claimName: 'shop-data' } },
    },
  };
  for (const [sentence, { given, claims = {}, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const kubernetes = { persistentVolumeClaims: claims };
      const { volumes } = podOf({ volumes: [{ name: 'data', ...given }], kubernetes }).spec;
      assert.deepEqual(volumes, [{ name: 'data', ...want }]);
    });
  }

  it('have names that a pod allows, the same where they are mounted', () => {
    const mountPoints = [{ sourceVolume: 'Shop_Data', containerPath: '/data' }];
    const { volumes, containers } = podOf({
      volumes: [{ name: 'Shop_Data' }, { name: 'constructor' }],
      containerDefinitions: [container('app', { mountPoints })],
      kubernetes: { persistentVolumeClaims: {} },
    }).spec;
    assert.deepEqual(volumes, [
      { name: 'shop-data-d91545b2', emptyDir: {} },
      { name: 'constructor', emptyDir: {} },
    ]);
    assert.deepEqual(containers[0]?.volumeMounts, [{ name: 'shop-data-d91545b2', mountPath: '/data' }]);
  });

  it('are not there when there are none', () => {
    for (const given of [{}, { volumes: [] }]) assert.equal('volumes' in podOf(given).spec, false);
  });
});

describe('the mounts of a container that has file systems in memory', () => {
  it('leave out what it would take over at the same path', () => {
    const log = container('log', {
      mountPoints: [
        { sourceVolume: 'data', containerPath: '/cache' },
        { sourceVolume: 'data', containerPath: '/data' },
      ],
    });
    const app = container('app', {
      volumesFrom: [{ sourceContainer: 'log' }],
      linuxParameters: { tmpfs: [{ containerPath: '/cache', size: 8 }] },
    });
    const [mounted] = podOf({ volumes: [{ name: 'data' }], containerDefinitions: [app, log] }).spec.containers;
    assert.deepEqual(mounted?.volumeMounts, [
      { name: 'data', mountPath: '/data' },
      { name: 'ecs-operator-0-tmpfs-0', mountPath: '/cache' },
    ]);
  });
});

describe('the mounts of a container', () => {
  const data = { sourceVolume: 'data', containerPath: '/data' };
  const cache = { sourceVolume: 'cache', containerPath: '/cache' };
  const mounted = {
    data: { name: 'data', mountPath: '/data' },
    cache: { name: 'cache', mountPath: '/cache' },
  };
  const cases: Record<string, { app: object; log?: object; proxy?: object; want: readonly object[] | undefined }> = {
    'none is none': { app: { mountPoints: [], volumesFrom: [] }, want: undefined },
    'can be written unless said otherwise': { app: { mountPoints: [data] }, want: [mounted.data] },
    'readOnly is read-only': {
      app: { mountPoints: [{ ...data, readOnly: true }, cache] },
      want: [{ ...mounted.data, readOnly: true }, mounted.cache],
    },
    'the same volume at two paths is mounted at both': {
      app: { mountPoints: [data, { ...data, containerPath: '/more' }] },
      want: [mounted.data, { name: 'data', mountPath: '/more' }],
    },
    'volumesFrom takes over the mounts of the source': {
      app: { mountPoints: [cache], volumesFrom: [{ sourceContainer: 'log' }] },
      log: { mountPoints: [data] },
      want: [mounted.cache, mounted.data],
    },
    'what is read-only at the source stays so': {
      app: { volumesFrom: [{ sourceContainer: 'log' }] },
      log: { mountPoints: [{ ...data, readOnly: true }] },
      want: [{ ...mounted.data, readOnly: true }],
    },
    'what is taken over read-only is read-only': {
      app: { volumesFrom: [{ sourceContainer: 'log', readOnly: true }] },
      log: { mountPoints: [data] },
      want: [{ ...mounted.data, readOnly: true }],
    },
    'an own mount wins over one that is taken over to the same path': {
      app: { mountPoints: [{ ...cache, containerPath: '/data' }], volumesFrom: [{ sourceContainer: 'log' }] },
      log: { mountPoints: [data] },
      want: [{ name: 'cache', mountPath: '/data' }],
    },
    'of two sources the first wins': {
      app: { volumesFrom: [{ sourceContainer: 'log' }, { sourceContainer: 'proxy' }] },
      log: { mountPoints: [data] },
      proxy: { mountPoints: [{ ...cache, containerPath: '/data' }] },
      want: [mounted.data],
    },
    'what the source has taken over is taken over too': {
      app: { volumesFrom: [{ sourceContainer: 'log' }] },
      log: { mountPoints: [data], volumesFrom: [{ sourceContainer: 'proxy' }] },
      proxy: { mountPoints: [cache] },
      want: [mounted.data, mounted.cache],
    },
    'a ring ends where it began': {
      app: { mountPoints: [data], volumesFrom: [{ sourceContainer: 'log' }] },
      log: { mountPoints: [cache], volumesFrom: [{ sourceContainer: 'app' }] },
      want: [mounted.data, mounted.cache],
    },
  };
  for (const [sentence, { app, log = {}, proxy = {}, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const { containers } = podOf({
        volumes: [{ name: 'data' }, { name: 'cache' }],
        containerDefinitions: [
          container('app', { ...app }),
          container('log', { ...log }),
          container('proxy', { ...proxy }),
        ],
      }).spec;
      assert.deepEqual(containers[0]?.volumeMounts, want);
    });
  }
});

describe('the disk space of a task', () => {
  const resourcesOf = (spec: Readonly<Record<string, unknown>>): readonly unknown[] =>
    podOf({ containerDefinitions: [container('app'), container('log')], ...spec }).spec.containers.map(
      ({ resources }) => resources,
    );
  const usual = { requests: { memory: '128Mi' }, limits: { memory: '128Mi' } };

  it('is asked for and bounded once, by the first container', () => {
    const size = { memory: '128Mi', 'ephemeral-storage': '50Gi' };
    assert.deepEqual(resourcesOf({ ephemeralStorage: { sizeInGiB: 50 } }), [{ requests: size, limits: size }, usual]);
  });

  it('is not bounded when nothing is said', () => {
    assert.deepEqual(resourcesOf({}), [usual, usual]);
  });
});
