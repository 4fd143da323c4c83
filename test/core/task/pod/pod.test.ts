import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { ContainerDefinition } from '../../../../src/api/container-definition.ts';
import type { PodBody } from '../../../../src/core/task/pod/body.ts';
import { renderPod } from '../../../../src/core/task/pod/pod.ts';
import type { Snapshot } from '../../../../src/core/task/snapshot.ts';
import { containerDefinition, content, healthCheck, newTask, snapshot } from '../../../support/builders.ts';

type PodContainer = PodBody['spec']['containers'][number];

/** The pod's container for such a definition. */
function containerOf(
  overrides: Partial<ContainerDefinition>,
  launchType: Snapshot['launchType'] = 'EC2',
): PodContainer {
  const definition = containerDefinition(overrides);
  const [container] = renderPod(newTask({ snapshot: snapshot({ content: content(definition), launchType }) })).spec
    .containers;
  assert(container);
  return container;
}

const rich: ContainerDefinition = containerDefinition({
  name: 'Web_Server',
  image: 'shop/web@sha256:0123',
  cpu: 256,
  memory: 512,
  memoryReservation: 256,
  entryPoint: ['/bin/web'],
  command: ['--listen', ':8080'],
  environment: [
    { name: 'MODE', value: 'production' },
    { name: 'EMPTY', value: '' },
  ],
  portMappings: [
    { containerPort: 8080, protocol: 'tcp', hostPort: 8080, name: 'http' },
    { containerPort: 8125, protocol: 'udp' },
  ],
  healthCheck: { command: ['CMD-SHELL', 'curl -f localhost'], interval: 10, timeout: 3, retries: 4, startPeriod: 60 },
  workingDirectory: '/srv',
  user: '1000:2000',
  readonlyRootFilesystem: true,
  linuxParameters: { capabilities: { add: ['CAP_NET_ADMIN', 'SYS_TIME'], drop: ['ALL'] } },
});

describe('renderPod', () => {
  it('renders a whole task', () => {
    const task = newTask({
      id: '0123456789abcdef0123456789abcdef',
      podName: 'web-0123456789ab',
      launch: 4,
      service: { name: 'web', cluster: 'main' },
      snapshot: snapshot({
        taskDefinition: 'My_Web:12',
        content: content(
          rich,
          containerDefinition({ name: 'log', essential: false, memory: undefined, memoryReservation: 64 }),
        ),
      }),
    });
    assert.deepEqual(renderPod(task), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web-0123456789ab',
        labels: {
          'app.kubernetes.io/managed-by': 'ecs-operator',
          'ecs-operator.dev/cluster': 'main',
          'ecs-operator.dev/service': 'web',
          'ecs-operator.dev/deployment': '1000000000000000001',
          'ecs-operator.dev/task-id': '0123456789abcdef0123456789abcdef',
          'ecs-operator.dev/group': 'service-web-87b5edd0',
          'ecs-operator.dev/family': 'my-web-79efea01',
          'ecs-operator.dev/revision': '12',
          'ecs-operator.dev/launch-type': 'EC2',
        },
        annotations: {
          'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true',
          'ecs-operator.dev/launch': '4',
          'ecs-operator.dev/binding': '506b74438853',
          'ecs-operator.dev/task-definition': 'My_Web:12',
          'ecs-operator.dev/containers':
            '[{"name":"Web_Server","container":"web-server-74c0d1c1","essential":true,"healthCheck":true,"unhealthyAfter":113},' +
            '{"name":"log","container":"log","essential":false,"healthCheck":false}]',
        },
      },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 30,
        topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
          topologyKey,
          maxSkew: 1,
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: {
            matchLabels: { 'ecs-operator.dev/service': 'web', 'ecs-operator.dev/deployment': '1000000000000000001' },
          },
        })),
        containers: [
          {
            name: 'web-server-74c0d1c1',
            image: 'shop/web@sha256:0123',
            imagePullPolicy: 'Always',
            command: ['/bin/web'],
            args: ['--listen', ':8080'],
            env: [
              { name: 'MODE', value: 'production' },
              { name: 'EMPTY', value: '' },
            ],
            workingDir: '/srv',
            ports: [
              { containerPort: 8080, protocol: 'TCP' },
              { containerPort: 8125, protocol: 'UDP' },
            ],
            readinessProbe: {
              exec: { command: ['/bin/sh', '-c', 'curl -f localhost'] },
              initialDelaySeconds: 10,
              periodSeconds: 10,
              timeoutSeconds: 3,
              failureThreshold: 4,
              successThreshold: 1,
            },
            resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
            securityContext: {
              readOnlyRootFilesystem: true,
              privileged: false,
              runAsUser: 1000,
              runAsNonRoot: true,
              runAsGroup: 2000,
              capabilities: { add: ['NET_ADMIN', 'SYS_TIME'], drop: ['ALL'] },
            },
          },
          {
            name: 'log',
            image: 'shop/web:1',
            imagePullPolicy: 'Always',
            resources: { requests: { memory: '64Mi' }, limits: {} },
            securityContext: { readOnlyRootFilesystem: false, privileged: false },
          },
        ],
      },
    });
  });
});

describe('the resources of a container', () => {
  const cases: Record<string, { given: Partial<ContainerDefinition>; on?: Snapshot['launchType']; want: object }> = {
    'CPU units are shares: a request and no limit': {
      given: { cpu: 256 },
      want: { requests: { cpu: '250m', memory: '128Mi' }, limits: { memory: '128Mi' } },
    },
    'a vCPU is 1024 units': {
      given: { cpu: 2048 },
      want: { requests: { cpu: '2000m', memory: '128Mi' }, limits: { memory: '128Mi' } },
    },
    'the least share is still one': {
      given: { cpu: 1 },
      want: { requests: { cpu: '1m', memory: '128Mi' }, limits: { memory: '128Mi' } },
    },
    'no CPU is no request': {
      given: { cpu: 0 },
      want: { requests: { memory: '128Mi' }, limits: { memory: '128Mi' } },
    },
    'memory is a limit, and reserved when nothing else is': {
      given: { memory: 512 },
      want: { requests: { memory: '512Mi' }, limits: { memory: '512Mi' } },
    },
    'a reservation alone is no limit': {
      given: { memory: undefined, memoryReservation: 256 },
      want: { requests: { memory: '256Mi' }, limits: {} },
    },
    'both: the soft limit is reserved': {
      given: { memory: 512, memoryReservation: 256 },
      want: { requests: { memory: '256Mi' }, limits: { memory: '512Mi' } },
    },
    'on Fargate requests are limits, of the hard one': {
      given: { cpu: 512, memory: 1024, memoryReservation: 256 },
      on: 'FARGATE',
      want: { requests: { cpu: '500m', memory: '1024Mi' }, limits: { cpu: '500m', memory: '1024Mi' } },
    },
    'on Fargate a reservation alone is both': {
      given: { memory: undefined, memoryReservation: 256 },
      on: 'FARGATE',
      want: { requests: { memory: '256Mi' }, limits: { memory: '256Mi' } },
    },
  };
  for (const [sentence, { given, on, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(containerOf(given, on).resources, want);
    });
  }
});

describe('the security of a container', () => {
  const usual = { readOnlyRootFilesystem: false, privileged: false };
  const cases: Record<string, { given: Partial<ContainerDefinition>; want: object }> = {
    'is nothing special by default': { given: {}, want: usual },
    'a user without a group': { given: { user: '33' }, want: { ...usual, runAsUser: 33, runAsNonRoot: true } },
    'root is a user too': { given: { user: '0:0' }, want: { ...usual, runAsUser: 0, runAsGroup: 0 } },
    'privileged, on a read-only file system': {
      given: { privileged: true, readonlyRootFilesystem: true },
      want: { readOnlyRootFilesystem: true, privileged: true },
    },
    'capabilities lose their prefix, in the order given': {
      given: { linuxParameters: { capabilities: { drop: ['CAP_CHOWN', 'NET_RAW'] } } },
      want: { ...usual, capabilities: { drop: ['CHOWN', 'NET_RAW'] } },
    },
    'empty capabilities are none': {
      given: { linuxParameters: { capabilities: {} } },
      want: { ...usual, capabilities: {} },
    },
    'Linux parameters without capabilities': { given: { linuxParameters: {} }, want: usual },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.deepEqual(containerOf(given).securityContext, want);
    });
  }
});

describe('the health check of a container', () => {
  const timing = { timeoutSeconds: 5, failureThreshold: 3, successThreshold: 1 };
  const cases: Record<string, { given: Partial<ContainerDefinition>; want: PodContainer['readinessProbe'] }> = {
    none: { given: {}, want: undefined },
    'CMD runs the words': {
      given: { healthCheck: { ...healthCheck, command: ['CMD', 'pg_isready', '-q'] } },
      want: { exec: { command: ['pg_isready', '-q'] }, initialDelaySeconds: 30, periodSeconds: 30, ...timing },
    },
    'CMD-SHELL runs the line in a shell': {
      given: { healthCheck: { ...healthCheck, command: ['CMD-SHELL', 'a && b'] } },
      want: {
        exec: { command: ['/bin/sh', '-c', 'a && b'] },
        initialDelaySeconds: 30,
        periodSeconds: 30,
        ...timing,
      },
    },
    'of a non-essential container is no probe, for its end would make the pod unready for good': {
      given: { essential: false, healthCheck },
      want: undefined,
    },
  };
  for (const [sentence, { given, want }] of Object.entries(cases)) {
    it(sentence, () => {
      const definitions = content(containerDefinition(given), containerDefinition({ name: 'main' }));
      const [container] = renderPod(newTask({ snapshot: snapshot({ content: definitions }) })).spec.containers;
      assert.deepEqual(container?.readinessProbe, want);
      assert.equal(container?.livenessProbe, undefined);
    });
  }
});

describe('the words of a container', () => {
  it('entryPoint replaces the entry point of the image, command its command', () => {
    const { command, args } = containerOf({ command: ['serve'] });
    assert.deepEqual({ command, args }, { command: undefined, args: ['serve'] });
  });

  const literal = ['$(HOME)', '$$', 'pa$$word', '$1', 'a$', '$', '$$(HOME)'];

  it('reach it as they are written: ECS expands no variables, Kubernetes does', () => {
    const {
      command = [],
      args = [],
      env = [],
      readinessProbe,
    } = containerOf({
      entryPoint: literal,
      command: literal,
      environment: [{ name: 'HOME', value: '/root' }, ...literal.map((value, i) => ({ name: `V${String(i)}`, value }))],
      healthCheck: { ...healthCheck, command: ['CMD', ...literal] },
    });
    assert.deepEqual(command.map(expanded), literal);
    assert.deepEqual(args.map(expanded), literal);
    assert.deepEqual(
      env.slice(1).map(({ value = '' }) => expanded(value)),
      literal,
    );
    assert.deepEqual(readinessProbe?.exec?.command?.map(expanded), literal);
  });

  it('reach it as they are written, whatever they are', () => {
    const text = fc.string({ unit: fc.constantFrom('$', '(', ')', 'HOME', '$(HOME)', 'a') });
    fc.assert(
      fc.property(text, (given) => {
        const { args: [rendered = ''] = [] } = containerOf({ command: [given] });
        assert.equal(expanded(rendered), given);
      }),
    );
  });
});

/** What the kubelet makes of a text in a container whose HOME is /root (Kubernetes, "Define dependent variables"). */
function expanded(text: string): string {
  return text.replaceAll(/\$\$|\$\(HOME\)/g, (found) => (found === '$$' ? '$' : '/root'));
}
