import type { Rule } from './fields.ts';
import { secretStorePath } from './kubernetes.ts';

/** Rules of a task definition that look from one member to another. */

interface ItemRule {
  /** A list of the container. */
  readonly member: string;
  /** CEL that holds for every `item` of the list; `self` is the spec. */
  readonly holds: string;
  readonly message: string;
  /** The message about the first item for which it does not, with a `%s` for the container and for each value. */
  readonly words: string;
  /** Members of the item for the further `%s`. */
  readonly values: readonly string[];
}

/**
 * The message names the container and the item: a field path cannot, for it takes no index. `map` with a condition goes
 * over the list itself, whose size the API server knows; what comes out of a `filter` has none, and no price.
 */
function ruleOfItems({ member, holds, message, words, values }: ItemRule): Rule {
  const isBad = `has(container.${member}) && container.${member}.exists(item, !(${holds}))`;
  const item = `container.${member}.filter(item, !(${holds}))[0]`;
  const given = ['container.name', ...values.map((value) => `${item}.${value}`)].join(', ');
  return {
    rule: `!self.containerDefinitions.exists(container, ${isBad})`,
    message,
    messageExpression: `self.containerDefinitions.map(container, ${isBad}, "${words}".format([${given}]))[0]`,
    fieldPath: '.containerDefinitions',
  };
}

/** CEL for: `kubernetes.<map>` has the key. */
function isMapped(map: string, key: string): string {
  return `has(self.kubernetes) && has(self.kubernetes.${map}) && ${key} in self.kubernetes.${map}`;
}

const itemRules: readonly ItemRule[] = [
  {
    member: 'mountPoints',
    holds: 'has(self.volumes) && self.volumes.exists(volume, volume.name == item.sourceVolume)',
    message: 'a sourceVolume must be the name of a volume of the task definition',
    words: "container '%s' mounts the volume '%s' at '%s', but volumes has none of that name",
    values: ['sourceVolume', 'containerPath'],
  },
  {
    member: 'volumesFrom',
    holds: 'item.sourceContainer in self.containerDefinitions.map(source, source.name)',
    message: 'a sourceContainer must be the name of a container of the task definition',
    words: "container '%s' takes volumes from '%s', but containerDefinitions has none of that name",
    values: ['sourceContainer'],
  },
  {
    member: 'secrets',
    holds: `item.valueFrom.startsWith('secret:') || ${isMapped('secrets', 'item.valueFrom')} && has(self.kubernetes.secrets[item.valueFrom].key)`,
    message: 'a valueFrom must be secret:NAME:KEY, or kubernetes.secrets must map it to a Secret and a key',
    words:
      "container '%s' takes %s from '%s', which kubernetes.secrets does not map to a Secret and a key: the operator fetches no values, let External Secrets or the Secrets Store CSI driver keep it in a Secret and name that there",
    values: ['name', 'valueFrom'],
  },
  {
    member: 'environmentFiles',
    holds: `item.value.startsWith('configmap:') || ${isMapped('configMaps', 'item.value')}`,
    message: 'a value must be configmap:NAME, or kubernetes.configMaps must map it to a ConfigMap',
    words:
      "container '%s' takes variables from '%s', which kubernetes.configMaps does not map to a ConfigMap: S3 is not read, make one with kubectl create configmap --from-env-file",
    values: ['value'],
  },
];

const credentials = 'container.repositoryCredentials.credentialsParameter';
const lacksPullSecret = `has(container.repositoryCredentials) && !(${credentials}.startsWith('secret:') || ${isMapped('secrets', credentials)})`;
const puller = `self.containerDefinitions.filter(container, ${lacksPullSecret})[0]`;

const lacksClaim = `has(volume.efsVolumeConfiguration) && !(${isMapped('persistentVolumeClaims', 'volume.name')})`;
const claimant = `self.volumes.filter(volume, ${lacksClaim})[0]`;

const takesClaim =
  'has(self.volumes) && self.volumes.exists(volume, volume.name == name && !has(volume.host) && !has(volume.dockerVolumeConfiguration) && !volume.configuredAtLaunch)';

const coversStore = `has(container.mountPoints) && container.mountPoints.exists(mount, mount.containerPath == '${secretStorePath}') || has(container.linuxParameters) && has(container.linuxParameters.tmpfs) && container.linuxParameters.tmpfs.exists(each, each.containerPath == '${secretStorePath}')`;

/** For the spec of a task definition. */
export const referenceRules: readonly Rule[] = [
  ...itemRules.map(ruleOfItems),
  {
    rule: `!self.containerDefinitions.exists(container, ${lacksPullSecret})`,
    message: 'a credentialsParameter must be secret:NAME, or be mapped to a pull secret in kubernetes.secrets',
    messageExpression: `"container '%s' pulls its image with '%s', which kubernetes.secrets does not map to a pull secret".format([${puller}.name, ${puller}.repositoryCredentials.credentialsParameter])`,
    fieldPath: '.containerDefinitions',
  },
  {
    rule: `!has(self.volumes) || !self.volumes.exists(volume, ${lacksClaim})`,
    message: 'an efsVolumeConfiguration needs a claim in kubernetes.persistentVolumeClaims',
    messageExpression: `"volume '%s' needs a claim in kubernetes.persistentVolumeClaims: the EFS CSI driver mounts persistent volumes only, make one of %s".format([${claimant}.name, ${claimant}.efsVolumeConfiguration.fileSystemId])`,
    fieldPath: '.volumes',
  },
  {
    rule: `!has(self.kubernetes) || !has(self.kubernetes.persistentVolumeClaims) || self.kubernetes.persistentVolumeClaims.all(name, ${takesClaim})`,
    message: 'a claim belongs to a volume that is an EFS file system or of no kind',
    messageExpression: `"'%s' must be the name of a volume without host, dockerVolumeConfiguration and configuredAtLaunch".format([self.kubernetes.persistentVolumeClaims.filter(name, !(${takesClaim}))[0]])`,
    fieldPath: '.kubernetes.persistentVolumeClaims',
  },
  {
    rule: `!has(self.kubernetes) || !has(self.kubernetes.secretProviderClass) || !self.containerDefinitions.exists(container, ${coversStore})`,
    message: 'nothing else can be mounted where kubernetes.secretProviderClass is',
    messageExpression: `"container '%s' mounts something at '${secretStorePath}', where kubernetes.secretProviderClass is mounted".format([self.containerDefinitions.filter(container, ${coversStore})[0].name])`,
    fieldPath: '.containerDefinitions',
  },
  {
    rule: "self.?taskRoleArn.orValue('') == '' || has(self.kubernetes) && has(self.kubernetes.serviceAccountName)",
    message: 'taskRoleArn needs kubernetes.serviceAccountName',
    messageExpression: `"taskRoleArn '%s' needs kubernetes.serviceAccountName: name a ServiceAccount that has the role by IRSA or EKS Pod Identity".format([self.taskRoleArn])`,
    fieldPath: '.taskRoleArn',
  },
];

/** For a container definition: ECS refuses a name that is given twice. */
export const secretNameRule: Rule = {
  rule: '!has(self.environment) || !has(self.secrets) || [self.environment.map(variable, variable.name)].all(names, !self.secrets.exists(secret, secret.name in names))',
  message: 'a name must not be both in environment and in secrets',
  messageExpression: `"container '%s' has %s both in environment and in secrets".format([self.name, self.secrets.filter(secret, secret.name in self.environment.map(variable, variable.name))[0].name])`,
  fieldPath: '.secrets',
};

/** For a container definition. */
export const volumesFromItselfRule: Rule = {
  rule: '!has(self.volumesFrom) || !self.volumesFrom.exists(item, item.sourceContainer == self.name)',
  message: 'a sourceContainer must be another container',
  messageExpression: `"container '%s' takes volumes from itself: sourceContainer must be another container".format([self.name])`,
  fieldPath: '.volumesFrom',
};
