import type { ContainerDefinition } from './container-definition.ts';
import type { SettledMembers } from './difference.ts';
import type { TaskDefinitionSpec } from './task-definition.ts';
import type { Volume } from './volumes.ts';
/**
 * The members of a task definition that refer to what is kept elsewhere (volumes, Secrets, ConfigMaps, roles): what
 * becomes of each, then what is not as on ECS.
 */
export const settledReferences: SettledMembers = {
  taskRoleArn: [
    'the ServiceAccount that kubernetes.serviceAccountName names, by IRSA, or on EC2 by EKS Pod Identity',
    { when: isText, what: 'the ServiceAccount decides on the role: nothing compares it with the one written here' },
  ],
  executionRoleArn: [
    'accepted',
    {
      when: isText,
      what: "it has no effect: images are pulled with the role of the node or of the Fargate profile, or with pull secrets, and Secrets are the cluster's",
    },
  ],
  ephemeralStorage: ['requested and limited once for the task, at its first container'],
  'ephemeralStorage.sizeInGiB': [
    'the size',
    { what: 'a task that writes more is evicted: on ECS its writes fail' },
    { when: (value) => Number(value) > 175, what: 'EKS Fargate gives at most 175 GiB' },
  ],
  volumes: [
    'volumes of the pod',
    {
      when: (_, { spec }) => spec.volumes?.some((volume) => beginsEmpty(volume, spec)) ?? false,
      what: 'a volume of the task begins empty: what an image holds at the path is not copied into it',
    },
  ],
  'volumes[].name': ['the name, changed where a pod does not allow it'],
  'volumes[].host': ['an empty directory that ends with the task, or one of the node'],
  'volumes[].host.sourcePath': ['a directory of the node; not on FARGATE'],
  'volumes[].dockerVolumeConfiguration': ['an empty directory that ends with the task'],
  'volumes[].dockerVolumeConfiguration.scope': ['task alone'],
  'volumes[].dockerVolumeConfiguration.driver': ['local alone'],
  'volumes[].efsVolumeConfiguration': [
    'the PersistentVolumeClaim that kubernetes.persistentVolumeClaims names for the volume',
    {
      what: 'its PersistentVolume decides on file system, directory, encryption and access: nothing compares it with what is written here',
    },
  ],
  ...ofVolume('efsVolumeConfiguration', {
    fileSystemId: ['the volumeHandle of the PersistentVolume should say the same'],
    rootDirectory: ['the volumeHandle of the PersistentVolume should say the same'],
    transitEncryption: ['checked as on ECS'],
    transitEncryptionPort: ['a mount option of the PersistentVolume'],
    authorizationConfig: ['checked as on ECS'],
    'authorizationConfig.accessPointId': ['the volumeHandle of the PersistentVolume should say the same'],
    'authorizationConfig.iam': ['a mount option of the PersistentVolume'],
  }),
  'volumes[].configuredAtLaunch': [
    'an ephemeral volume for each task, of the StorageClass that the service or the task names; not on FARGATE',
  ],
  ...ofContainer({
    secrets: [
      'environment variables from Secrets, read by the kubelet alone',
      { what: 'their values are in Secrets of the namespace, for whoever may read those' },
    ],
    'secrets[].name': ['the name of the variable'],
    'secrets[].valueFrom': [
      'a key of a Secret, which External Secrets or the Secrets Store CSI driver may keep: secret:NAME:KEY, or what kubernetes.secrets maps',
    ],
    environmentFiles: [
      'variables from ConfigMaps: the first file that has a name wins, environment over all',
      {
        when: (_, { container }) => isFromS3(container),
        what: 'a ConfigMap is read instead of S3, and has to follow it',
      },
    ],
    'environmentFiles[].type': ['s3 with an ARN'],
    'environmentFiles[].value': ['a ConfigMap: configmap:NAME, or what kubernetes.configMaps maps'],
    repositoryCredentials: [
      'a pull secret of the pod',
      {
        when: (_, { spec }) => spec.containerDefinitions.length > 1,
        what: 'the images of all containers of the task are pulled with it',
      },
    ],
    'repositoryCredentials.credentialsParameter': ['a pull secret: secret:NAME, or what kubernetes.secrets maps'],
    mountPoints: ['mounts of the container'],
    'mountPoints[].sourceVolume': ['the volume'],
    'mountPoints[].containerPath': ['the path'],
    'mountPoints[].readOnly': ['a read-only mount'],
    volumesFrom: [
      'the mounts of the other container, and those it has taken over itself',
      { what: 'it puts no start in order, and takes over no VOLUME of an image' },
    ],
    'volumesFrom[].sourceContainer': ['the other container'],
    'volumesFrom[].readOnly': ['read-only mounts'],
  }),
};

function ofContainer<T>(rows: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [`containerDefinitions[].${name}`, row]));
}

function ofVolume<T>(member: string, rows: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [`volumes[].${member}.${name}`, row]));
}

/** ECS prints an empty text for what is unset. */
function isText(value: unknown): boolean {
  return value !== '';
}

function beginsEmpty({ name, host, configuredAtLaunch }: Volume, { kubernetes }: TaskDefinitionSpec): boolean {
  const isElsewhere = configuredAtLaunch || Object.hasOwn(kubernetes?.persistentVolumeClaims ?? {}, name);
  return (host?.sourcePath ?? '') === '' && !isElsewhere;
}

function isFromS3(container: ContainerDefinition | undefined): boolean {
  return container?.environmentFiles?.some(({ type }) => type === 's3') ?? false;
}
