import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { Pod } from '../../../api/meta.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import type { MountPoint, Volume } from '../../../api/volumes.ts';
import { dnsName } from '../../../base/dns-name.ts';
import type { LaunchVolume } from '../launch-volumes.ts';
import type { Snapshot } from '../snapshot.ts';
import { ownValue } from './lookup.ts';

type PodSpec = NonNullable<Pod['spec']>;
type PodContainer = PodSpec['containers'][number];
type PodVolume = NonNullable<PodSpec['volumes']>[number];
type VolumeMount = NonNullable<PodContainer['volumeMounts']>[number];

/** The pod's volumes; no member when the task has none. */
export function renderVolumes({
  content: { volumes = [], kubernetes },
  launchVolumes = [],
}: Snapshot): Pick<PodSpec, 'volumes'> {
  if (volumes.length === 0) return {};
  const claims = kubernetes?.persistentVolumeClaims;
  return {
    volumes: volumes.map((volume) =>
      volume.configuredAtLaunch
        ? renderLaunchVolume(volume, launchVolumes)
        : renderVolume(volume, ownValue(claims, volume.name)),
    ),
  };
}

/**
 * A claim where one is named, else a directory of the node, else one that begins empty and ends with the pod. Whether
 * a container may write is said at its mount: a claim that is read-only here would be so for all of them.
 */
function renderVolume({ name, host }: Volume, claimName: string | undefined): PodVolume {
  const volume = dnsName(name);
  if (claimName !== undefined) return { name: volume, persistentVolumeClaim: { claimName } };
  const path = host?.sourcePath ?? '';
  return path === '' ? { name: volume, emptyDir: {} } : { name: volume, hostPath: { path } };
}

/**
 * A claim of the pod's own, which Kubernetes makes with the pod and deletes with it.
 * @throws Error when nobody has configured it: such a task is never launched (`resolutionFor`).
 */
function renderLaunchVolume({ name }: Volume, launchVolumes: readonly LaunchVolume[]): PodVolume {
  const configured = launchVolumes.find((each) => each.name === name);
  if (!configured) throw new Error(`volume ${name} is configured at launch, and nobody has configured it`);
  const { sizeInGiB, storageClassName } = configured;
  const spec = {
    accessModes: ['ReadWriteOnce'],
    storageClassName,
    resources: { requests: { storage: `${String(sizeInGiB)}Gi` } },
  };
  return { name: dnsName(name), ephemeral: { volumeClaimTemplate: { spec } } };
}

/** What a container mounts; no member when that is nothing. */
export function renderVolumeMounts(
  definition: ContainerDefinition,
  definitions: readonly ContainerDefinition[],
): Pick<PodContainer, 'volumeMounts'> {
  const mounts = mountsOf(definition, definitions);
  if (mounts.length === 0) return {};
  return { volumeMounts: mounts.map(renderMount) };
}

/**
 * A container's own mounts and those it takes over, each path once: its own come first, then those of the containers in
 * the order given. As with Docker, what a container has taken over can be taken over from it; a ring ends where it began.
 */
function mountsOf(
  definition: ContainerDefinition,
  definitions: readonly ContainerDefinition[],
  seen: ReadonlySet<string> = new Set(),
): readonly MountPoint[] {
  const { name, mountPoints = [], volumesFrom = [] } = definition;
  const next = new Set([...seen, name]);
  const taken = volumesFrom.flatMap(({ sourceContainer, readOnly }) =>
    definitions
      .filter((source) => source.name === sourceContainer && !next.has(source.name))
      .flatMap((source) => mountsOf(source, definitions, next))
      .map((mount) => ({ ...mount, readOnly: mount.readOnly || readOnly })),
  );
  const mounts = [...mountPoints, ...taken];
  const paths = mounts.map(({ containerPath }) => containerPath);
  return mounts.filter(({ containerPath }, index) => paths.indexOf(containerPath) === index);
}

function renderMount({ sourceVolume, containerPath, readOnly }: MountPoint): VolumeMount {
  return { name: dnsName(sourceVolume), mountPath: containerPath, ...(readOnly && { readOnly }) };
}

/**
 * The containers of a task with so much disk. Kubernetes knows disk space of containers only, and holds a pod to the
 * sum: the first container has all of it, so that the sum is the task's size and any container may use it.
 */
export function withEphemeralStorage(
  containers: readonly PodContainer[],
  storage: TaskDefinitionSpec['ephemeralStorage'],
): readonly PodContainer[] {
  if (!storage) return containers;
  const size = { 'ephemeral-storage': `${String(storage.sizeInGiB)}Gi` };
  return containers.map((container, index) => {
    if (index > 0) return container;
    const { requests, limits } = container.resources ?? {};
    return { ...container, resources: { requests: { ...requests, ...size }, limits: { ...limits, ...size } } };
  });
}
