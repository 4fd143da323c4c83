import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { Pod } from '../../../api/meta.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Volume = NonNullable<PodSpec['volumes']>[number];
type Mount = NonNullable<PodSpec['containers'][number]['volumeMounts']>[number];

/** A file system in memory that one container has for itself. */
interface MemoryVolume {
  readonly name: string;
  readonly mountPath: string;
  readonly sizeMiB: number;
}

/** Of the container that is the `index`-th of its task: names tell the volumes of a pod apart. */
function memoryVolumesOf({ linuxParameters }: ContainerDefinition, index: number): MemoryVolume[] {
  const { sharedMemorySize, tmpfs = [] } = linuxParameters ?? {};
  const prefix = `ecs-operator-${String(index)}`;
  return [
    ...(sharedMemorySize === undefined
      ? []
      : [{ name: `${prefix}-shm`, mountPath: '/dev/shm', sizeMiB: sharedMemorySize }]),
    ...tmpfs.map(({ containerPath, size }, position) => ({
      name: `${prefix}-tmpfs-${String(position)}`,
      mountPath: containerPath,
      sizeMiB: size,
    })),
  ];
}

/** The volumes that the shared memory and the tmpfs of all containers need. */
export function memoryVolumes(definitions: readonly ContainerDefinition[]): Volume[] {
  return definitions.flatMap(memoryVolumesOf).map(({ name, sizeMiB }) => ({
    name,
    emptyDir: { medium: 'Memory', sizeLimit: `${String(sizeMiB)}Mi` },
  }));
}

/** Where the `index`-th container of a task has its own ones. */
export function memoryMounts(definition: ContainerDefinition, index: number): Mount[] {
  return memoryVolumesOf(definition, index).map(({ name, mountPath }) => ({ name, mountPath }));
}
