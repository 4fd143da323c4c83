import { z } from 'zod';
import { containerSettings, memoryRule, memorySettings, pathRule, privilegeRule } from './container-settings.ts';
import { dependsOnItself, startAndStop } from './depends-on.ts';
import { firelensConfiguration } from './firelens.ts';
import { integer, list, namedList, refused, text, variableName, withRules } from './fields.ts';
import { portMappings } from './port-mappings.ts';
import { secretNameRule, volumesFromItselfRule } from './references.ts';
import { environmentFiles, repositoryCredentials, secrets } from './secrets.ts';
import { mountPoints, volumesFrom } from './volumes.ts';

/** Members and limits: ECS API reference, ContainerDefinition; Developer Guide, "Task definition parameters". */

const environmentVariable = z.object({
  name: variableName(512),
  value: z.string().max(32768).describe('Value of the variable.').default(''),
});

const healthCheck = z
  .object({
    command: withRules(
      list(z.string().max(4096), 64, 'CMD and the arguments, or CMD-SHELL and one line for /bin/sh.').min(2),
      {
        rule: "size(self) == 0 || self[0] in ['CMD', 'CMD-SHELL']",
        message: 'the first item must be CMD or CMD-SHELL',
        messageExpression: `"the first item must be CMD or CMD-SHELL, not '%s'".format([self[0]])`,
      },
      {
        rule: "size(self) == 0 || self[0] != 'CMD-SHELL' || size(self) == 2",
        message: 'CMD-SHELL takes exactly one string',
        messageExpression: `'CMD-SHELL takes exactly one string, not %d'.format([size(self) - 1])`,
      },
    ),
    interval: integer(5, 300, 'Seconds between two checks.').default(30),
    timeout: integer(2, 60, 'Seconds after which a check counts as failed.').default(5),
    retries: integer(1, 10, 'Failures in a row that make the container UNHEALTHY.').default(3),
    startPeriod: integer(0, 300, 'Seconds after the start in which failures do not count; 0 is off.').default(0),
  })
  .describe('How ECS tells that the container is healthy; the HEALTHCHECK of the image is ignored, as on ECS.');

const capability = text(64, 'Name of a Linux capability, with or without CAP_.').regex(/^[A-Z_]+$/);

const linuxParameters = withRules(
  z.object({
    capabilities: z
      .object({
        add: list(capability, 64, "Capabilities added to the runtime's default set.").optional(),
        drop: list(capability, 64, "Capabilities taken from the runtime's default set.").optional(),
      })
      .describe('Linux capabilities.')
      .optional(),
    ...memorySettings,
    ...refused({
      devices: [
        'objects',
        'a pod gets devices of its node from a device plugin alone; a privileged container that mounts the host.sourcePath /dev sees all of them',
      ],
    }),
  }),
  memoryRule,
).describe('Linux-specific settings.');

/**
 * ECS restarts a container that ran for restartAttemptPeriod, at once; Kubernetes' container restart rules (on by
 * default from 1.35) know exit codes alone, and back off: what fails at its start would never end its task.
 */
const restartPolicy = z
  .object({
    enabled: withRules(z.boolean().describe('false alone.'), {
      rule: '!self',
      message:
        'enabled must be false: ECS restarts a container that ran for restartAttemptPeriod, but Kubernetes by its exit code, however short it ran, so that one that fails at once would never end its task; the service replaces the task',
    }),
    ignoredExitCodes: list(z.int32(), 50, 'Exit codes after which nothing is restarted.').optional(),
    restartAttemptPeriod: integer(60, 1800, 'Seconds it must have run to be restarted.').optional(),
  })
  .describe('Whether the container is restarted in place: never.');

const refusedMembers = refused({
  links: [
    'strings',
    'the containers of a task share one network and reach each other on localhost: for a name, give extraHosts 127.0.0.1',
  ],
  disableNetworking: [
    'boolean',
    'the containers of a task share one network: deny all traffic of the task with a NetworkPolicy',
  ],
  ulimits: [
    'objects',
    "a pod has no such limits: containers get those of the node's container runtime, and a command may lower them with ulimit",
  ],
  credentialSpecs: [
    'strings',
    'gMSA needs a helper on the node, which Kubernetes has for Windows alone, and Windows is not supported',
  ],
});

export const containerDefinition = withRules(
  z.object({
    name: text(255, 'Name of the container, unique in the task definition.').regex(/^[A-Za-z0-9_-]+$/),
    image: text(512, 'Image: repository:tag or repository@digest.').regex(/^\S+$/),
    cpu: integer(0, 262144, 'CPU units, 1024 to a vCPU: a share under contention, not a ceiling.').default(0),
    memory: integer(6, 1_048_576, 'Hard limit in MiB: the container is killed above it.').optional(),
    memoryReservation: integer(6, 1_048_576, 'Soft limit in MiB: what the scheduler sets aside.').optional(),
    essential: z.boolean().describe('Whether the task stops when this container exits, for any reason.').default(true),
    entryPoint: list(z.string().max(8192), 128, 'Replaces the entry point of the image.').optional(),
    command: list(z.string().max(8192), 128, 'Replaces the command of the image.').optional(),
    environment: namedList(environmentVariable, { max: 500, keys: ['name'] }, 'Environment variables.').optional(),
    environmentFiles: environmentFiles.optional(),
    secrets: secrets.optional(),
    repositoryCredentials: repositoryCredentials.optional(),
    mountPoints: mountPoints.optional(),
    volumesFrom: volumesFrom.optional(),
    portMappings: portMappings.optional(),
    healthCheck: healthCheck.optional(),
    firelensConfiguration: firelensConfiguration.optional(),
    ...startAndStop,
    restartPolicy: restartPolicy.optional(),
    workingDirectory: text(4096, 'Directory in which commands run.').optional(),
    user: withRules(
      text(21, 'Numeric uid or uid:gid the container runs as, each at most 2147483647.'),
      {
        rule: "self.matches('^[0-9]{1,10}(:[0-9]{1,10})?$')",
        message: 'user must be a numeric uid or uid:gid: a name is known only inside the image',
      },
      {
        rule: "!self.matches('^[0-9]{1,10}(:[0-9]{1,10})?$') || self.split(':').all(id, int(id) <= 2147483647)",
        message: 'a uid and a gid are at most 2147483647',
      },
    ).optional(),
    readonlyRootFilesystem: z.boolean().describe('Whether the root file system is read-only.').default(false),
    privileged: z
      .boolean()
      .describe('Whether the container has root-like rights on the node; not on FARGATE.')
      .default(false),
    linuxParameters: linuxParameters.optional(),
    ...containerSettings,
    ...refusedMembers,
  }),
  {
    rule: '!has(self.memory) || !has(self.memoryReservation) || self.memory >= self.memoryReservation',
    message: 'memory must not be below memoryReservation',
    messageExpression: `"Invalid setting for container '%s'. memory (%d MiB) must not be below memoryReservation (%d MiB).".format([self.name, self.memory, self.memoryReservation])`,
    fieldPath: '.memory',
  },
  secretNameRule,
  volumesFromItselfRule,
  privilegeRule,
  pathRule,
  dependsOnItself,
);

export type ContainerDefinition = z.output<typeof containerDefinition>;
