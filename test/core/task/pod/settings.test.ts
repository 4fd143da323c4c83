import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { describe, it } from 'mocha';
import type { ContainerDefinition } from '../../../../src/api/container-definition.ts';
import { taskDefinitionKind, type TaskDefinitionSpec } from '../../../../src/api/task-definition.ts';
import type { PodBody } from '../../../../src/core/task/pod/body.ts';
import { renderPod } from '../../../../src/core/task/pod/pod.ts';
import type { Snapshot } from '../../../../src/core/task/snapshot.ts';
import { containerDefinition, deepFreeze, newTask, snapshot } from '../../../support/builders.ts';

type PodSpec = PodBody['spec'];
type PodContainer = PodSpec['containers'][number];

interface Given {
  readonly task?: Partial<TaskDefinitionSpec>;
  readonly containers?: readonly Partial<ContainerDefinition>[];
  readonly launchType?: Snapshot['launchType'];
}

/** The pod of a definition with these members. */
function podOf({ task = {}, containers = [{}], launchType = 'EC2' }: Given): PodBody {
  const containerDefinitions = containers.map((each, index) =>
    containerDefinition({ name: `c${String(index)}`, ...each }),
  );
  const content = deepFreeze(taskDefinitionKind.spec.parse({ ...task, containerDefinitions })) as TaskDefinitionSpec;
  return renderPod(newTask({ snapshot: snapshot({ content, launchType }) }));
}

/** What a pod's spec has beside what every pod has. */
function settingsOf(given: Given): Partial<PodSpec> {
  const usual: Readonly<Record<string, unknown>> = { ...podOf({}).spec, containers: podOf(given).spec.containers };
  return Object.fromEntries(
    Object.entries(podOf(given).spec).filter(([name, value]) => !isDeepStrictEqual(value, usual[name])),
  );
}

/** What a container has beside what every container has. */
function membersOf(given: Partial<ContainerDefinition>): Partial<PodContainer> {
  const containerOf = (each: Partial<ContainerDefinition>): PodContainer => {
    const [container] = podOf({ containers: [each] }).spec.containers;
    assert(container);
    return container;
  };
  const usual = new Set(Object.keys(containerOf({})));
  return Object.fromEntries(Object.entries(containerOf(given)).filter(([name]) => !usual.has(name)));
}

describe('what holds for a whole pod', () => {
  const cases: Record<string, { readonly given: Given; readonly want: Partial<PodSpec> }> = {
    'is nothing special by default': { given: {}, want: {} },
    'networkMode awsvpc, bridge and none are the network of a pod': {
      given: { task: { networkMode: 'bridge' } },
      want: {},
    },
    "networkMode host is the node's network": {
      given: { task: { networkMode: 'host' } },
      want: { hostNetwork: true },
    },
    'pidMode task shares the processes': {
      given: { task: { pidMode: 'task' } },
      want: { shareProcessNamespace: true },
    },
    "pidMode host shares the node's": { given: { task: { pidMode: 'host' } }, want: { hostPID: true } },
    'an init process is that of the pod': {
      given: { containers: [{}, { linuxParameters: { initProcessEnabled: true } }] },
      want: { shareProcessNamespace: true },
    },
    'no init process, no shared processes': {
      given: { containers: [{ linuxParameters: { initProcessEnabled: false } }] },
      want: {},
    },
    "beside the node's processes there is an init already": {
      given: { task: { pidMode: 'host' }, containers: [{ linuxParameters: { initProcessEnabled: true } }] },
      want: { hostPID: true },
    },
    "ipcMode host shares the node's IPC": { given: { task: { ipcMode: 'host' } }, want: { hostIPC: true } },
    'ipcMode task is how pods are': { given: { task: { ipcMode: 'task' } }, want: {} },
    'ipcMode none cannot be had': { given: { task: { ipcMode: 'none' } }, want: {} },
    'a host name, whichever container has it': {
      given: { containers: [{}, { hostname: 'shop' }] },
      want: { hostname: 'shop' },
    },
    'extra hosts of all containers, by address': {
      given: {
        containers: [
          { extraHosts: [{ hostname: 'db', ipAddress: '10.0.0.1' }] },
          {
            extraHosts: [
              { hostname: 'cache', ipAddress: '10.0.0.2' },
              { hostname: 'sql', ipAddress: '10.0.0.1' },
              { hostname: 'db', ipAddress: '10.0.0.1' },
            ],
          },
        ],
      },
      want: {
        hostAliases: [
          { ip: '10.0.0.1', hostnames: ['db', 'sql'] },
          { ip: '10.0.0.2', hostnames: ['cache'] },
        ],
      },
    },
    'own DNS servers replace those of the cluster': {
      given: {
        containers: [{ dnsServers: ['10.0.0.2'], dnsSearchDomains: ['corp.example'] }, { dnsServers: ['10.0.0.2'] }],
      },
      want: { dnsPolicy: 'None', dnsConfig: { nameservers: ['10.0.0.2'], searches: ['corp.example'] } },
    },
    'search domains alone come on top of those of the cluster': {
      given: { containers: [{ dnsSearchDomains: ['corp.example'] }] },
      want: { dnsConfig: { searches: ['corp.example'] } },
    },
    'empty lists are none': {
      given: { containers: [{ dnsServers: [], dnsSearchDomains: [], extraHosts: [], systemControls: [] }] },
      want: {},
    },
    'kernel parameters, each once': {
      given: {
        containers: [
          { systemControls: [{ namespace: 'net.ipv4.tcp_syncookies', value: '1' }] },
          { systemControls: [{ namespace: 'net.ipv4.tcp_syncookies', value: '1' }] },
        ],
      },
      want: {
        securityContext: {
          seccompProfile: { type: 'RuntimeDefault' },
          sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }],
        },
      },
    },
    'a platform chooses nodes': {
      given: { task: { runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' } } },
      want: { nodeSelector: { 'kubernetes.io/arch': 'amd64', 'kubernetes.io/os': 'linux' } },
    },
    'an architecture alone too': {
      given: { task: { runtimePlatform: { cpuArchitecture: 'ARM64' } } },
      want: { nodeSelector: { 'kubernetes.io/arch': 'arm64' } },
    },
    'shared memory and tmpfs are volumes in memory, each container has its own': {
      given: {
        containers: [
          { linuxParameters: { sharedMemorySize: 256 } },
          {
            linuxParameters: {
              sharedMemorySize: 64,
              tmpfs: [
                { containerPath: '/tmp', size: 128, mountOptions: ['noexec'] },
                { containerPath: '/run', size: 8 },
              ],
            },
          },
        ],
      },
      want: {
        volumes: [
          { name: 'ecs-operator-0-shm', emptyDir: { medium: 'Memory', sizeLimit: '256Mi' } },
          { name: 'ecs-operator-1-shm', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
          { name: 'ecs-operator-1-tmpfs-0', emptyDir: { medium: 'Memory', sizeLimit: '128Mi' } },
          { name: 'ecs-operator-1-tmpfs-1', emptyDir: { medium: 'Memory', sizeLimit: '8Mi' } },
        ],
      },
    },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(settingsOf(given), want);
    });
  }
});

describe('the settings of one container', () => {
  const cases: Record<string, { readonly given: Partial<ContainerDefinition>; readonly want: Partial<PodContainer> }> =
    {
      'are nothing special by default': { given: {}, want: {} },
      'interactive keeps stdin open': { given: { interactive: true }, want: { stdin: true } },
      'pseudoTerminal is a terminal': { given: { pseudoTerminal: true }, want: { tty: true } },
      'shared memory and tmpfs are mounted where they belong': {
        given: { linuxParameters: { sharedMemorySize: 64, tmpfs: [{ containerPath: '/tmp', size: 8 }] } },
        want: {
          volumeMounts: [
            { name: 'ecs-operator-0-shm', mountPath: '/dev/shm' },
            { name: 'ecs-operator-0-tmpfs-0', mountPath: '/tmp' },
          ],
        },
      },
    };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(membersOf(given), want);
    });
  }

  const gpus = { resourceRequirements: [{ type: 'GPU' as const, value: '2' }] };

  it('GPUs are requested and limited alike', () => {
    const [container] = podOf({ containers: [gpus] }).spec.containers;
    assert.deepEqual(container?.resources, {
      requests: { memory: '128Mi', 'nvidia.com/gpu': '2' },
      limits: { memory: '128Mi', 'nvidia.com/gpu': '2' },
    });
  });
});

describe('the security options of a container', () => {
  const cases: Record<string, { readonly options: readonly string[]; readonly want: object }> = {
    'no-new-privileges': { options: ['no-new-privileges'], want: { allowPrivilegeEscalation: false } },
    'no-new-privileges:true, as Docker has it too': {
      options: ['no-new-privileges:true'],
      want: { allowPrivilegeEscalation: false },
    },
    'an AppArmor profile of the node': {
      options: ['apparmor:shop/web'],
      want: { appArmorProfile: { type: 'Localhost', localhostProfile: 'shop/web' } },
    },
    'the default AppArmor profile': {
      options: ['apparmor:docker-default'],
      want: { appArmorProfile: { type: 'RuntimeDefault' } },
    },
    'no AppArmor': { options: ['apparmor:unconfined'], want: { appArmorProfile: { type: 'Unconfined' } } },
    'no seccomp': { options: ['seccomp:unconfined'], want: { seccompProfile: { type: 'Unconfined' } } },
    'SELinux labels, also a level with a colon': {
      options: ['label:type:container_t', 'no-new-privileges', 'label:level:s0:c100,c200'],
      want: { allowPrivilegeEscalation: false, seLinuxOptions: { type: 'container_t', level: 's0:c100,c200' } },
    },
    'none at all': { options: [], want: {} },
  };
  for (const [sentence, { options, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const [container] = podOf({ containers: [{ dockerSecurityOptions: [...options] }] }).spec.containers;
      assert.deepEqual(container?.securityContext, { readOnlyRootFilesystem: false, privileged: false, ...want });
    });
  }
});

describe('the ports of a container', () => {
  const given = { portMappings: [{ containerPort: 80, hostPort: 8080, protocol: 'tcp' as const }] };
  const cases: Record<TaskDefinitionSpec['networkMode'], object> = {
    awsvpc: { containerPort: 80, protocol: 'TCP' },
    bridge: { containerPort: 80, hostPort: 8080, protocol: 'TCP' },
    host: { containerPort: 80, protocol: 'TCP' },
    none: { containerPort: 80, protocol: 'TCP' },
  };
  for (const [networkMode, want] of Object.entries(cases)) {
    it(`in network mode ${networkMode}`, () => {
      const task = { networkMode: networkMode as TaskDefinitionSpec['networkMode'] };
      assert.deepEqual(podOf({ task, containers: [given] }).spec.containers[0]?.ports, [want]);
    });
  }

  it('of a range are not declared: every port of a pod can be reached', () => {
    const range = {
      portMappings: [{ containerPortRange: '8000-8010', protocol: 'tcp' as const }, ...given.portMappings],
    };
    const { containers } = podOf({ containers: [range] }).spec;
    assert.deepEqual(containers[0]?.ports, [{ containerPort: 80, protocol: 'TCP' }]);
  });

  it('of the node are none when the definition leaves the choice', () => {
    const dynamic = { portMappings: [{ containerPort: 80, hostPort: 0, protocol: 'udp' as const }] };
    const { containers } = podOf({ task: { networkMode: 'bridge' }, containers: [dynamic] }).spec;
    assert.deepEqual(containers[0]?.ports, [{ containerPort: 80, protocol: 'UDP' }]);
  });
});

describe('what a pod has no place for', () => {
  it('is in annotations, by the ECS names of the containers', () => {
    const { annotations } = podOf({
      task: { tags: [{ key: 'team', value: 'shop' }] },
      containers: [
        { name: 'Web_App', dockerLabels: { 'com.example/role': 'web' } },
        { name: 'log', dockerLabels: {}, logConfiguration: { logDriver: 'syslog' } },
        { name: 'api', logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': 'shop' } } },
        {
          name: 'bill',
          logConfiguration: { logDriver: 'splunk', secretOptions: [{ name: 'splunk-token', valueFrom: 'arn:token' }] },
        },
      ],
    }).metadata;
    assert.equal(annotations['ecs-operator.dev/docker-labels'], '{"Web_App":{"com.example/role":"web"}}');
    assert.equal(
      annotations['ecs-operator.dev/log-configuration'],
      '{"log":{"logDriver":"syslog","options":{}},"api":{"logDriver":"awslogs","options":{"awslogs-group":"shop"}},' +
        '"bill":{"logDriver":"splunk","options":{},"secretOptions":[{"name":"splunk-token","valueFrom":"arn:token"}]}}',
    );
    assert.equal(annotations['ecs-operator.dev/tags'], '{"team":"shop"}');
  });

  it('is nothing when the definition says nothing', () => {
    assert.deepEqual(Object.keys(podOf({}).metadata.annotations), [
      'cluster-autoscaler.kubernetes.io/safe-to-evict',
      'ecs-operator.dev/launch',
      'ecs-operator.dev/binding',
      'ecs-operator.dev/task-definition',
      'ecs-operator.dev/containers',
    ]);
  });
});
