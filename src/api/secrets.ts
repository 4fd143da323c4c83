import { z } from 'zod';
import { list, namedList, text, variableName, withRules } from './fields.ts';

/**
 * Members and limits: ECS API reference, Secret, EnvironmentFile, RepositoryCredentials. Values stay out of sight: a
 * container gets them from a Secret or a ConfigMap of its namespace, which the operator has no right to read.
 */

/** Regular expressions are priced by their length, strings by theirs: an exacter one would be too dear. */
const objectName = '[a-z0-9][-a-z0-9.]*';

/** Of an ARN, a parameter, or a notation of ours. */
const longestReference = 1024;

/** CEL for: `path` is no notation of ours, or a complete one. */
function isWellFormed(path: string, prefix: string, pattern: string): string {
  return `!${path}.startsWith('${prefix}:') || ${path}.matches('^${prefix}:${pattern}$')`;
}

const secret = z.object({
  name: variableName(255),
  valueFrom: withRules(
    text(longestReference, 'secret:NAME:KEY of a Secret in the namespace, or what kubernetes.secrets maps to one.'),
    {
      rule: isWellFormed('self', 'secret', `${objectName}:[-._a-zA-Z0-9]+`),
      message:
        'valueFrom must be secret:NAME:KEY with a NAME in lower case, or an ARN or a parameter that kubernetes.secrets maps',
      messageExpression: `"valueFrom '%s' must be secret:NAME:KEY with a NAME in lower case, or an ARN or a parameter that kubernetes.secrets maps".format([self])`,
    },
  ),
});

export const secrets = namedList(
  secret,
  { max: 100, keys: ['name'] },
  'Environment variables whose values are kept in Secrets.',
);

const environmentFile = withRules(
  z.object({
    value: withRules(
      text(
        longestReference,
        'configmap:NAME of a ConfigMap in the namespace, or an ARN that kubernetes.configMaps maps to one.',
      ),
      {
        rule: isWellFormed('self', 'configmap', objectName),
        message: 'value must be configmap:NAME, or an ARN that kubernetes.configMaps maps',
        messageExpression: `"value '%s' must be configmap:NAME, or an ARN that kubernetes.configMaps maps".format([self])`,
      },
    ),
    type: z.enum(['s3']).describe('s3 with an ARN; left out with configmap:NAME.').optional(),
  }),
  {
    rule: "has(self.type) != self.value.startsWith('configmap:')",
    message: 'type must be s3 with an ARN, and left out with configmap:NAME',
    messageExpression: `"type must be s3 with an ARN, and left out with configmap:NAME: value is '%s'".format([self.value])`,
    fieldPath: '.type',
  },
);

export const environmentFiles = list(
  environmentFile,
  10,
  'ConfigMaps whose entries become environment variables: the first one that has a name wins, environment wins over all.',
);

export const repositoryCredentials = z
  .object({
    credentialsParameter: withRules(
      text(
        longestReference,
        'secret:NAME of a pull secret in the namespace, or an ARN that kubernetes.secrets maps to one.',
      ),
      {
        rule: isWellFormed('self', 'secret', objectName),
        message: 'credentialsParameter must be secret:NAME, or an ARN that kubernetes.secrets maps',
        messageExpression: `"credentialsParameter '%s' must be secret:NAME, or an ARN that kubernetes.secrets maps".format([self])`,
      },
    ),
  })
  .describe('How the image is pulled from a private registry.');

export type Secret = z.output<typeof secret>;
