import { z } from 'zod';
import { integer, list, namedList, refused, text, textMap, withRules, type Rule } from './fields.ts';

/** How a container is set up beyond what it runs. Limits are ECS's, or Kubernetes' where those are narrower. */

const domainName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function ipAddress(description: string): z.ZodString {
  return withRules(text(45, description), {
    rule: 'isIP(self)',
    message: 'must be an IP address',
    messageExpression: `"'%s' is not an IP address".format([self])`,
  });
}

const extraHost = z.object({
  hostname: text(253, 'Name to add to /etc/hosts.').regex(domainName),
  ipAddress: ipAddress('Address the name stands for.'),
});

const systemControl = z.object({
  namespace: withRules(text(128, 'Kernel parameter, such as net.core.somaxconn.'), {
    rule: "self.matches('^(kernel[.](msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs[.]mqueue[.][a-z0-9_]+|net([.][a-z0-9]([-_a-z0-9]*[a-z0-9])?)+)$')",
    message: 'must be a kernel parameter of the network (net.*) or of IPC',
    messageExpression: `"'%s' cannot be set for a task: it must be of the network (net.*) or of IPC (kernel.msg*, kernel.sem, kernel.shm*, fs.mqueue.*)".format([self])`,
  }),
  value: text(256, 'Value of the parameter.'),
});

const securityOption = withRules(text(256, 'A security option.'), {
  rule: "self.matches('^(no-new-privileges(:true)?|apparmor:[A-Za-z0-9_./-]+|seccomp:unconfined|label:(user|role|type|level):[A-Za-z0-9_.:,-]+)$')",
  message: 'must be no-new-privileges, apparmor:PROFILE, seccomp:unconfined or label:user|role|type|level:VALUE',
  messageExpression: `"'%s' is not supported: it must be no-new-privileges, apparmor:PROFILE, seccomp:unconfined or label:user|role|type|level:VALUE".format([self])`,
});

const resourceRequirement = z.object({
  type: z.enum(['GPU']).describe('Kind of device: NVIDIA GPUs.'),
  value: text(3, 'How many physical GPUs, as a text.').regex(/^[1-9][0-9]*$/),
  ...refused({ sharingStrategy: ['object', 'it belongs to Managed Instances'] }),
});

/** Options of a log driver whose values are secrets. */
const secretOption = z.object({
  name: text(255, 'Name of the option.'),
  valueFrom: text(1024, 'Where the value is kept.'),
});

export const logConfiguration = withRules(
  z.object({
    logDriver: z
      .enum(['awslogs', 'awsfirelens', 'splunk', 'json-file', 'syslog', 'journald', 'gelf', 'fluentd'])
      .describe('Where ECS would send what the container prints.'),
    options: textMap({ max: 16, key: 64, value: 512 }, 'Options of the log driver.').optional(),
    secretOptions: namedList(
      secretOption,
      { max: 16, keys: ['name'] },
      'Options of the log driver whose values are secrets: nothing here reads those.',
    ).optional(),
  }),
  {
    rule: "self.logDriver != 'awslogs' || (has(self.options) && 'awslogs-group' in self.options && 'awslogs-region' in self.options)",
    message: 'Log driver awslogs requires options: awslogs-group, awslogs-region',
  },
);

/** Members of a container definition. */
export const containerSettings = {
  hostname: text(63, 'Host name of the task.')
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .optional(),
  interactive: z.boolean().describe('Whether stdin is kept open.').default(false),
  pseudoTerminal: z.boolean().describe('Whether the container gets a terminal.').default(false),
  dockerLabels: textMap({ max: 32, key: 128, value: 256 }, 'Labels of the container.').optional(),
  extraHosts: list(extraHost, 20, 'Entries for /etc/hosts.').optional(),
  dnsServers: list(ipAddress('An address.'), 3, 'DNS servers to ask instead of those of the cluster.').optional(),
  dnsSearchDomains: list(
    text(253, 'A domain.').regex(domainName),
    8,
    'Domains in which short names are looked up.',
  ).optional(),
  systemControls: namedList(systemControl, { max: 20, keys: ['namespace'] }, 'Kernel parameters.').optional(),
  dockerSecurityOptions: list(
    securityOption,
    8,
    'no-new-privileges, apparmor:PROFILE, seccomp:unconfined, label:user|role|type|level:VALUE.',
  ).optional(),
  resourceRequirements: namedList(
    resourceRequirement,
    { max: 1, keys: ['type'] },
    'Devices for this container alone.',
  ).optional(),
  logConfiguration: logConfiguration.describe('Where the logs of the container belong.').optional(),
  versionConsistency: z
    .enum(['enabled', 'disabled'])
    .describe('Whether all tasks of a deployment get the image its tag had at the first.')
    .optional(),
};

const tmpfs = z.object({
  containerPath: text(4096, 'Absolute path it is mounted at.').regex(/^\/[^:]*$/),
  size: integer(1, 1_048_576, 'Largest size in MiB.'),
  mountOptions: list(text(64, 'An option.'), 20, 'Options of mount(8).').optional(),
});

/** Members of `linuxParameters`. */
export const memorySettings = {
  maxSwap: withRules(integer(0, 2 ** 31 - 1, 'Swap in MiB: 0 alone.'), {
    rule: 'self == 0',
    message:
      'maxSwap must be 0: no container has an amount of swap of its own, the kubelet decides for its node (swapBehavior)',
  }).optional(),
  swappiness: integer(0, 100, 'Has no effect without swap, as on ECS.').optional(),
  initProcessEnabled: z.boolean().describe('Whether an init process reaps orphans and passes signals on.').optional(),
  sharedMemorySize: integer(1, 1_048_576, 'Size of /dev/shm in MiB.').optional(),
  tmpfs: namedList(tmpfs, { max: 10, keys: ['containerPath'] }, 'File systems in memory.').optional(),
};

/** Of `linuxParameters`: one path cannot hold two file systems. */
export const memoryRule: Rule = {
  rule: "!has(self.sharedMemorySize) || !has(self.tmpfs) || self.tmpfs.all(each, each.containerPath != '/dev/shm')",
  message: 'sharedMemorySize is a tmpfs at /dev/shm: give one of the two',
};

const inMemory =
  "has(self.linuxParameters.sharedMemorySize) && mount.containerPath == '/dev/shm' || has(self.linuxParameters.tmpfs) && self.linuxParameters.tmpfs.exists(each, each.containerPath == mount.containerPath)";
const covered = `self.mountPoints.filter(mount, ${inMemory})[0]`;

/** Of a container: the API server refuses its pod otherwise, and the task would never start. */
export const pathRule: Rule = {
  rule: `!has(self.mountPoints) || !has(self.linuxParameters) || !self.mountPoints.exists(mount, ${inMemory})`,
  message: 'linuxParameters and mountPoints cannot have one containerPath',
  messageExpression: `"container '%s' mounts the volume '%s' at '%s', where linuxParameters puts a file system in memory: take out one of the two".format([self.name, ${covered}.sourceVolume, ${covered}.containerPath])`,
  fieldPath: '.mountPoints',
};

/** Of a container: Kubernetes refuses the pair, and Linux ignores the first in it. */
export const privilegeRule: Rule = {
  rule: "!has(self.dockerSecurityOptions) || !self.privileged || self.dockerSecurityOptions.all(each, !each.startsWith('no-new-privileges'))",
  message: 'no-new-privileges says nothing in a privileged container',
  messageExpression: `"Invalid setting for container '%s'. no-new-privileges says nothing in a privileged container: take out one of the two.".format([self.name])`,
};

/**
 * A member of which a pod has one: containers that set it have to agree. `comparable` is CEL that makes a value of it
 * one that CEL can compare: a list by a key that is a reserved word of CEL does not equal itself.
 */
function agreeOn(member: string, comparable = (value: string): string => value): Rule {
  const sets = (container: string): string => `has(${container}.${member}) && size(${container}.${member}) > 0`;
  return {
    rule: `self.all(one, !(${sets('one')}) || self.all(other, !(${sets('other')}) || ${comparable(`one.${member}`)} == ${comparable(`other.${member}`)}))`,
    message: `the containers of a task share one ${member}: those that set it must agree`,
    messageExpression: `'the containers of a task share one ${member}: %s must set the same'.format([self.filter(each, ${sets('each')}).map(each, each.name)])`,
  };
}

/** Of the list of containers: what they share in a pod and ECS gives to each. */
export const sharingRules: readonly Rule[] = [
  agreeOn('hostname'),
  agreeOn('dnsServers'),
  agreeOn('dnsSearchDomains'),
  agreeOn('systemControls', (value) => `${value}.map(each, [each.namespace, each.value])`),
];
