import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { taskDefinitionKind, type TaskDefinitionSpec } from '../../../src/api/task-definition.ts';
import { launchable } from '../../../src/core/task-definition/launch.ts';
import type { Resolution } from '../../../src/core/task-definition/resolve.ts';
import { deepFreeze } from '../../support/builders.ts';

type Members = Readonly<Record<string, unknown>>;

/** A revision with two containers; the second has these members. */
function revision(task: Members, container: Members = {}): Resolution {
  const containers = [{ name: 'app' }, { name: 'log', ...container }];
  const containerDefinitions = containers.map((each) => ({ image: 'shop/web', memory: 128, ...each }));
  const content = taskDefinitionKind.spec.parse({ ...task, containerDefinitions }) as TaskDefinitionSpec;
  return deepFreeze({ kind: 'found', taskDefinition: 'web:3', content });
}

const refusals: Record<string, { readonly given: Resolution; readonly on?: 'EC2'; readonly why: string }> = {
  'compatible with another launch type alone': {
    given: revision({ requiresCompatibilities: ['FARGATE', 'EXTERNAL'] }),
    on: 'EC2',
    why: 'its requiresCompatibilities are FARGATE, EXTERNAL',
  },
  'not meant for Fargate': {
    given: revision({ requiresCompatibilities: ['EC2'] }),
    why: 'its requiresCompatibilities are EC2',
  },
  'on the network of the node': {
    given: revision({ networkMode: 'host' }),
    why: 'networkMode must be awsvpc, not host',
  },
  'with an IPC mode': { given: revision({ ipcMode: 'none' }), why: 'ipcMode is not supported there' },
  "among the node's processes": { given: revision({ pidMode: 'host' }), why: 'pidMode must be task, not host' },
  'for ARM': {
    given: revision({ runtimePlatform: { cpuArchitecture: 'ARM64' } }),
    why: 'cpuArchitecture must be X86_64, Fargate on EKS has no ARM64',
  },
  'of a size that is none of Fargate': {
    given: revision({ cpu: '512', memory: '6 GB' }),
    why: 'cpu 512 with memory 6144 is not a Fargate size: the nearest are cpu 512 with memory 4096, and cpu 1024 with memory 6144',
  },
  'with half a size': {
    given: revision({ memory: '512' }),
    why: "Fargate requires that 'cpu' be defined at the task level",
  },
  'of containers that are too large': {
    given: revision({}, { cpu: 16_384, memory: 122_497 }),
    why: 'its containers ask for cpu 16384 with memory 122625, and no Fargate size of EKS holds that and the 256 MiB that EKS adds',
  },
  'with a directory of the node': {
    given: revision({ volumes: [{ name: 'scratch' }, { name: 'run', host: { sourcePath: '/run' } }] }),
    why: 'its volume run is host.sourcePath, a directory of the node, which is not supported there',
  },
  'with a SecretProviderClass': {
    given: revision({ kubernetes: { secretProviderClass: 'shop' } }),
    why: 'kubernetes.secretProviderClass needs the Secrets Store CSI driver, a DaemonSet, and Fargate runs none',
  },
  ...Object.fromEntries(
    Object.entries({
      privileged: { privileged: true },
      dnsServers: { dnsServers: ['10.0.0.1'] },
      dnsSearchDomains: { dnsSearchDomains: ['a.example'] },
      extraHosts: { extraHosts: [{ hostname: 'db', ipAddress: '10.0.0.1' }] },
      dockerSecurityOptions: { dockerSecurityOptions: ['no-new-privileges'] },
      resourceRequirements: { resourceRequirements: [{ type: 'GPU', value: '1' }] },
      sharedMemorySize: { linuxParameters: { sharedMemorySize: 1 } },
      maxSwap: { linuxParameters: { maxSwap: 0 } },
      swappiness: { linuxParameters: { swappiness: 60 } },
      tmpfs: { linuxParameters: { tmpfs: [{ containerPath: '/a', size: 1 }] } },
    }).map(([name, container]) => [
      `with ${name}`,
      { given: revision({}, container), why: `${name} of container log is not supported there` },
    ]),
  ),
};

describe('a revision cannot be launched', () => {
  for (const [sentence, { given, on = 'FARGATE', why }] of Object.entries(refusals)) {
    it(`${sentence} on ${on}`, () => {
      assert.deepEqual(launchable(given, on), {
        kind: 'missing',
        reason: 'LaunchTypeNotSupported',
        message: `web:3 cannot be launched on ${on}: ${why}.`,
      });
    });
  }
});

describe('a revision can be launched', () => {
  const all = { privileged: true, dnsServers: ['10.0.0.1'], linuxParameters: { sharedMemorySize: 1 } };
  const cases: Record<string, readonly [Resolution, 'EC2' | 'FARGATE']> = {
    'on EC2, whatever it has': [revision({ networkMode: 'host', pidMode: 'host' }, all), 'EC2'],
    'on FARGATE, if it is plain': [revision({}), 'FARGATE'],
    'on FARGATE, with empty lists': [
      revision({ pidMode: 'task', requiresCompatibilities: [] }, { dnsServers: [], linuxParameters: { tmpfs: [] } }),
      'FARGATE',
    ],
    'on FARGATE, in a size that it has': [revision({ cpu: '.5 vCPU', memory: '1 GB' }), 'FARGATE'],
    'on FARGATE, with volumes that begin empty or are claims': [
      revision({
        volumes: [
          { name: 'scratch', host: { sourcePath: '' } },
          { name: 'data', host: { sourcePath: '/data' } },
        ],
        kubernetes: { persistentVolumeClaims: { data: 'shop-data' } },
      }),
      'FARGATE',
    ],
    'on EC2, with a directory of the node': [
      revision({ volumes: [{ name: 'run', host: { sourcePath: '/run' } }] }),
      'EC2',
    ],
    'on EC2, in any size': [revision({ cpu: '300', memory: '6 GB' }), 'EC2'],
    'on one of several': [revision({ requiresCompatibilities: ['EC2', 'FARGATE'] }), 'EC2'],
  };
  for (const [sentence, [given, launchType]] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(launchable(given, launchType), given);
    });
  }

  it('not before it is there', () => {
    const missing = { kind: 'missing', reason: 'RevisionNotFound', message: 'No.' } as const;
    assert.deepEqual(launchable(missing, 'FARGATE'), missing);
  });
});
