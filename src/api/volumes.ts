import { z } from 'zod';
import { list, namedList, refused, text, withRules } from './fields.ts';

/** Members and limits: ECS API reference, Volume, MountPoint, VolumeFrom; Developer Guide, "Storage options". */

const host = z
  .object({
    sourcePath: withRules(
      z.string().max(4096).describe('Directory of the node; a new, empty directory of the task when unset.'),
      {
        rule: "self == '' || self.startsWith('/') && !self.split('/').exists(part, part == '..')",
        message: "sourcePath must be an absolute path without '..'",
        messageExpression: `"sourcePath '%s' must be an absolute path without '..'".format([self])`,
      },
    ).optional(),
  })
  .describe('A directory of the node (EC2 only), or an empty one that lives as long as the task.');

const dockerVolumeConfiguration = z
  .object({
    scope: withRules(
      z.enum(['task', 'shared']).describe('task: the volume lives as long as the task.').default('task'),
      {
        rule: "self == 'task'",
        message:
          'scope shared is not supported: give the volume host.sourcePath, or a claim in kubernetes.persistentVolumeClaims',
      },
    ),
    driver: withRules(z.string().max(255).describe('The volume driver of Docker: local.').default('local'), {
      rule: "self == 'local'",
      message: 'driver must be local: volume plugins of Docker do not exist, use kubernetes.persistentVolumeClaims',
      messageExpression: `"driver '%s' must be local: volume plugins of Docker do not exist, use kubernetes.persistentVolumeClaims".format([self])`,
    }),
    ...refused({
      autoprovision: ['boolean', 'it belongs to scope shared'],
      driverOpts: [
        'map',
        'an empty directory of the task has no options: linuxParameters.tmpfs makes a file system in memory',
      ],
      labels: ['map', 'volumes of a pod have no labels: those of a claim are at the claim'],
    }),
  })
  .describe('An empty directory that lives as long as the task.');

const onOff = z.enum(['ENABLED', 'DISABLED']);

const efsVolumeConfiguration = withRules(
  z.object({
    fileSystemId: text(64, 'The file system: what the PersistentVolume names in its volumeHandle.').regex(
      /^(fs-|arn:)\S+$/,
    ),
    rootDirectory: z.string().max(4096).describe('Directory of the file system that is mounted.').optional(),
    transitEncryption: onOff.describe('Whether the traffic is encrypted; the EFS CSI driver always does.').optional(),
    transitEncryptionPort: z.int().min(1).max(65535).describe('Port of the encrypted traffic.').optional(),
    authorizationConfig: z
      .object({
        accessPointId: z.string().max(64).describe('The access point.').optional(),
        iam: onOff.describe('Whether the mount is authorised by IAM.').optional(),
      })
      .describe('How the mount is authorised.')
      .optional(),
  }),
  {
    rule: "self.?authorizationConfig.?accessPointId.orValue('') == '' && self.?authorizationConfig.?iam.orValue('') != 'ENABLED' || self.?transitEncryption.orValue('') == 'ENABLED'",
    message: 'transitEncryption must be ENABLED with an access point or IAM authorization',
    fieldPath: '.transitEncryption',
  },
  {
    rule: "self.?authorizationConfig.?accessPointId.orValue('') == '' || self.?rootDirectory.orValue('') in ['', '/']",
    message: 'rootDirectory must be left out, or /, with an access point',
    messageExpression: `"rootDirectory '%s' must be left out, or /, with an access point".format([self.?rootDirectory.orValue('')])`,
    fieldPath: '.rootDirectory',
  },
).describe('An EFS file system, through the claim that kubernetes.persistentVolumeClaims names for the volume.');

const kindsOfVolume =
  '[has(self.host), has(self.dockerVolumeConfiguration), has(self.efsVolumeConfiguration), self.configuredAtLaunch]';
const kinds = 'host, dockerVolumeConfiguration, efsVolumeConfiguration or configuredAtLaunch';

const volume = withRules(
  z.object({
    name: withRules(text(255, 'Name of the volume, unique in the task definition.').regex(/^[A-Za-z0-9_-]+$/), {
      rule: "!self.startsWith('ecs-operator-')",
      message: "names of volumes that begin with ecs-operator- are the operator's",
      messageExpression: `"the name '%s' begins with ecs-operator-: such volumes are the operator's".format([self])`,
    }),
    host: host.optional(),
    dockerVolumeConfiguration: dockerVolumeConfiguration.optional(),
    efsVolumeConfiguration: efsVolumeConfiguration.optional(),
    configuredAtLaunch: z
      .boolean()
      .describe('Whether volumeConfigurations of services and tasks say what it is: an EBS volume for each task.')
      .default(false),
    ...refused({
      s3filesVolumeConfiguration: [
        'object',
        'leave it out, and name a claim for the volume in kubernetes.persistentVolumeClaims, of a CSI driver that mounts it',
      ],
      fsxWindowsFileServerVolumeConfiguration: ['object', 'it is for Windows, which is not supported'],
    }),
  }),
  {
    rule: `${kindsOfVolume}.filter(given, given).size() <= 1`,
    message: `a volume is of one kind: ${kinds}`,
    messageExpression: `"volume '%s' must be of one kind: ${kinds}".format([self.name])`,
  },
);

export const volumes = withRules(
  namedList(volume, { max: 50, keys: ['name'] }, 'Volumes that containers of the task mount.'),
  {
    rule: 'self.filter(volume, volume.configuredAtLaunch).size() <= 1',
    message: 'only one volume can be configured at launch',
    messageExpression: `'only one volume can be configured at launch, not %s'.format([self.filter(volume, volume.configuredAtLaunch).map(volume, volume.name)])`,
  },
);

const readOnly = z.boolean().describe('Whether the container may only read.').default(false);

export const mountPoints = namedList(
  z.object({
    sourceVolume: text(255, 'Name of the volume.'),
    containerPath: text(4096, 'Where the container sees it.').regex(/^\/[^:]*$/),
    readOnly,
  }),
  { max: 50, keys: ['containerPath'] },
  'Volumes the container mounts.',
);

export const volumesFrom = list(
  z.object({ sourceContainer: text(255, 'Name of the container whose mounts are taken over.'), readOnly }),
  10,
  'Containers whose mounts this one has too.',
);

export const ephemeralStorage = z
  .object({ sizeInGiB: z.int().min(21).max(200).describe('GiB for everything the task writes.') })
  .describe('Disk space of the task outside its persistent volumes.');

export type Volume = z.output<typeof volume>;
export type MountPoint = z.output<typeof mountPoints>[number];
