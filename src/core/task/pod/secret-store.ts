import type { ContainerDefinition } from '../../../api/container-definition.ts';
import { secretStorePath } from '../../../api/kubernetes.ts';
import type { Pod } from '../../../api/meta.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Volume = NonNullable<PodSpec['volumes']>[number];
type Mount = NonNullable<PodSpec['containers'][number]['volumeMounts']>[number];

const name = 'ecs-operator-secrets';

/** The volume of the Secrets Store CSI driver that a task has, with which the driver makes the Secrets of its class. */
export function secretStoreVolumes({ kubernetes }: TaskDefinitionSpec): Volume[] {
  const { secretProviderClass } = kubernetes ?? {};
  if (secretProviderClass === undefined) return [];
  return [
    { name, csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass } } },
  ];
}

/**
 * The mount of that volume. The kubelet sets up all volumes that some container mounts before it starts any: one mount
 * is enough, and only the first container that takes secrets, or else the first, sees the files.
 */
export function secretStoreMounts(definition: ContainerDefinition, content: TaskDefinitionSpec): Mount[] {
  const { containerDefinitions, kubernetes } = content;
  const taker = containerDefinitions.find(({ secrets = [] }) => secrets.length > 0) ?? containerDefinitions[0];
  if (kubernetes?.secretProviderClass === undefined || definition !== taker) return [];
  return [{ name, mountPath: secretStorePath, readOnly: true }];
}
