import { z } from 'zod';
import { list, namedList, text, withRules, type Rule } from './fields.ts';
import { labels as ownLabels, ownPrefix } from './labels.ts';

/** What only Kubernetes has of a task: names of objects in the namespace, and a pod overlay from a closed list. */

/** Name of an object of the namespace. */
export function objectName(description: string): z.ZodString {
  return text(253, description).regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
}

/** A map of at most `maxProperties` entries. */
function map<T extends z.ZodType>(value: T, maxProperties: number, description: string): z.ZodRecord<z.ZodString, T> {
  return z.record(z.string(), value).meta({ maxProperties }).describe(description);
}

const labelValue = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/);

const qualifiedName = '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';

export const validKeys: Rule = {
  rule: `self.all(key, key.matches('${qualifiedName}'))`,
  message: 'a key must be a qualified name, such as example.com/name',
  messageExpression: `"the key '%s' must be a qualified name, such as example.com/name".format([self.filter(key, !key.matches('${qualifiedName}'))[0]])`,
};

const own = `key.startsWith('${ownPrefix}') || key == '${ownLabels.managedBy}'`;

const keysOfOthers: Rule = {
  rule: `!self.exists(key, ${own})`,
  message: `keys that begin with ${ownPrefix}, and ${ownLabels.managedBy}, are the operator's`,
  messageExpression: `"the key '%s' is the operator's".format([self.filter(key, ${own})[0]])`,
};

const toleration = z.object({
  key: z.string().max(317).describe('Key of the taint; any when left out, with operator Exists.').optional(),
  operator: z.enum(['Exists', 'Equal']).describe('Whether the value counts: Equal when left out.').optional(),
  value: labelValue.describe('Value of the taint.').optional(),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .describe('Effect of the taint; any when left out.')
    .optional(),
  tolerationSeconds: z.int().min(0).max(2147483647).describe('How long a NoExecute taint is tolerated.').optional(),
});

const tolerations = list(
  withRules(
    toleration,
    {
      rule: "has(self.key) && self.key != '' || self.?operator.orValue('') == 'Exists'",
      message: 'a toleration without a key must have the operator Exists',
      fieldPath: '.operator',
    },
    {
      rule: "self.?operator.orValue('') != 'Exists' || self.?value.orValue('') == ''",
      message: 'a toleration with the operator Exists has no value',
      fieldPath: '.value',
    },
    {
      rule: "!has(self.tolerationSeconds) || self.?effect.orValue('') == 'NoExecute'",
      message: 'tolerationSeconds goes with the effect NoExecute',
      fieldPath: '.tolerationSeconds',
    },
  ),
  20,
  'Taints of nodes that the task tolerates.',
);

const id = (description: string): z.ZodInt => z.int().min(0).max(2147483647).describe(description);

const podOverlay = z
  .object({
    labels: withRules(
      map(labelValue, 20, 'Labels, for network policies, security groups and Fargate profiles.'),
      validKeys,
      keysOfOthers,
    ).optional(),
    annotations: withRules(
      map(z.string().max(4096), 20, 'Annotations, for scrapers and injectors.'),
      validKeys,
      keysOfOthers,
    ).optional(),
    securityContext: z
      .object({
        fsGroup: id('Group that owns the files of persistent volumes.').optional(),
        fsGroupChangePolicy: z
          .enum(['OnRootMismatch', 'Always'])
          .describe('When the files of a volume change their group.')
          .optional(),
        supplementalGroups: list(id('A group.'), 20, 'Further groups of every process.').optional(),
      })
      .describe('What lets a user that is not root write to a volume.')
      .optional(),
  })
  .describe('What the pod of a task has beside what ECS describes.');

/** Where a task sees the files of its SecretProviderClass. */
export const secretStorePath = '/mnt/secrets-store';

export const kubernetes = z
  .object({
    serviceAccountName: objectName(
      'The ServiceAccount of the task: it brings the task role, by IRSA, or on EC2 by EKS Pod Identity.',
    ).optional(),
    imagePullSecrets: namedList(
      z.object({ name: objectName('Name of a pull secret.') }),
      { max: 20, keys: ['name'] },
      'Pull secrets for the images of all containers.',
    ).optional(),
    secrets: map(
      z.object({
        name: objectName('Name of the Secret.'),
        key: text(253, 'Key in the Secret; a pull secret needs none.')
          .regex(/^[-._a-zA-Z0-9]+$/)
          .optional(),
      }),
      200,
      'The Secret that the cluster keeps for an ARN or a parameter, by the exact valueFrom or credentialsParameter.',
    ).optional(),
    secretProviderClass: objectName(
      `The SecretProviderClass that the Secrets Store CSI driver makes Secrets of, while a task mounts it at ${secretStorePath}; not on FARGATE.`,
    ).optional(),
    configMaps: map(
      objectName('Name of the ConfigMap.'),
      50,
      'The ConfigMap that the cluster keeps for an environment file, by the ARN of the file.',
    ).optional(),
    persistentVolumeClaims: map(
      objectName('Name of the PersistentVolumeClaim.'),
      50,
      'The PersistentVolumeClaim behind a volume, by the name of the volume.',
    ).optional(),
    nodeSelector: withRules(map(labelValue, 20, 'Labels a node must have.'), validKeys).optional(),
    tolerations: tolerations.optional(),
    priorityClassName: objectName('The PriorityClass of the task.').optional(),
    podOverlay: podOverlay.optional(),
  })
  .describe('What only Kubernetes has: the objects of the namespace behind the names that ECS uses, and more.');

export type KubernetesBlock = z.output<typeof kubernetes>;
