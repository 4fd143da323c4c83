import type { Supported } from '../../api/supported.ts';
import { fargate, fargateSpot, spotAdvice } from '../capacity/fargate.ts';

/** What a resource needs to be taken, and ECS's JSON does not say or says otherwise: where it goes, and what it is. */
export interface Decision {
  readonly path: string;
  readonly what: string;
}

/** What is kept of a definition, as far as it is looked at; any member may have been lost. */
interface KeptSpec {
  readonly memory?: string;
  readonly taskRoleArn?: string;
  readonly containerDefinitions?: readonly KeptContainer[];
  readonly volumes?: readonly { readonly name?: string; readonly efsVolumeConfiguration?: object }[];
}

interface KeptContainer {
  readonly name?: string;
  readonly memory?: number;
  readonly memoryReservation?: number;
  readonly secrets?: readonly { readonly valueFrom?: string }[];
  readonly environmentFiles?: readonly { readonly value?: string }[];
  readonly repositoryCredentials?: { readonly credentialsParameter?: string };
  readonly firelensConfiguration?: { readonly options?: Readonly<Record<string, string>> };
}

/**
 * What has to be decided before a task definition is taken: the objects of the namespace behind what ECS names
 * (`api/references.ts` refuses a definition without them), the memory of containers that had none of their own, the
 * configuration of a log router, and values that a simple rule refuses. Other rules are left to the API server.
 */
export function decisionsOf({ kept, refused }: Pick<Supported, 'kept' | 'refused'>): readonly Decision[] {
  const { taskRoleArn = '', containerDefinitions = [], volumes = [], memory } = kept as KeptSpec;
  const decisions = [
    ...(taskRoleArn === '' ? [] : [serviceAccountFor(taskRoleArn)]),
    ...containerDefinitions.flatMap(secretsOf),
    ...containerDefinitions.flatMap(configMapsOf),
    ...volumes.filter((volume) => volume.efsVolumeConfiguration !== undefined).map(claimFor),
    ...(memory === undefined ? containerDefinitions.flatMap(memoryOf) : []),
    ...containerDefinitions.flatMap(routerOf),
    ...refused.map(({ path, reason }) => ({ path, what: reason })),
  ];
  return [...new Map(decisions.map((decision) => [decision.path, decision])).values()];
}

/** What is kept of a service, as far as it is looked at. */
interface KeptService {
  readonly volumeConfigurations?: readonly unknown[];
  readonly capacityProviderStrategy?: readonly { readonly capacityProvider?: string }[];
}

/** What has to be decided before a service is taken, or before its tasks can start. */
export function serviceDecisionsOf(kept: unknown): readonly Decision[] {
  const { volumeConfigurations = [], capacityProviderStrategy = [] } = kept as KeptService;
  const what = 'the StorageClass of the EBS volume, with volumeBindingMode WaitForFirstConsumer';
  return [
    ...(volumeConfigurations.length === 0 ? [] : [{ path: 'kubernetes.storageClassName', what }]),
    ...capacityProviderStrategy.flatMap(({ capacityProvider }) => providerFor(capacityProvider)),
  ];
}

/** FARGATE is there on every cluster of EKS; of any other provider nobody knows here which nodes it is. */
function providerFor(name: string | undefined): Decision[] {
  if (name === undefined || name === fargate) return [];
  const path = `capacityProviderStrategy[${name}]`;
  const isSpot = name === fargateSpot;
  return [{ path, what: isSpot ? spotAdvice : `the ECSCapacityProvider ${name}, which says which nodes it is` }];
}

function serviceAccountFor(role: string): Decision {
  const what = `the ServiceAccount that has the role ${role}, by IRSA or EKS Pod Identity`;
  return { path: 'kubernetes.serviceAccountName', what };
}

function secretsOf({ secrets = [], repositoryCredentials }: KeptContainer): Decision[] {
  const values = secrets.flatMap(({ valueFrom }) => named(valueFrom, 'secret:'));
  const credentials = named(repositoryCredentials?.credentialsParameter, 'secret:');
  return [
    ...values.map((value) => ({
      path: `kubernetes.secrets[${value}]`,
      what: 'the Secret that has the value, and its key',
    })),
    ...credentials.map((value) => ({ path: `kubernetes.secrets[${value}]`, what: 'the pull secret' })),
  ];
}

function configMapsOf({ environmentFiles = [] }: KeptContainer): Decision[] {
  const files = environmentFiles.flatMap(({ value }) => named(value, 'configmap:'));
  return files.map((file) => ({
    path: `kubernetes.configMaps[${file}]`,
    what: 'the ConfigMap that has the variables',
  }));
}

function claimFor({ name = '' }: { readonly name?: string }): Decision {
  const what = 'the PersistentVolumeClaim of the file system';
  return { path: `kubernetes.persistentVolumeClaims[${name}]`, what };
}

function memoryOf({ name = '', memory, memoryReservation }: KeptContainer): Decision[] {
  if (memory !== undefined || memoryReservation !== undefined) return [];
  return [
    { path: `containerDefinitions[${name}].memory`, what: 'MiB: the task has none that the container could share' },
  ];
}

function routerOf({ name = '', firelensConfiguration }: KeptContainer): Decision[] {
  const options = Object.keys(firelensConfiguration?.options ?? {});
  if (!options.some((option) => option.startsWith('config-file-'))) return [];
  const what = 'without config-file-type and config-file-value: nothing generates a configuration that includes a file';
  return [{ path: `containerDefinitions[${name}].firelensConfiguration`, what }];
}

/** A reference that names no object of the namespace itself. */
function named(reference: string | undefined, prefix: string): string[] {
  return reference === undefined || reference.startsWith(prefix) ? [] : [reference];
}
