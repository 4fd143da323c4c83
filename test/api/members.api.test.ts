import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { parseTaskDefinitionSpec, taskDefinitionKind, type TaskDefinitionSpec } from '../../src/api/task-definition.ts';
import { renderPod } from '../../src/core/task/pod/pod.ts';
import { taskDefinitionContent } from '../support/arbitraries.ts';
import { newTask, snapshot } from '../support/builders.ts';
import type { Answer, JsonObject } from '../support/api-server.ts';
import { assertRefused, assertTaken, servesKinds } from '../support/served-kinds.ts';

const web = { name: 'web', image: 'nginx', memory: 512 };
const log = { name: 'log', image: 'log', memory: 64 };

function definition(container: JsonObject, task: JsonObject = {}, other: JsonObject = {}): JsonObject {
  return {
    ...task,
    containerDefinitions: [
      { ...web, ...container },
      { ...log, ...other },
    ],
  };
}

const port = { containerPort: 80 };
const fargate = { requiresCompatibilities: ['EC2', 'FARGATE'] };
const syncookies = { namespace: 'net.ipv4.tcp_syncookies', value: '1' };
const semaphores = { namespace: 'kernel.sem', value: '250 32000 100 128' };
const router = { firelensConfiguration: { type: 'fluentbit', options: { 'enable-ecs-log-metadata': 'true' } } };
const routed = {
  logConfiguration: {
    logDriver: 'awsfirelens',
    options: { Name: 'cloudwatch', region: 'eu-west-1' },
    secretOptions: [{ name: 'apikey', valueFrom: 'arn:aws:ssm:eu-west-1:111122223333:parameter/key' }],
  },
};
const cache = [{ containerPath: '/cache', size: 8 }];
const tmpfs = [{ containerPath: '/dev/shm', size: 8 }];

interface Refusal {
  readonly spec: JsonObject;
  /** What the message must contain: where, the value, what would be right. */
  readonly want: readonly string[];
}

const refusals: Record<string, Refusal> = {
  'two host names': {
    spec: definition({ hostname: 'a' }, {}, { hostname: 'b' }),
    want: ['spec.containerDefinitions', 'share one hostname', '["web", "log"]'],
  },
  'two sets of DNS servers': {
    spec: definition({ dnsServers: ['10.0.0.1'] }, {}, { dnsServers: ['10.0.0.2'] }),
    want: ['share one dnsServers', '["web", "log"]'],
  },
  'two sets of search domains': {
    spec: definition({ dnsSearchDomains: ['a.example'] }, {}, { dnsSearchDomains: ['b.example'] }),
    want: ['share one dnsSearchDomains', '["web", "log"]'],
  },
  'two values of a kernel parameter': {
    spec: definition({ systemControls: [syncookies] }, {}, { systemControls: [{ ...syncookies, value: '0' }] }),
    want: ['share one systemControls', '["web", "log"]'],
  },
  'a DNS server by name': {
    spec: definition({ dnsServers: ['dns.example'] }),
    want: ['spec.containerDefinitions[0].dnsServers[0]', "'dns.example' is not an IP address"],
  },
  'an extra host without an address': {
    spec: definition({ extraHosts: [{ hostname: 'db', ipAddress: '10.0.0' }] }),
    want: ['spec.containerDefinitions[0].extraHosts[0].ipAddress', "'10.0.0' is not an IP address"],
  },
  'a kernel parameter of the node': {
    spec: definition({ systemControls: [{ namespace: 'vm.swappiness', value: '1' }] }),
    want: ['systemControls[0].namespace', "'vm.swappiness' cannot be set for a task"],
  },
  'a security option that nothing maps': {
    spec: definition({ dockerSecurityOptions: ['credentialspec:file://a'] }),
    want: ['dockerSecurityOptions[0]', "'credentialspec:file://a' is not supported", 'no-new-privileges'],
  },
  'no new privileges in a privileged container': {
    spec: definition({ privileged: true, dockerSecurityOptions: ['no-new-privileges'] }),
    want: ["container 'web'", 'no-new-privileges says nothing in a privileged container'],
  },
  'a device that is no GPU': {
    spec: definition({ resourceRequirements: [{ type: 'NeuronDevice', value: '1' }] }),
    want: ['resourceRequirements[0].type', '"NeuronDevice"', 'supported values: "GPU"'],
  },
  'all GPUs': {
    spec: definition({ resourceRequirements: [{ type: 'GPU', value: 'ALL' }] }),
    want: ['resourceRequirements[0].value', '"ALL"'],
  },
  'a label with an endless key': {
    spec: definition({ dockerLabels: { ['k'.repeat(129)]: 'a' } }),
    want: ['spec.containerDefinitions[0].dockerLabels', 'keys must have 1 to 128 characters'],
  },
  'awslogs without a group': {
    spec: definition({ logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-region': 'eu-west-1' } } }),
    want: ['logConfiguration', 'Log driver awslogs requires options: awslogs-group, awslogs-region'],
  },
  'two log routers': {
    spec: definition(router, {}, { ...router, ...routed }),
    want: ['only one container of a task can have a firelensConfiguration, not ["web", "log"]'],
  },
  'a log driver without its router': {
    spec: definition(routed),
    want: ['spec.containerDefinitions', 'a firelens configuration object must be configured in one of the containers'],
  },
  'a router without anything to route': {
    spec: definition(router),
    want: ['at least one container has to be configured with the awsfirelens log driver'],
  },
  'a router with a file to include': {
    spec: definition(
      {
        firelensConfiguration: {
          type: 'fluentbit',
          options: { 'config-file-type': 'file', 'config-file-value': '/extra.conf' },
        },
      },
      {},
      routed,
    ),
    want: ['[0].firelensConfiguration.options', 'takes enable-ecs-log-metadata alone', 'name it in the command'],
  },
  'a router that is something else': {
    spec: definition({ firelensConfiguration: { type: 'vector' } }, {}, routed),
    want: ['[0].firelensConfiguration.type', '"vector"', '"fluentd", "fluentbit"'],
  },
  'a container that is restarted in place': {
    spec: definition({ restartPolicy: { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 60 } }),
    want: [
      'spec.containerDefinitions[0].restartPolicy.enabled',
      'enabled must be false: ECS restarts a container that ran for restartAttemptPeriod',
    ],
  },
  'swap of its own': {
    spec: definition({ linuxParameters: { maxSwap: 512 } }),
    want: ['linuxParameters.maxSwap', 'maxSwap must be 0: no container has an amount of swap of its own'],
  },
  'a volume where a tmpfs is': {
    spec: definition(
      { mountPoints: [{ sourceVolume: 'data', containerPath: '/cache' }], linuxParameters: { tmpfs: cache } },
      { volumes: [{ name: 'data' }] },
    ),
    want: [
      'spec.containerDefinitions[0].mountPoints',
      "container 'web' mounts the volume 'data' at '/cache', where linuxParameters puts a file system in memory",
    ],
  },
  'a volume where the shared memory is': {
    spec: definition(
      {},
      { volumes: [{ name: 'data' }] },
      {
        mountPoints: [
          { sourceVolume: 'data', containerPath: '/data' },
          { sourceVolume: 'data', containerPath: '/dev/shm' },
        ],
        linuxParameters: { sharedMemorySize: 8 },
      },
    ),
    want: ["container 'log' mounts the volume 'data' at '/dev/shm', where linuxParameters"],
  },
  'a volume where the secrets are': {
    spec: definition(
      { mountPoints: [{ sourceVolume: 'data', containerPath: '/mnt/secrets-store' }] },
      { volumes: [{ name: 'data' }], kubernetes: { secretProviderClass: 'shop' } },
    ),
    want: ["container 'web' mounts something at '/mnt/secrets-store', where kubernetes.secretProviderClass is mounted"],
  },
  'a tmpfs where the secrets are': {
    spec: definition(
      {},
      { kubernetes: { secretProviderClass: 'shop' } },
      { linuxParameters: { tmpfs: [{ containerPath: '/mnt/secrets-store', size: 8 }] } },
    ),
    want: ["container 'log' mounts something at '/mnt/secrets-store'"],
  },
  'for Fargate, no swap': {
    spec: definition({ linuxParameters: { maxSwap: 0 } }, fargate),
    want: ['["web"]', 'maxSwap is not supported on FARGATE'],
  },
  'for Fargate, swappiness': {
    spec: definition({ linuxParameters: { swappiness: 60 } }, fargate),
    want: ['["web"]', 'swappiness is not supported on FARGATE'],
  },
  'a tmpfs on the shared memory': {
    spec: definition({ linuxParameters: { sharedMemorySize: 64, tmpfs } }),
    want: ['linuxParameters', 'sharedMemorySize is a tmpfs at /dev/shm'],
  },
  Windows: {
    spec: definition({}, { runtimePlatform: { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' } }),
    want: ['spec.runtimePlatform.operatingSystemFamily', 'must be LINUX'],
  },
  "a tag of AWS's own": {
    spec: definition({}, { tags: [{ key: 'AWS:cost', value: 'a' }] }),
    want: ['spec.tags[0].key', "'AWS:cost' must not begin with aws:"],
  },
  'another host port in network mode host': {
    spec: definition({ portMappings: [{ ...port, hostPort: 8080 }] }, { networkMode: 'host' }),
    want: ['spec.containerDefinitions', '["web"]', 'hostPort must be blank, 0 or the containerPort'],
  },
  'neither a port nor a range': {
    spec: definition({ portMappings: [{ protocol: 'tcp', containerPortRange: '' }] }),
    want: ['portMappings[0].containerPort', 'either a containerPort or a containerPortRange'],
  },
  'a port and a range': {
    spec: definition({ portMappings: [{ ...port, containerPortRange: '80-81' }] }),
    want: ['portMappings[0].containerPort', 'either a containerPort or a containerPortRange'],
  },
  'a range that runs backwards': {
    spec: definition({ portMappings: [{ containerPortRange: '81-80' }] }),
    want: ['portMappings[0].containerPortRange', "'81-80' must be FIRST-LAST"],
  },
  'a range beyond the last port': {
    spec: definition({ portMappings: [{ containerPortRange: '80-65536' }] }),
    want: ["'80-65536' must be FIRST-LAST, of ports from 1 to 65535"],
  },
  'a range that is a port': {
    spec: definition({ portMappings: [{ containerPortRange: '80' }] }),
    want: ["'80' must be FIRST-LAST"],
  },
  'a range at a port of the node': {
    spec: definition({ portMappings: [{ containerPortRange: '80-81', hostPort: 80 }] }, { networkMode: 'bridge' }),
    want: ['portMappings[0].hostPort', 'must be left out, or 0, with a containerPortRange'],
  },
  'a range in network mode host': {
    spec: definition({ portMappings: [{ containerPortRange: '80-81' }] }, { networkMode: 'host' }),
    want: ['["web"]', 'containerPortRange must not be set in network mode host'],
  },
  'a port twice': {
    spec: definition({ portMappings: [port, { ...port, protocol: 'udp' }, port] }),
    want: ['spec.containerDefinitions[0].portMappings', 'containerPort 80 is mapped more than once for protocol tcp'],
  },
  'ports in network mode none': {
    spec: definition({}, { networkMode: 'none' }, { portMappings: [port] }),
    want: ['["log"]', 'portMappings must be empty in network mode none'],
  },
  "kernel parameters of the node's network": {
    spec: definition({ systemControls: [syncookies] }, { networkMode: 'host' }),
    want: ['["web"]', 'systemControls of the network must not be set in network mode host'],
  },
  "kernel parameters of the node's IPC": {
    spec: definition({ systemControls: [semaphores] }, { ipcMode: 'host' }),
    want: ['["web"]', 'systemControls of IPC must not be set with ipcMode host'],
  },
  'for Fargate, a network mode but awsvpc': {
    spec: definition({}, { ...fargate, networkMode: 'bridge' }),
    want: ['spec.networkMode', 'Fargate only supports network mode ‘awsvpc’'],
  },
  'for Fargate, an IPC mode': {
    spec: definition({}, { ...fargate, ipcMode: 'task' }),
    want: ['spec.ipcMode', 'ipcMode is not supported on FARGATE'],
  },
  "for Fargate, the node's processes": {
    spec: definition({}, { ...fargate, pidMode: 'host' }),
    want: ['spec.pidMode', 'pidMode must be task on FARGATE'],
  },
  'for Fargate, a privileged container': {
    spec: definition({ privileged: true }, fargate),
    want: ['["web"]', 'privileged is not supported on FARGATE'],
  },
  'for Fargate, DNS servers': {
    spec: definition({ dnsServers: ['10.0.0.1'] }, fargate),
    want: ['["web"]', 'dnsServers is not supported on FARGATE'],
  },
  'for Fargate, search domains': {
    spec: definition({ dnsSearchDomains: ['a.example'] }, fargate),
    want: ['["web"]', 'dnsSearchDomains is not supported on FARGATE'],
  },
  'for Fargate, extra hosts': {
    spec: definition({ extraHosts: [{ hostname: 'db', ipAddress: '10.0.0.1' }] }, fargate),
    want: ['["web"]', 'extraHosts is not supported on FARGATE'],
  },
  'for Fargate, security options': {
    spec: definition({ dockerSecurityOptions: ['no-new-privileges'] }, fargate),
    want: ['["web"]', 'dockerSecurityOptions is not supported on FARGATE'],
  },
  'for Fargate, GPUs': {
    spec: definition({ resourceRequirements: [{ type: 'GPU', value: '1' }] }, fargate),
    want: ['["web"]', 'resourceRequirements is not supported on FARGATE'],
  },
  'for Fargate, shared memory': {
    spec: definition({ linuxParameters: { sharedMemorySize: 64 } }, fargate),
    want: ['["web"]', 'sharedMemorySize is not supported on FARGATE'],
  },
  'for Fargate, a tmpfs': {
    spec: definition({ linuxParameters: { tmpfs } }, fargate),
    want: ['["web"]', 'tmpfs is not supported on FARGATE'],
  },
};

const full = {
  hostname: 'shop',
  interactive: true,
  pseudoTerminal: true,
  dockerLabels: { 'com.example/role': 'web' },
  extraHosts: [
    { hostname: 'db', ipAddress: '10.0.0.1' },
    { hostname: 'sql', ipAddress: '10.0.0.1' },
    { hostname: 'six', ipAddress: '2001:db8::1' },
  ],
  dnsServers: ['10.0.0.2', '10.0.0.3'],
  dnsSearchDomains: ['corp.example'],
  systemControls: [syncookies, semaphores],
  dockerSecurityOptions: ['no-new-privileges', 'apparmor:docker-default', 'seccomp:unconfined', 'label:level:s0:c1,c2'],
  resourceRequirements: [{ type: 'GPU', value: '2' }],
  logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': 'shop', 'awslogs-region': 'eu-west-1' } },
  versionConsistency: 'disabled',
  linuxParameters: {
    initProcessEnabled: true,
    sharedMemorySize: 64,
    tmpfs: [{ containerPath: '/tmp', size: 8, mountOptions: ['noexec'] }],
  },
  portMappings: [{ ...port, appProtocol: 'http2' }],
};

/** Definitions whose tasks must be pods that a real API server takes. */
const taken: Record<string, JsonObject> = {
  'with every setting of a container': definition(full, {
    tags: [{ key: 'team', value: 'shop' }],
    pidMode: 'task',
    ipcMode: 'task',
    runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
    requiresCompatibilities: ['EC2', 'EXTERNAL'],
  }),
  'with a log router': definition(router, {}, routed),
  'with volumes beside a tmpfs, and those of another container at it': definition(
    {
      mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }],
      linuxParameters: { tmpfs: cache, maxSwap: 0, swappiness: 60 },
      volumesFrom: [{ sourceContainer: 'log' }],
    },
    { volumes: [{ name: 'data' }] },
    { mountPoints: [{ sourceVolume: 'data', containerPath: '/cache' }] },
  ),
  'with a restart policy that is off': definition({
    restartPolicy: { enabled: false, ignoredExitCodes: [0, 137], restartAttemptPeriod: 300 },
  }),
  'with settings that containers agree on': definition(
    { hostname: 'shop', dnsServers: ['10.0.0.1'], systemControls: [syncookies] },
    {},
    { hostname: 'shop', dnsServers: ['10.0.0.1'], systemControls: [syncookies] },
  ),
  'with what ECS prints for unset members': definition({ systemControls: [syncookies] }, {}, { systemControls: [] }),
  'in network mode bridge, with a port of the node': definition(
    {
      portMappings: [
        { ...port, hostPort: 8080 },
        { containerPort: 53, protocol: 'udp' },
      ],
    },
    { networkMode: 'bridge' },
    { portMappings: [{ containerPort: 53, protocol: 'tcp' }] },
  ),
  'with ranges of ports': definition(
    {
      portMappings: [
        port,
        { ...port, protocol: 'udp' },
        { containerPortRange: '1-65535', protocol: 'udp', hostPort: 0 },
        { containerPortRange: '80-80' },
        { containerPortRange: '80-80' },
      ],
    },
    { ...fargate, cpu: '256', memory: '1024' },
  ),
  'with ranges of ports in network mode bridge': definition(
    { portMappings: [port, { containerPortRange: '8000-8010' }] },
    { networkMode: 'bridge' },
    { portMappings: [{ containerPortRange: '9000-9010' }, { ...port, protocol: 'udp', containerPortRange: '' }] },
  ),
  'in network mode host': definition(
    {
      portMappings: [{ ...port, hostPort: 80 }],
      systemControls: [semaphores],
      hostname: 'shop',
      extraHosts: full.extraHosts,
    },
    { networkMode: 'host' },
  ),
  "with the node's namespaces": definition(
    { linuxParameters: { initProcessEnabled: true }, systemControls: [syncookies] },
    { pidMode: 'host', ipcMode: 'host' },
  ),
  'in network mode none': definition({}, { networkMode: 'none', ipcMode: 'none' }),
  'with search domains alone': definition({ dnsSearchDomains: ['corp.example'] }),
  'that Fargate could run': definition(
    { linuxParameters: { initProcessEnabled: true }, dockerLabels: { a: '' }, systemControls: [syncookies] },
    { ...fargate, pidMode: 'task', cpu: '256', memory: '1024' },
  ),
};

describe('The API server, of the settings of a task definition', function () {
  this.timeout(30_000);
  const served = servesKinds('members', taskDefinitionKind);

  const create = (spec: JsonObject): Promise<Answer> => served.create({ kind: taskDefinitionKind, spec });

  const createPod = (content: TaskDefinitionSpec): Promise<Answer> =>
    served.tryPod(renderPod(newTask({ snapshot: snapshot({ content }) })));

  for (const [sentence, { spec, want }] of Object.entries(refusals)) {
    it(`refuses ${sentence}`, async () => {
      assertRefused(await create(spec), want);
    });
  }

  for (const [sentence, spec] of Object.entries(taken)) {
    it(`takes a definition ${sentence}, and its pod`, async () => {
      const answer = await create(spec);
      assertTaken(answer);
      assertTaken(await createPod(parseTaskDefinitionSpec(answer.body['spec'])));
    });
  }

  it('knows rules for restarts, by exit code: the policy of ECS goes by how long a container ran', async () => {
    const rules = [{ action: 'Restart', exitCodes: { operator: 'NotIn', values: [0] } }];
    const app = { name: 'app', image: 'nginx', restartPolicy: 'Never', restartPolicyRules: rules };
    const spec = { restartPolicy: 'Never', containers: [app] };
    const answer = await served.tryPod({ metadata: { name: 'rules' }, spec });
    assertTaken(answer);
    const [container] = (answer.body['spec'] as { containers: JsonObject[] }).containers;
    assert.deepEqual(container?.['restartPolicyRules'], rules);
  });

  it('takes whatever definition the tests make up, and its pod', async () => {
    const path = `/api/v1/namespaces/${served.namespace}/serviceaccounts`;
    await served.send({ method: 'POST', path, body: { metadata: { name: 'shop' } } });
    await fc.assert(
      fc.asyncProperty(taskDefinitionContent, async (content) => {
        assertTaken(await create(content));
        assertTaken(await createPod(content));
      }),
      { numRuns: 50 },
    );
  });
});
