import type { ContainerDefinition } from '../../../api/container-definition.ts';
import type { KubernetesBlock } from '../../../api/kubernetes.ts';
import type { Pod } from '../../../api/meta.ts';
import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import { ownValue } from './lookup.ts';

type PodSpec = NonNullable<Pod['spec']>;
type PodContainer = PodSpec['containers'][number];
type EnvironmentVariable = NonNullable<PodContainer['env']>[number];

type Block = KubernetesBlock | undefined;

/** The variables of a container that are kept in Secrets: the kubelet reads the values, nobody else does. */
export function renderSecrets({ secrets = [] }: ContainerDefinition, block: Block): readonly EnvironmentVariable[] {
  return secrets.map(({ name, valueFrom }) => ({ name, valueFrom: { secretKeyRef: secretKeyOf(valueFrom, block) } }));
}

/**
 * The variables that come from environment files; no member when there are none. The order is turned around: of
 * several files the first wins on ECS, the last on Kubernetes. On both what `environment` says wins over all.
 */
export function renderEnvironmentFiles(
  { environmentFiles = [] }: ContainerDefinition,
  block: Block,
): Pick<PodContainer, 'envFrom'> {
  if (environmentFiles.length === 0) return {};
  const names = environmentFiles.map(({ value }) => configMapOf(value, block));
  return { envFrom: names.toReversed().map((name) => ({ configMapRef: { name } })) };
}

/** Pull secrets of all containers, and those of the block; a pod has them for all its images. */
export function renderPullSecrets({
  containerDefinitions,
  kubernetes,
}: TaskDefinitionSpec): Pick<PodSpec, 'imagePullSecrets'> {
  const named = kubernetes?.imagePullSecrets?.map(({ name }) => name) ?? [];
  const given = containerDefinitions.flatMap(({ repositoryCredentials }) =>
    repositoryCredentials ? [pullSecretOf(repositoryCredentials.credentialsParameter, kubernetes)] : [],
  );
  const names = [...new Set([...given, ...named])];
  return names.length === 0 ? {} : { imagePullSecrets: names.map((name) => ({ name })) };
}

function secretKeyOf(valueFrom: string, block: Block): { readonly name: string; readonly key: string } {
  const [form, ...words] = valueFrom.split(':');
  const mapped = ownValue(block?.secrets, valueFrom);
  const [name, key] = form === 'secret' ? words : [mapped?.name, mapped?.key];
  if (name === undefined || key === undefined) throw unmapped(valueFrom);
  return { name, key };
}

function pullSecretOf(credentialsParameter: string, block: Block): string {
  const [form, name] = credentialsParameter.split(':');
  const secret = form === 'secret' ? name : ownValue(block?.secrets, credentialsParameter)?.name;
  if (secret === undefined) throw unmapped(credentialsParameter);
  return secret;
}

function configMapOf(value: string, block: Block): string {
  const [form, name] = value.split(':');
  const configMap = form === 'configmap' ? name : ownValue(block?.configMaps, value);
  if (configMap === undefined) throw unmapped(value);
  return configMap;
}

/** The schema refuses such a definition (`api/references.ts`); without a value the task must not start. */
function unmapped(reference: string): Error {
  return new Error(
    `${JSON.stringify(reference)} names no object of the namespace, and spec.kubernetes maps it to none`,
  );
}
