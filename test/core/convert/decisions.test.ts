import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { decisionsOf, serviceDecisionsOf } from '../../../src/core/convert/decisions.ts';

const password = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-a1b2c3:password::';
const bucket = 'arn:aws:s3:::shop/web.env';
const memory = 64;

function container(members: object = {}): object {
  return { name: 'app', memory, ...members };
}

describe('What has to be decided about a definition', () => {
  const cases: Record<string, { readonly spec: object; readonly want: readonly string[] }> = {
    nothing: { spec: { containerDefinitions: [container()] }, want: [] },
    'nothing of one that is all lost': { spec: {}, want: [] },
    'the ServiceAccount of a role': {
      spec: { taskRoleArn: 'arn:aws:iam::123456789012:role/web' },
      want: ['kubernetes.serviceAccountName'],
    },
    'no ServiceAccount where ECS prints no role': { spec: { taskRoleArn: '' }, want: [] },
    'the Secret behind an ARN, once': {
      spec: {
        containerDefinitions: [
          container({ secrets: [{ name: 'A', valueFrom: password }] }),
          container({ secrets: [{ name: 'B', valueFrom: password }] }),
        ],
      },
      want: [`kubernetes.secrets[${password}]`],
    },
    'the Secret behind a parameter': {
      spec: { containerDefinitions: [container({ secrets: [{ name: 'A', valueFrom: '/shop/token' }] })] },
      want: ['kubernetes.secrets[/shop/token]'],
    },
    'no Secret that is named': {
      spec: { containerDefinitions: [container({ secrets: [{ name: 'A', valueFrom: 'secret:shop:token' }] })] },
      want: [],
    },
    'the pull secret': {
      spec: { containerDefinitions: [container({ repositoryCredentials: { credentialsParameter: password } })] },
      want: [`kubernetes.secrets[${password}]`],
    },
    'the ConfigMap behind an environment file, unless it is named': {
      spec: {
        containerDefinitions: [container({ environmentFiles: [{ value: bucket }, { value: 'configmap:web' }] })],
      },
      want: [`kubernetes.configMaps[${bucket}]`],
    },
    'the claim of a file system': {
      spec: {
        volumes: [
          { name: 'data', efsVolumeConfiguration: {} },
          { name: 'scratch', host: {} },
        ],
      },
      want: ['kubernetes.persistentVolumeClaims[data]'],
    },
    'the memory of a container that has none': {
      spec: { containerDefinitions: [{ name: 'app' }, { name: 'log', memoryReservation: 64 }] },
      want: ['containerDefinitions[app].memory'],
    },
    'the configuration file of a log router': {
      spec: {
        containerDefinitions: [
          container({ firelensConfiguration: { type: 'fluentbit', options: { 'config-file-type': 'file' } } }),
          container({ name: 'b', firelensConfiguration: { options: { 'enable-ecs-log-metadata': 'true' } } }),
        ],
      },
      want: ['containerDefinitions[app].firelensConfiguration'],
    },
    'no memory where the task has some': { spec: { memory: '512', containerDefinitions: [{ name: 'app' }] }, want: [] },
  };
  for (const [sentence, { spec, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(
        decisionsOf({ kept: spec, refused: [] }).map(({ path }) => path),
        want,
      );
    });
  }

  it('values that the API server refuses as they are', () => {
    const refused = [{ path: 'containerDefinitions[app].user', reason: '"node": user must be numeric' }];
    assert.deepEqual(decisionsOf({ kept: {}, refused }), [
      { path: 'containerDefinitions[app].user', what: '"node": user must be numeric' },
    ]);
  });
});

it('What has to be decided about a service is the class of a volume that it configures, and providers of its own', () => {
  const pathsOf = (kept: object): readonly string[] => serviceDecisionsOf(kept).map(({ path }) => path);
  const volumeConfigurations = [{ name: 'data', managedEBSVolume: { sizeInGiB: 10 } }];
  assert.deepEqual(pathsOf({ volumeConfigurations }), ['kubernetes.storageClassName']);
  const capacityProviderStrategy = [{ capacityProvider: 'FARGATE' }, { capacityProvider: 'spot' }, {}];
  assert.deepEqual(pathsOf({ capacityProviderStrategy }), ['capacityProviderStrategy[spot]']);
  assert.deepEqual([...pathsOf({}), ...pathsOf({ volumeConfigurations: [] })], []);
});
