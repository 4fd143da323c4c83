import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { taskDefinitionKind, type TaskDefinitionSpec } from '../../../src/api/task-definition.ts';
import { differencesOf } from '../../../src/core/task-definition/differences.ts';
import { taskDefinitionContent } from '../../support/arbitraries.ts';
import { deepFreeze } from '../../support/builders.ts';

type Members = Readonly<Record<string, unknown>>;

function specOf(task: Members, ...containers: readonly Members[]): TaskDefinitionSpec {
  const containerDefinitions = (containers.length > 0 ? containers : [{}]).map((each, index) => ({
    name: `c${String(index)}`,
    image: 'shop/web',
    memory: 128,
    ...each,
  }));
  return deepFreeze(taskDefinitionKind.spec.parse({ ...task, containerDefinitions })) as TaskDefinitionSpec;
}

const awslogs = { logDriver: 'awslogs', options: { 'awslogs-group': 'shop', 'awslogs-region': 'eu-west-1' } };
const onFargate = { requiresCompatibilities: ['FARGATE'] };
const check = { healthCheck: { command: ['CMD', 'true'] } };

/** The paths that are named, and a word of what is said. */
const cases: Record<
  string,
  { readonly given: TaskDefinitionSpec; readonly want: readonly (readonly [string, RegExp])[] }
> = {
  'of a plain definition there is none': { given: specOf({}), want: [] },
  'what ECS prints for unset members is none': {
    given: specOf(
      { tags: [] },
      { dockerLabels: {}, systemControls: [], linuxParameters: { initProcessEnabled: false } },
      {},
    ),
    want: [],
  },
  'bridge is not a bridge': { given: specOf({ networkMode: 'bridge' }), want: [['networkMode', /share one network/]] },
  'none is not none': { given: specOf({ networkMode: 'none' }), want: [['networkMode', /NetworkPolicy/]] },
  'the size of a task on FARGATE, which several containers have in parts': {
    given: specOf({ ...onFargate, cpu: '256', memory: '512' }, { memory: undefined }, {}),
    want: [
      ['cpu', /part of it, by its cpu, as a ceiling/],
      ['memory', /part of it, as a hard limit of its own/],
    ],
  },
  'memory on FARGATE in which hard limits do not fit together': {
    given: specOf({ ...onFargate, memory: '255' }, { memoryReservation: 6 }, { memoryReservation: 6 }),
    want: [['memory', /part of it/]],
  },
  'memory on FARGATE in which they do, is theirs': { given: specOf({ ...onFargate, memory: '256' }, {}, {}), want: [] },
  'a size on FARGATE for one container is its own': {
    given: specOf({ ...onFargate, cpu: '256', memory: '512' }, { memory: undefined }),
    want: [],
  },
  'a size on EC2 is as on ECS': { given: specOf({ cpu: '256', memory: '512' }, { memory: undefined }, {}), want: [] },
  'host is host': { given: specOf({ networkMode: 'host' }), want: [] },
  'IPC with none but themselves': { given: specOf({ ipcMode: 'none' }), want: [['ipcMode', /share IPC resources/]] },
  'IPC with the task': { given: specOf({ ipcMode: 'task' }), want: [] },
  'tags register revisions': {
    given: specOf({ tags: [{ key: 'a', value: 'b' }] }),
    want: [['tags', /registers another/]],
  },
  'names and protocols of ports': {
    given: specOf(
      {},
      { portMappings: [{ containerPort: 1 }, { containerPort: 80, name: 'http', appProtocol: 'http' }] },
    ),
    want: [
      ['containerDefinitions[c0].portMappings[1].name', /Service Connect/],
      ['containerDefinitions[c0].portMappings[1].appProtocol', /Service Connect/],
    ],
  },
  'a health check, whether it counts or not': {
    given: specOf({}, check, { ...check, essential: false }),
    want: [
      ['containerDefinitions[c0].healthCheck', /not replaced yet/],
      ['containerDefinitions[c1].healthCheck', /not run/],
    ],
  },
  'one container shares with nobody': {
    given: specOf(
      {},
      {
        hostname: 'shop',
        extraHosts: [{ hostname: 'db', ipAddress: '10.0.0.1' }],
        dnsServers: ['10.0.0.1'],
        dnsSearchDomains: ['a.example'],
        systemControls: [{ namespace: 'net.ipv4.tcp_syncookies', value: '1' }],
        linuxParameters: { initProcessEnabled: true },
      },
    ),
    want: [],
  },
  'several do': {
    given: specOf(
      {},
      {},
      {
        hostname: 'shop',
        extraHosts: [{ hostname: 'db', ipAddress: '10.0.0.1' }],
        dnsServers: ['10.0.0.1'],
        dnsSearchDomains: ['a.example'],
        systemControls: [{ namespace: 'net.ipv4.tcp_syncookies', value: '1' }],
        linuxParameters: { initProcessEnabled: true },
      },
    ),
    want: [
      ['containerDefinitions[c1].linuxParameters.initProcessEnabled', /processes of each other/],
      ['containerDefinitions[c1].hostname', /every container/],
      ['containerDefinitions[c1].extraHosts', /every container/],
      ['containerDefinitions[c1].dnsServers', /every container/],
      ['containerDefinitions[c1].dnsSearchDomains', /every container/],
      ['containerDefinitions[c1].systemControls', /every container/],
    ],
  },
  'a host name on the network of the node': {
    given: specOf({ networkMode: 'host' }, { hostname: 'shop' }),
    want: [['containerDefinitions[c0].hostname', /that of the node/]],
  },
  'search domains without servers': {
    given: specOf({}, { dnsSearchDomains: ['a.example'] }),
    want: [['containerDefinitions[c0].dnsSearchDomains', /come first/]],
  },
  'a kernel parameter that kubelets do not set by themselves': {
    given: specOf({}, { systemControls: [{ namespace: 'net.core.somaxconn', value: '1024' }] }),
    want: [['containerDefinitions[c0].systemControls', /--allowed-unsafe-sysctls/]],
  },
  'labels of several containers are named together': {
    given: specOf({}, { dockerLabels: { a: 'b' } }, { dockerLabels: { a: 'b' } }),
    want: [['containerDefinitions[c0].dockerLabels, containerDefinitions[c1].dockerLabels', /annotation/]],
  },
  'logs that somebody has to send on': {
    given: specOf({}, { logConfiguration: awslogs }),
    want: [['containerDefinitions[c0].logConfiguration', /collector has to send them on/]],
  },
  'logs that go to no router': {
    given: specOf(
      {},
      { firelensConfiguration: { type: 'fluentbit', options: { 'enable-ecs-log-metadata': 'true' } } },
      {
        logConfiguration: {
          logDriver: 'awsfirelens',
          secretOptions: [{ name: 'apikey', valueFrom: 'arn:key' }],
        },
      },
    ),
    want: [
      ['containerDefinitions[c0].firelensConfiguration', /what they print goes to the files of the node/],
      ['containerDefinitions[c0].firelensConfiguration.options', /its own configuration/],
      ['containerDefinitions[c1].logConfiguration', /collector has to send them on/],
      ['containerDefinitions[c1].logConfiguration.secretOptions', /nothing reads their values/],
      // The router is a sidecar.
      ['containerDefinitions[c0]', /started again|starts it again/],
      ['containerDefinitions[c0]', /stopped after the others/],
    ],
  },
  'swap that a kubelet may give all the same': {
    given: specOf(
      {},
      { linuxParameters: { maxSwap: 0, swappiness: 60 } },
      { memoryReservation: 64, linuxParameters: { maxSwap: 0 } },
      { memory: undefined, memoryReservation: 64, linuxParameters: { maxSwap: 0 } },
      { memoryReservation: 128, linuxParameters: { maxSwap: 0 } },
    ),
    want: [
      [
        'containerDefinitions[c1].linuxParameters.maxSwap, containerDefinitions[c2].linuxParameters.maxSwap',
        /swapBehavior LimitedSwap/,
      ],
    ],
  },
  'mount options of a tmpfs': {
    given: specOf({}, { linuxParameters: { tmpfs: [{ containerPath: '/a', size: 1, mountOptions: ['noexec'] }] } }),
    want: [['containerDefinitions[c0].linuxParameters.tmpfs[0].mountOptions', /no mount options/]],
  },
};

describe('what differs from ECS', () => {
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const found = differencesOf(given);
      assert.deepEqual(
        found.map(({ paths }) => paths.join(', ')),
        want.map(([path]) => path),
      );
      for (const [index, { what }] of found.entries()) assert.match(what, want[index]?.[1] ?? /$^/);
    });
  }

  it('is found in whatever the schema takes, and the same in the same', () => {
    fc.assert(
      fc.property(taskDefinitionContent, (given) => {
        assert.deepEqual(differencesOf(structuredClone(given)), differencesOf(deepFreeze(given)));
      }),
    );
  });
});
