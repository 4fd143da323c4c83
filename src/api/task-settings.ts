import { z } from 'zod';
import type { ContainerDefinition } from './container-definition.ts';
import { list, namedList, text, withRules, type Rule } from './fields.ts';

/** What holds for a task as a whole. Limits: ECS API reference, RegisterTaskDefinition. */

const runtimePlatform = z.object({
  cpuArchitecture: z.enum(['X86_64', 'ARM64']).describe('Processors the images are made for.').optional(),
  operatingSystemFamily: withRules(text(64, 'LINUX: Windows is not supported.'), {
    rule: "self == 'LINUX'",
    message: 'operatingSystemFamily must be LINUX: Windows is not supported',
  }).optional(),
});

const tag = z.object({
  key: withRules(text(128, 'Key of the tag.'), {
    rule: "!self.lowerAscii().startsWith('aws:')",
    message: 'a key must not begin with aws:',
    messageExpression: `"the key '%s' must not begin with aws:".format([self])`,
  }),
  value: z.string().max(256).describe('Value of the tag.').default(''),
});

/** Members of a task definition. */
export const taskSettings = {
  requiresCompatibilities: list(
    z.enum(['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES']),
    4,
    'Launch types the definition is checked for, and that services may use.',
  ).optional(),
  runtimePlatform: runtimePlatform.describe('Nodes the tasks can run on; any that there are when absent.').optional(),
  pidMode: z.enum(['task', 'host']).describe('Whose processes the containers see, beside their own.').optional(),
  ipcMode: z.enum(['task', 'host', 'none']).describe('With whom the containers share IPC resources.').optional(),
  tags: namedList(tag, { max: 50, keys: ['key'] }, 'Tags, which the tasks carry as an annotation.').optional(),
};

/** The containers for which `bad` holds, which speaks of `container`. */
function offenders(bad: string): string {
  return `self.containerDefinitions.filter(container, ${bad}).map(container, container.name)`;
}

/** A rule on each container that depends on the task, and names the containers that break it. */
function containersMustNot(when: string, bad: string, sentence: string): Rule {
  return {
    rule: `!(${when}) || self.containerDefinitions.all(container, !(${bad}))`,
    message: sentence,
    messageExpression: `'container %s: ${sentence}'.format([${offenders(bad)}])`,
    fieldPath: '.containerDefinitions',
  };
}

const otherHostPort =
  'has(container.portMappings) && container.portMappings.exists(port, has(port.hostPort) && port.hostPort != 0 && (!has(port.containerPort) || port.hostPort != port.containerPort))';

/** Ports of a container that have a number, those of UDP below 0. */
function portsOf(container: string): string {
  return `${container}.portMappings.map(port, has(port.containerPort), port.protocol == "tcp" ? port.containerPort : -port.containerPort)`;
}

/** In every network mode: on ECS the containers of bridge have a network each, in a pod never. */
const sharesPort = `has(container.portMappings) && self.containerDefinitions.exists(other, other.name != container.name && has(other.portMappings) && sets.intersects(${portsOf('container')}, ${portsOf('other')}))`;

/** Names of the port mappings of a container. */
function portNamesOf(container: string): string {
  return `${container}.portMappings.map(port, has(port.name), port.name)`;
}

const sharesPortName = `has(container.portMappings) && self.containerDefinitions.exists(other, other.name != container.name && has(other.portMappings) && sets.intersects(${portNamesOf('container')}, ${portNamesOf('other')}))`;

const networkRules: readonly Rule[] = [
  containersMustNot(
    "self.networkMode != 'bridge'",
    otherHostPort,
    'hostPort must be blank, 0 or the containerPort unless networkMode is bridge',
  ),
  containersMustNot(
    "self.networkMode == 'none'",
    'has(container.portMappings) && size(container.portMappings) > 0',
    'portMappings must be empty in network mode none',
  ),
  containersMustNot(
    "self.networkMode == 'host'",
    "has(container.portMappings) && container.portMappings.exists(port, port.?containerPortRange.orValue('') != '')",
    'containerPortRange must not be set in network mode host',
  ),
  {
    rule: `!self.containerDefinitions.exists(container, ${sharesPort})`,
    message: 'the containers of a task share one network: no two can have one containerPort',
    messageExpression: `"containers %s share one network, and cannot have the same containerPort and protocol in portMappings".format([${offenders(sharesPort)}])`,
    fieldPath: '.containerDefinitions',
  },
  {
    rule: `!self.containerDefinitions.exists(container, ${sharesPortName})`,
    message: 'the name of a port mapping must be unique in the task definition',
    messageExpression: `"containers %s have a port mapping of the same name: names are unique in the task definition".format([${offenders(sharesPortName)}])`,
    fieldPath: '.containerDefinitions',
  },
  containersMustNot(
    "self.networkMode == 'host'",
    "has(container.systemControls) && container.systemControls.exists(each, each.namespace.startsWith('net.'))",
    'systemControls of the network must not be set in network mode host, they are those of the node',
  ),
  containersMustNot(
    "has(self.ipcMode) && self.ipcMode == 'host'",
    "has(container.systemControls) && container.systemControls.exists(each, !each.namespace.startsWith('net.'))",
    'systemControls of IPC must not be set with ipcMode host, they are those of the node',
  ),
];

const forFargate = "has(self.requiresCompatibilities) && 'FARGATE' in self.requiresCompatibilities";

/** A member that FARGATE takes in no container, whether a container has it, and the same in CEL. */
interface NotOnFargate {
  readonly name: string;
  readonly isSet: (container: ContainerDefinition) => boolean;
  readonly rule: string;
}

/** ECS refuses a definition that has to be compatible with FARGATE, and a service that launches another one there. */
export const notOnFargate: readonly NotOnFargate[] = [
  { name: 'privileged', isSet: ({ privileged }) => privileged, rule: 'container.privileged' },
  ...(['dnsServers', 'dnsSearchDomains', 'extraHosts', 'dockerSecurityOptions', 'resourceRequirements'] as const).map(
    (name): NotOnFargate => ({
      name,
      isSet: (container) => (container[name] ?? []).length > 0,
      rule: `has(container.${name}) && size(container.${name}) > 0`,
    }),
  ),
  {
    name: 'sharedMemorySize',
    isSet: ({ linuxParameters }) => linuxParameters?.sharedMemorySize !== undefined,
    rule: 'has(container.linuxParameters) && has(container.linuxParameters.sharedMemorySize)',
  },
  ...(['maxSwap', 'swappiness'] as const).map((name): NotOnFargate => ({
    name,
    isSet: ({ linuxParameters }) => linuxParameters?.[name] !== undefined,
    rule: `has(container.linuxParameters) && has(container.linuxParameters.${name})`,
  })),
  {
    name: 'tmpfs',
    isSet: ({ linuxParameters }) => (linuxParameters?.tmpfs ?? []).length > 0,
    rule: 'has(container.linuxParameters) && has(container.linuxParameters.tmpfs) && size(container.linuxParameters.tmpfs) > 0',
  },
];

const fargateRules: readonly Rule[] = [
  {
    rule: `!(${forFargate}) || self.networkMode == 'awsvpc'`,
    message: 'Fargate only supports network mode ‘awsvpc’.',
    fieldPath: '.networkMode',
  },
  {
    rule: `!(${forFargate}) || !has(self.ipcMode)`,
    message: 'ipcMode is not supported on FARGATE',
    fieldPath: '.ipcMode',
  },
  {
    rule: `!(${forFargate}) || !has(self.pidMode) || self.pidMode == 'task'`,
    message: 'pidMode must be task on FARGATE',
    fieldPath: '.pidMode',
  },
  ...notOnFargate.map(({ name, rule }) => containersMustNot(forFargate, rule, `${name} is not supported on FARGATE`)),
];

/** Of the whole definition. */
export const taskRules: readonly Rule[] = [...networkRules, ...fargateRules];
