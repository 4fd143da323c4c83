import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import type { LaunchConfiguration } from '../../api/volume-configurations.ts';
import type { FieldDifference } from '../differences.ts';

/** A volume that each task gets for itself, as the service or the task says. */
export interface LaunchVolume {
  /** In the task definition. */
  readonly name: string;
  readonly sizeInGiB: number;
  readonly storageClassName: string;
}

/** What of `volumeConfigurations` matters to a task; no member when there are none. */
export function launchVolumesOf({ volumeConfigurations = [], kubernetes }: LaunchConfiguration): {
  readonly launchVolumes?: readonly LaunchVolume[];
} {
  const { storageClassName } = kubernetes ?? {};
  if (volumeConfigurations.length === 0 || storageClassName === undefined) return {};
  return {
    launchVolumes: volumeConfigurations.map(({ name, managedEBSVolume: { sizeInGiB } }) => ({
      name,
      sizeInGiB,
      storageClassName,
    })),
  };
}

/**
 * Why the volumes of the definition and those that are configured do not go together; undefined when they do. ECS
 * refuses such a service or task (API reference, ServiceVolumeConfiguration).
 */
export function launchVolumeProblem(
  { volumes = [] }: TaskDefinitionSpec,
  { volumeConfigurations = [] }: LaunchConfiguration,
): string | undefined {
  const open = volumes.filter(({ configuredAtLaunch }) => configuredAtLaunch).map(({ name }) => name);
  const given = volumeConfigurations.map(({ name }) => name);
  const lacking = open.find((name) => !given.includes(name));
  if (lacking !== undefined) {
    return `its volume ${lacking} is configured at launch, and volumeConfigurations has none of that name`;
  }
  const stranger = given.find((name) => !open.includes(name));
  return stranger === undefined
    ? undefined
    : `volumeConfigurations has ${stranger}, and it has no volume of that name with configuredAtLaunch`;
}

const ofTheClass = ['volumeType', 'iops', 'throughput', 'encrypted', 'kmsKeyId', 'filesystemType'] as const;

/** What of the volumes is not as on ECS. */
export function launchVolumeDifferences({
  volumeConfigurations = [],
  kubernetes,
}: LaunchConfiguration): FieldDifference[] {
  return volumeConfigurations.flatMap(({ name, managedEBSVolume }) => {
    const at = `volumeConfigurations[${name}]`;
    const decided = ofTheClass.filter((member) => managedEBSVolume[member] !== undefined).join(', ');
    const ignored = decided === '' ? '' : `: nothing compares it with ${decided}`;
    const ofClass = `type, speed, encryption and file system are those of the StorageClass ${kubernetes?.storageClassName ?? ''}`;
    const role = {
      paths: [`${at}.managedEBSVolume.roleArn`],
      what: 'it has no effect, the EBS CSI driver has a role of its own',
    };
    return [
      { paths: [at], what: `${ofClass}${ignored}` },
      {
        paths: [at],
        what: 'the volume is deleted with the pod of its task, which may stay for a while after the task has stopped',
      },
      ...(managedEBSVolume.roleArn === undefined ? [] : [role]),
    ];
  });
}
