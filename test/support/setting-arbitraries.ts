import fc from 'fast-check';
import type { ContainerDefinition } from '../../src/api/container-definition.ts';
import type { TaskDefinitionSpec } from '../../src/api/task-definition.ts';

/** The settings of containers and tasks, with the rules that CEL checks kept. */

const domain = fc.constantFrom('db', 'cache.corp.example', 'a-b.c');
const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '2001:db8::1');
const texts = fc.dictionary(fc.string({ minLength: 1, maxLength: 10 }), fc.string({ maxLength: 10 }), {
  maxKeys: 4,
  noNullPrototype: true,
});

/** Those of one container alone. */
export const containerSettings = fc.record(
  {
    interactive: fc.boolean(),
    pseudoTerminal: fc.boolean(),
    dockerLabels: texts,
    extraHosts: fc.array(fc.record({ hostname: domain, ipAddress: address }), { maxLength: 4 }),
    dockerSecurityOptions: fc.array(
      fc.constantFrom(
        'apparmor:docker-default',
        'apparmor:a/b',
        'seccomp:unconfined',
        'label:level:s0:c1',
        'label:type:t',
      ),
      { maxLength: 4 },
    ),
    resourceRequirements: fc
      .integer({ min: 1, max: 8 })
      .map((count) => [{ type: 'GPU' as const, value: String(count) }]),
    logConfiguration: fc.record(
      {
        logDriver: fc.constantFrom('syslog' as const, 'splunk' as const),
        options: texts,
        secretOptions: fc.constantFrom([], [{ name: 'splunk-token', valueFrom: 'arn:token' }]),
      },
      { requiredKeys: ['logDriver'] },
    ),
    versionConsistency: fc.constantFrom('enabled' as const, 'disabled' as const),
  },
  { requiredKeys: [] },
);

const mebibytes = fc.integer({ min: 1, max: 1_048_576 });

/** Those of `linuxParameters`. */
export const memorySettings = {
  initProcessEnabled: fc.boolean(),
  maxSwap: fc.constant(0),
  swappiness: fc.integer({ min: 0, max: 100 }),
  sharedMemorySize: mebibytes,
  tmpfs: fc.uniqueArray(
    fc.record(
      {
        containerPath: fc.constantFrom('/tmp', '/run', '/var/cache'),
        size: mebibytes,
        mountOptions: fc.constant(['noexec']),
      },
      { requiredKeys: ['containerPath', 'size'] },
    ),
    { maxLength: 3, selector: ({ containerPath }) => containerPath },
  ),
};

/** What the containers of a task share: each has all of it or nothing. */
const shared = fc.record(
  {
    hostname: fc.constantFrom('shop', 'web-1'),
    dnsServers: fc.uniqueArray(address, { maxLength: 3 }),
    dnsSearchDomains: fc.uniqueArray(domain, { maxLength: 3 }),
    systemControls: fc.array(fc.constant({ namespace: 'net.core.somaxconn', value: '1024' }), { maxLength: 1 }),
  },
  { requiredKeys: [] },
);

const task = fc.record(
  {
    networkMode: fc.constantFrom('awsvpc' as const, 'bridge' as const, 'host' as const, 'none' as const),
    requiresCompatibilities: fc.array(fc.constant('EC2' as const), { maxLength: 1 }),
    runtimePlatform: fc.record(
      {
        cpuArchitecture: fc.constantFrom('X86_64' as const, 'ARM64' as const),
        operatingSystemFamily: fc.constant('LINUX'),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
    pidMode: fc.constantFrom('task' as const, 'host' as const),
    ipcMode: fc.constantFrom('task' as const, 'host' as const, 'none' as const),
    tags: fc.uniqueArray(
      fc.record({ key: fc.string({ minLength: 1, maxLength: 10 }), value: fc.string() }, { noNullPrototype: true }),
      {
        maxLength: 3,
        selector: ({ key }) => key,
      },
    ),
  },
  { requiredKeys: ['networkMode'] },
);

type Members = Readonly<Partial<ContainerDefinition>>;

/** A definition of these containers, which then fit the settings of the task and those they share. */
export function withTaskSettings(containers: fc.Arbitrary<ContainerDefinition[]>): fc.Arbitrary<TaskDefinitionSpec> {
  return fc.tuple(containers, task, shared, fc.boolean()).map(([definitions, settings, common, isRouted]) => ({
    ...settings,
    containerDefinitions: definitions.map((each, index) => ({
      ...withoutPorts(each, settings.networkMode, index),
      ...(index % 2 === 0 && fitting(common, settings.networkMode)),
      ...(isRouted && definitions.length > 1 && inFireLens(index)),
    })),
  }));
}

/** The first container gets the logs of the others, of which the second one keeps the task going. */
function inFireLens(index: number): Members {
  if (index === 0) return { firelensConfiguration: { type: 'fluentbit' } };
  return { logConfiguration: { logDriver: 'awsfirelens' }, ...(index === 1 && { essential: true }) };
}

function fitting({ systemControls, ...rest }: Members, networkMode: string): Members {
  return { ...rest, ...(systemControls && networkMode !== 'host' && { systemControls }) };
}

/** No port has two owners, of the at most four containers, no range is in network mode host, and none exists in mode none. */
function withoutPorts(
  { portMappings, ...rest }: ContainerDefinition,
  networkMode: string,
  index: number,
): ContainerDefinition {
  const own = portMappings?.filter(({ containerPort }) =>
    containerPort === undefined ? networkMode !== 'host' : containerPort % 4 === index,
  );
  return { ...rest, ...(own && networkMode !== 'none' && { portMappings: own }) };
}
