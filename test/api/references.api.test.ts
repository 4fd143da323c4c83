import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseTaskDefinitionSpec, taskDefinitionKind } from '../../src/api/task-definition.ts';
import { renderPod } from '../../src/core/task/pod/pod.ts';
import { newTask, snapshot } from '../support/builders.ts';
import { container, everyReference as whole, references } from '../support/written-pod.ts';
import type { Answer, JsonObject } from '../support/api-server.ts';
import { assertRefused, assertTaken, servesKinds } from '../support/served-kinds.ts';

interface Case {
  readonly spec: JsonObject;
  /** What the message must contain: the container, the field, the value, what would be right. */
  readonly want: readonly string[];
}

const { password, registry, bucket } = references;
const efs = { fileSystemId: 'fs-12345678' };

/** A definition of the container `web` with such members. */
function web(members: JsonObject, rest: JsonObject = {}): JsonObject {
  return { containerDefinitions: [container('web', members)], ...rest };
}

function volume(members: JsonObject, rest: JsonObject = {}): JsonObject {
  return { ...web({}), volumes: [{ name: 'data', ...members }], ...rest };
}

function block(kubernetes: JsonObject): JsonObject {
  return { ...web({}), kubernetes };
}

const refusals: Record<string, Case> = {
  'a volume that is not there': {
    spec: web({ mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }] }),
    want: ['spec.containerDefinitions', "container 'web'", "'data'", "'/data'", 'volumes has none of that name'],
  },
  'a volume of another name': {
    spec: {
      ...web({ mountPoints: [{ sourceVolume: 'date', containerPath: '/data' }] }),
      volumes: [{ name: 'data' }],
    },
    want: ["container 'web' mounts the volume 'date' at '/data'"],
  },
  'two volumes of the same name': {
    spec: { ...web({}), volumes: [{ name: 'data' }, { name: 'data' }] },
    want: ['spec.volumes[1]', 'Duplicate value', '"name":"data"'],
  },
  'two volumes at the same path': {
    spec: {
      ...web({
        mountPoints: [
          { sourceVolume: 'a', containerPath: '/data' },
          { sourceVolume: 'b', containerPath: '/data' },
        ],
      }),
      volumes: [{ name: 'a' }, { name: 'b' }],
    },
    want: ['spec.containerDefinitions[0].mountPoints[1]', 'Duplicate value', '"containerPath":"/data"'],
  },
  'a relative path in the container': {
    spec: { ...web({ mountPoints: [{ sourceVolume: 'data', containerPath: 'data' }] }), volumes: [{ name: 'data' }] },
    want: ['spec.containerDefinitions[0].mountPoints[0].containerPath', '"data"', 'should match'],
  },
  "a volume of the operator's": {
    spec: { ...web({}), volumes: [{ name: 'ecs-operator-secrets' }] },
    want: ['spec.volumes[0].name', "'ecs-operator-secrets' begins with ecs-operator-", "are the operator's"],
  },
  'a volume of two kinds': {
    spec: volume({ host: {}, dockerVolumeConfiguration: {} }),
    want: ['spec.volumes[0]', "volume 'data' must be of one kind"],
  },
  'a relative path on the node': {
    spec: volume({ host: { sourcePath: 'var/lib' } }),
    want: ['spec.volumes[0].host.sourcePath', "sourcePath 'var/lib' must be an absolute path"],
  },
  'a path on the node that climbs': {
    spec: volume({ host: { sourcePath: '/var/../etc' } }),
    want: ["sourcePath '/var/../etc' must be an absolute path without '..'"],
  },
  'a Docker volume that outlives the task': {
    spec: volume({ dockerVolumeConfiguration: { scope: 'shared' } }),
    want: ['spec.volumes[0].dockerVolumeConfiguration.scope', 'scope shared is not supported', 'host.sourcePath'],
  },
  'a volume plugin of Docker': {
    spec: volume({ dockerVolumeConfiguration: { driver: 'rexray/ebs' } }),
    want: ["driver 'rexray/ebs' must be local", 'kubernetes.persistentVolumeClaims'],
  },
  'two volumes that are configured at launch': {
    spec: {
      ...web({}),
      volumes: [
        { name: 'a', configuredAtLaunch: true },
        { name: 'b', configuredAtLaunch: true },
      ],
    },
    want: ['spec.volumes', 'only one volume can be configured at launch, not ["a", "b"]'],
  },
  'a volume that is configured at launch, and before': {
    spec: volume({ configuredAtLaunch: true, host: {} }),
    want: ["volume 'data' must be of one kind", 'configuredAtLaunch'],
  },
  'a claim for a volume that is configured at launch': {
    spec: volume({ configuredAtLaunch: true }, { kubernetes: { persistentVolumeClaims: { data: 'c' } } }),
    want: ['spec.kubernetes.persistentVolumeClaims', "'data' must be the name of a volume without host"],
  },
  'a file system without a claim': {
    spec: volume({ efsVolumeConfiguration: efs }),
    want: ['spec.volumes', "volume 'data' needs a claim in kubernetes.persistentVolumeClaims", 'fs-12345678'],
  },
  'a file system with the claim of another volume': {
    spec: volume({ efsVolumeConfiguration: efs }, { kubernetes: { persistentVolumeClaims: { other: 'c' } } }),
    want: ["volume 'data' needs a claim", "'other' must be the name of a volume"],
  },
  'an access point without encryption': {
    spec: volume({ efsVolumeConfiguration: { ...efs, authorizationConfig: { accessPointId: 'fsap-1' } } }),
    want: ['spec.volumes[0].efsVolumeConfiguration.transitEncryption', 'must be ENABLED with an access point'],
  },
  'IAM authorization without encryption': {
    spec: volume({
      efsVolumeConfiguration: { ...efs, transitEncryption: 'DISABLED', authorizationConfig: { iam: 'ENABLED' } },
    }),
    want: ['transitEncryption must be ENABLED with an access point or IAM authorization'],
  },
  'an access point with another root': {
    spec: volume({
      efsVolumeConfiguration: {
        ...efs,
        rootDirectory: '/shop',
        transitEncryption: 'ENABLED',
        authorizationConfig: { accessPointId: 'fsap-1' },
      },
    }),
    want: ['spec.volumes[0].efsVolumeConfiguration.rootDirectory', "rootDirectory '/shop' must be left out, or /"],
  },
  'a claim for a directory of the node': {
    spec: volume({ host: { sourcePath: '/data' } }, { kubernetes: { persistentVolumeClaims: { data: 'c' } } }),
    want: ['spec.kubernetes.persistentVolumeClaims', "'data' must be the name of a volume without host"],
  },
  'volumes from nobody': {
    spec: web({ volumesFrom: [{ sourceContainer: 'log' }] }),
    want: ["container 'web' takes volumes from 'log'", 'containerDefinitions has none of that name'],
  },
  'volumes from itself': {
    spec: web({ volumesFrom: [{ sourceContainer: 'web' }] }),
    want: ['spec.containerDefinitions[0].volumesFrom', "container 'web' takes volumes from itself"],
  },
  'a secret in the clear': {
    spec: web({ secrets: [{ name: 'PASSWORD', valueFrom: 'hunter2' }] }),
    want: ['spec.containerDefinitions', "container 'web' takes PASSWORD from 'hunter2'", 'kubernetes.secrets'],
  },
  'the second of two secrets, in the second container': {
    spec: {
      containerDefinitions: [
        container('log'),
        container('web', {
          secrets: [
            { name: 'TOKEN', valueFrom: 'secret:shop:token' },
            { name: 'PASSWORD', valueFrom: password },
          ],
        }),
      ],
    },
    want: [`container 'web' takes PASSWORD from '${password}'`, 'External Secrets'],
  },
  'a secret that is mapped to no key': {
    spec: web(
      { secrets: [{ name: 'PASSWORD', valueFrom: password }] },
      { kubernetes: { secrets: { [password]: { name: 'shop' } } } },
    ),
    want: ["container 'web' takes PASSWORD", 'to a Secret and a key'],
  },
  'a notation that is not complete': {
    spec: web({ secrets: [{ name: 'PASSWORD', valueFrom: 'secret:shop' }] }),
    want: ['secrets[0].valueFrom', "valueFrom 'secret:shop' must be secret:NAME:KEY"],
  },
  'a Secret of a name that Kubernetes has not': {
    spec: web({ secrets: [{ name: 'PASSWORD', valueFrom: 'secret:Shop_DB:password' }] }),
    want: ["valueFrom 'secret:Shop_DB:password' must be secret:NAME:KEY"],
  },
  'a name that is in the clear and secret': {
    spec: web({
      environment: [{ name: 'MODE' }, { name: 'PASSWORD' }],
      secrets: [
        { name: 'TOKEN', valueFrom: 'secret:shop:token' },
        { name: 'PASSWORD', valueFrom: 'secret:shop:db' },
      ],
    }),
    want: ['spec.containerDefinitions[0].secrets', "container 'web' has PASSWORD both in environment and in secrets"],
  },
  'a variable of a name that no pod can have': {
    spec: web({ environment: [{ name: 'PRÉFIX', value: 'a' }] }),
    want: ['spec.containerDefinitions[0].environment[0].name', '"PRÉFIX"', "should match '^[ -<>-~]+$'"],
  },
  'a secret of such a name': {
    spec: web({ secrets: [{ name: 'A=B', valueFrom: 'secret:shop:token' }] }),
    want: ['spec.containerDefinitions[0].secrets[0].name', '"A=B"', "should match '^[ -<>-~]+$'"],
  },
  'an environment file that is not mapped': {
    spec: web({ environmentFiles: [{ value: 'configmap:web' }, { type: 's3', value: bucket }] }),
    want: [`container 'web' takes variables from '${bucket}'`, 'kubernetes.configMaps', '--from-env-file'],
  },
  'a ConfigMap of type s3': {
    spec: web({ environmentFiles: [{ type: 's3', value: 'configmap:web' }] }),
    want: ['environmentFiles[0].type', 'left out with configmap:NAME', "'configmap:web'"],
  },
  'a ConfigMap without a name': {
    spec: web({ environmentFiles: [{ value: 'configmap:' }] }),
    want: ['environmentFiles[0].value', "value 'configmap:' must be configmap:NAME"],
  },
  'eleven environment files': {
    spec: web({ environmentFiles: Array.from({ length: 11 }, () => ({ value: 'configmap:web' })) }),
    want: ['spec.containerDefinitions[0].environmentFiles', '11', 'at most 10'],
  },
  'credentials that are not mapped': {
    spec: {
      containerDefinitions: [
        container('log'),
        container('web', { repositoryCredentials: { credentialsParameter: registry } }),
      ],
    },
    want: [`container 'web' pulls its image with '${registry}'`, 'kubernetes.secrets'],
  },
  'credentials with a key': {
    spec: web({ repositoryCredentials: { credentialsParameter: 'secret:registry:key' } }),
    want: ["credentialsParameter 'secret:registry:key' must be secret:NAME"],
  },
  'a task role that nothing brings': {
    spec: web({}, { taskRoleArn: 'arn:aws:iam::111122223333:role/shop' }),
    want: ['spec.taskRoleArn', "taskRoleArn 'arn:aws:iam::111122223333:role/shop' needs kubernetes.serviceAccountName"],
  },
  'less disk than ECS gives': {
    spec: web({}, { ephemeralStorage: { sizeInGiB: 20 } }),
    want: ['spec.ephemeralStorage.sizeInGiB', '20', 'greater than or equal to 21'],
  },
  'a label of ours': {
    spec: block({ podOverlay: { labels: { team: 'shop', 'ecs-operator.dev/service': 'other' } } }),
    want: ['spec.kubernetes.podOverlay.labels', "the key 'ecs-operator.dev/service' is the operator's"],
  },
  'the label that says who manages': {
    spec: block({ podOverlay: { labels: { 'app.kubernetes.io/managed-by': 'helm' } } }),
    want: ["the key 'app.kubernetes.io/managed-by' is the operator's"],
  },
  'an annotation of ours': {
    spec: block({ podOverlay: { annotations: { 'ecs-operator.dev/launch': '1' } } }),
    want: ['spec.kubernetes.podOverlay.annotations', "the key 'ecs-operator.dev/launch' is the operator's"],
  },
  'a label whose key no pod takes': {
    spec: block({ podOverlay: { labels: { 'my team': 'shop' } } }),
    want: ["the key 'my team' must be a qualified name"],
  },
  'a label whose value no pod takes': {
    spec: block({ podOverlay: { labels: { team: 'my shop' } } }),
    want: ['spec.kubernetes.podOverlay.labels.team', '"my shop"', 'should match'],
  },
  'an overlay of the restart policy': {
    spec: block({ podOverlay: { restartPolicy: 'Always' } }),
    want: ['unknown field "spec.kubernetes.podOverlay.restartPolicy"'],
  },
  'the choice of a node': {
    spec: block({ nodeName: 'node-1' }),
    want: ['unknown field "spec.kubernetes.nodeName"'],
  },
  'a toleration of nothing': {
    spec: block({ tolerations: [{ operator: 'Equal', value: 'shop' }] }),
    want: ['spec.kubernetes.tolerations[0].operator', 'without a key must have the operator Exists'],
  },
  'a toleration of any value and one': {
    spec: block({ tolerations: [{ key: 'a', operator: 'Exists', value: 'shop' }] }),
    want: ['spec.kubernetes.tolerations[0].value', 'with the operator Exists has no value'],
  },
  'seconds for a taint that evicts nobody': {
    spec: block({ tolerations: [{ key: 'a', operator: 'Exists', tolerationSeconds: 5 }] }),
    want: ['tolerationSeconds goes with the effect NoExecute'],
  },
};

/** As much as fits into what ECS takes: the dearest for rules that look from one list to another. */
const large: JsonObject = {
  containerDefinitions: Array.from({ length: 10 }, (_, index) =>
    container(`c${String(index)}`, {
      environment: Array.from({ length: 150 }, (_, each) => ({ name: `E${String(each)}`, value: 'v' })),
      secrets: Array.from({ length: 50 }, (_, each) => ({ name: `S${String(each)}`, valueFrom: 'secret:shop:key' })),
      mountPoints: Array.from({ length: 20 }, (_, each) => ({
        sourceVolume: `v${String(each)}`,
        containerPath: `/${String(each)}`,
      })),
    }),
  ),
  volumes: Array.from({ length: 20 }, (_, each) => ({ name: `v${String(each)}` })),
};

describe('The API server, of what a task definition refers to', function () {
  this.timeout(30_000);
  const served = servesKinds('references', taskDefinitionKind);

  const create = (spec: JsonObject): Promise<Answer> => served.create({ kind: taskDefinitionKind, spec });

  for (const [sentence, { spec, want }] of Object.entries(refusals)) {
    it(`refuses ${sentence}`, async () => {
      assertRefused(await create(spec), want);
    });
  }

  it('takes everything that can be said, and the pod that comes of it', async () => {
    const answer = await create(whole);
    assertTaken(answer);
    const content = parseTaskDefinitionSpec(answer.body['spec']);
    assertTaken(await served.tryPod(renderPod(newTask({ snapshot: snapshot({ content }) }))));
  });

  it('takes a definition as large as ECS takes it', async () => {
    assert(JSON.stringify(large).length > 60_000);
    assertTaken(await create(large));
  });

  it('refuses the last reference of a large one by name', async () => {
    const containers = large['containerDefinitions'] as readonly JsonObject[];
    const last = { ...containers[9], volumesFrom: [{ sourceContainer: 'c10' }] };
    const { status, body } = await create({ ...large, containerDefinitions: [...containers.slice(0, 9), last] });
    assert.equal(status, 422);
    assert.match(String(body['message']), /container 'c9' takes volumes from 'c10'/);
  });
});
