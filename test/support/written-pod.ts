import { parseTaskDefinitionSpec } from '../../src/api/task-definition.ts';
import type { PodBody } from '../../src/core/task/pod/body.ts';
import { renderPod } from '../../src/core/task/pod/pod.ts';
import { deepFreeze, newTask, snapshot } from './builders.ts';

type Written = Readonly<Record<string, unknown>>;

/** A container as a user writes it: its name, what has to be there, and what the test is about. */
export function container(name: string, members: Written = {}): Written {
  return { name, image: 'shop/web:1', memory: 128, ...members };
}

/** The pod of a task of such a definition, with one container where the test names none. */
export function podOf(spec: Written): PodBody {
  const content = parseTaskDefinitionSpec({ containerDefinitions: [container('app')], ...spec });
  return renderPod(newTask({ snapshot: snapshot({ content: deepFreeze(content) }) }));
}

/** What a definition may refer to, as ECS has it. */
export const references = {
  password: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-a1b2c3:password::',
  registry: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry-a1b2c3',
  bucket: 'arn:aws:s3:::shop/web.env',
} as const;

/** Every way to refer to something, at once. */
export const everyReference: Written = {
  containerDefinitions: [
    container('Web_Server', {
      environment: [{ name: 'MODE', value: 'production' }],
      environmentFiles: [{ value: 'configmap:web' }, { type: 's3', value: references.bucket }],
      secrets: [
        { name: 'PASSWORD', valueFrom: references.password },
        { name: 'TOKEN', valueFrom: 'secret:shop.api:token' },
      ],
      repositoryCredentials: { credentialsParameter: references.registry },
      mountPoints: [
        { sourceVolume: 'Uploads', containerPath: '/uploads' },
        { sourceVolume: 'scratch', containerPath: '/scratch' },
        { sourceVolume: 'node', containerPath: '/node', readOnly: true },
      ],
    }),
    container('log', { volumesFrom: [{ sourceContainer: 'Web_Server', readOnly: true }] }),
  ],
  volumes: [
    {
      name: 'Uploads',
      efsVolumeConfiguration: {
        fileSystemId: 'fs-12345678',
        rootDirectory: '/',
        transitEncryption: 'ENABLED',
        authorizationConfig: { accessPointId: 'fsap-1', iam: 'ENABLED' },
      },
    },
    { name: 'scratch', dockerVolumeConfiguration: { scope: 'task', driver: 'local' } },
    { name: 'node', host: { sourcePath: '/var/lib/shop' } },
    { name: 'claimed' },
    { name: 'empty', host: { sourcePath: '' } },
  ],
  ephemeralStorage: { sizeInGiB: 200 },
  taskRoleArn: 'arn:aws:iam::111122223333:role/shop',
  executionRoleArn: 'arn:aws:iam::111122223333:role/execution',
  kubernetes: {
    serviceAccountName: 'default',
    imagePullSecrets: [{ name: 'mirror' }],
    secrets: { [references.password]: { name: 'shop', key: 'password' }, [references.registry]: { name: 'registry' } },
    secretProviderClass: 'shop',
    configMaps: { [references.bucket]: 'web-env' },
    persistentVolumeClaims: { Uploads: 'uploads', claimed: 'claimed' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [
      { key: 'dedicated', value: 'shop', effect: 'NoExecute', tolerationSeconds: 60 },
      { operator: 'Exists' },
    ],
    priorityClassName: 'system-cluster-critical',
    podOverlay: {
      labels: { team: 'shop' },
      annotations: { 'prometheus.io/scrape': 'true' },
      securityContext: { fsGroup: 1000, fsGroupChangePolicy: 'OnRootMismatch', supplementalGroups: [2000] },
    },
  },
};
