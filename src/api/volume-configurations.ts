import { z } from 'zod';
import { integer, namedList, refused, text, withRules, type Rule } from './fields.ts';

/** Members and limits: ECS API reference, ServiceVolumeConfiguration and TaskManagedEBSVolumeConfiguration. */

const managedVolume = {
  sizeInGiB: integer(1, 16_384, 'Size of the volume of each task, in GiB.'),
  volumeType: z
    .enum(['gp2', 'gp3', 'io1', 'io2', 'sc1', 'st1', 'standard'])
    .describe('Type of the volume: the StorageClass decides.')
    .optional(),
  iops: integer(100, 256_000, 'I/O operations per second: the StorageClass decides.').optional(),
  throughput: integer(1, 10_000, 'MiB per second: the StorageClass decides.').optional(),
  encrypted: z.boolean().describe('Whether it is encrypted: the StorageClass decides.').optional(),
  kmsKeyId: text(2048, 'Key it is encrypted with: the StorageClass decides.').optional(),
  filesystemType: z.enum(['ext3', 'ext4', 'xfs']).describe('File system: the StorageClass decides.').optional(),
  roleArn: text(2048, 'Has no effect: the EBS CSI driver has a role of its own.').optional(),
  ...refused({
    snapshotId: ['string', 'the volume of a task begins empty: Kubernetes makes none of an EBS snapshot by its id'],
    volumeInitializationRate: ['integer', 'it is about snapshots'],
    tagSpecifications: ['objects', 'volumes have the tags that the StorageClass gives them, as tagSpecification_1'],
  }),
};

const terminationPolicy = z
  .object({
    deleteOnTermination: withRules(z.boolean().describe('true: the volume ends with the task.').default(true), {
      rule: 'self',
      message:
        'deleteOnTermination must be true: a volume that stays is a claim that kubernetes.persistentVolumeClaims of the task definition names',
    }),
  })
  .describe('Whether the volume ends with the task.');

function configurations<T extends z.ZodRawShape>(
  more: T,
): z.ZodArray<z.ZodObject<{ name: z.ZodString; managedEBSVolume: z.ZodObject<typeof managedVolume & T> }>> {
  return namedList(
    z.object({
      name: text(255, 'Name of the volume in the task definition, which has configuredAtLaunch.'),
      managedEBSVolume: z.object({ ...managedVolume, ...more }).describe('A volume of its own for each task.'),
    }),
    { max: 1, keys: ['name'] },
    'The volume that the task definition leaves to be configured at launch; needs kubernetes.storageClassName.',
  );
}

/** Of a service. */
export const serviceVolumes = configurations({});

/** Of a standalone task. */
export const taskVolumes = configurations({ terminationPolicy: terminationPolicy.optional() });

/** In the `kubernetes` block beside them. */
export const storageClassName = text(
  253,
  'The StorageClass of the volume that is configured at launch; it should have volumeBindingMode WaitForFirstConsumer.',
).regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);

/** For the spec that has them. */
export const volumesRule: Rule = {
  rule: '!has(self.volumeConfigurations) || size(self.volumeConfigurations) == 0 || has(self.kubernetes) && has(self.kubernetes.storageClassName)',
  message:
    'volumeConfigurations needs kubernetes.storageClassName: type, speed, encryption and file system of an EBS volume are those of a StorageClass',
  fieldPath: '.volumeConfigurations',
};

/** What a service or a task says of the volumes of its task definition. */
export interface LaunchConfiguration {
  readonly volumeConfigurations?: z.output<typeof taskVolumes> | z.output<typeof serviceVolumes> | undefined;
  readonly kubernetes?: { readonly storageClassName?: string | undefined } | undefined;
}
