import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { amountsOf, demandOf, type Demand, type DemandingPod } from '../../../src/core/placement/demand.ts';
import { deepFreeze } from '../../support/builders.ts';

type Spec = NonNullable<DemandingPod['spec']>;
type Container = Spec['containers'][number];

function asks(requests: Readonly<Record<string, string>>, more: Omit<Container, 'resources'> = {}): Container {
  return { resources: { requests }, ...more };
}

const sidecar = { restartPolicy: 'Always' };
const mebi = 1024 * 1024;

interface Case extends Partial<Spec> {
  readonly phase?: string;
  readonly want: Partial<Demand>;
}

const cases: Record<string, Case> = {
  'the sum of the containers': {
    containers: [asks({ cpu: '250m', memory: '64Mi' }), asks({ cpu: '0.5' }), {}],
    want: { amounts: { cpu: 750, memory: 64 * mebi, pods: 1 } },
  },
  'what an init container takes, if that is more': {
    containers: [asks({ cpu: '200m', memory: '64Mi' })],
    initContainers: [asks({ cpu: '500m', memory: '32Mi' }), asks({ cpu: '300m' })],
    want: { amounts: { cpu: 500, memory: 64 * mebi, pods: 1 } },
  },
  'sidecars beside the containers': {
    containers: [asks({ cpu: '200m' })],
    initContainers: [asks({ cpu: '100m' }, sidecar), asks({ cpu: '50m' }, sidecar)],
    want: { amounts: { cpu: 350, pods: 1 } },
  },
  'an init container beside the sidecars before it': {
    containers: [asks({ cpu: '200m' })],
    initContainers: [asks({ cpu: '100m' }, sidecar), asks({ cpu: '300m' })],
    want: { amounts: { cpu: 400, pods: 1 } },
  },
  'an init container without the sidecars after it': {
    containers: [asks({ cpu: '200m' })],
    initContainers: [asks({ cpu: '310m' }), asks({ cpu: '100m' }, sidecar)],
    want: { amounts: { cpu: 310, pods: 1 } },
  },
  'what the pod itself asks of CPU and memory instead': {
    containers: [asks({ cpu: '2', memory: '1Gi', 'nvidia.com/gpu': '1' })],
    resources: { requests: { cpu: '1', memory: '512Mi', 'hugepages-2Mi': '4Mi', 'nvidia.com/gpu': '4' } },
    want: { amounts: { cpu: 1000, memory: 512 * mebi, 'hugepages-2Mi': 4 * mebi, 'nvidia.com/gpu': 1, pods: 1 } },
  },
  'of its containers what the pod itself leaves open': {
    containers: [asks({ cpu: '100m', memory: '64Mi' })],
    resources: { requests: { cpu: '1' } },
    want: { amounts: { cpu: 1000, memory: 64 * mebi, pods: 1 } },
  },
  'the overhead on top': {
    containers: [asks({ cpu: '100m' })],
    resources: { requests: { cpu: '1' } },
    overhead: { cpu: '250m', memory: '120Mi' },
    want: { amounts: { cpu: 1250, memory: 120 * mebi, pods: 1 } },
  },
  'disk space and GPUs': {
    containers: [asks({ 'ephemeral-storage': '20Gi', 'nvidia.com/gpu': '2' })],
    want: { amounts: { 'ephemeral-storage': 20 * 1024 * mebi, 'nvidia.com/gpu': 2, pods: 1 } },
  },
  'nothing but a place, where nothing is asked for': { containers: [{}], want: { amounts: { pods: 1 } } },
  'ports of the node, each once': {
    containers: [
      {
        ports: [
          { containerPort: 80, hostPort: 8080 },
          { containerPort: 53, hostPort: 53, protocol: 'UDP' },
        ],
      },
      { ports: [{ containerPort: 81, hostPort: 8080, hostIP: '127.0.0.1' }, { containerPort: 9000 }] },
    ],
    want: { hostPorts: ['TCP/8080', 'UDP/53'] },
  },
  'ports of sidecars, and none of init containers, which are over': {
    containers: [{}],
    initContainers: [
      { ports: [{ containerPort: 1, hostPort: 1 }], ...sidecar },
      { ports: [{ containerPort: 2, hostPort: 2 }] },
    ],
    want: { hostPorts: ['TCP/1'] },
  },
  'all ports, on the network of the node': {
    containers: [{ ports: [{ containerPort: 80 }] }],
    hostNetwork: true,
    want: { hostPorts: ['TCP/80'] },
  },
  'nothing once it has succeeded': {
    containers: [asks({ cpu: '1' }, { ports: [{ containerPort: 80, hostPort: 80 }] })],
    phase: 'Succeeded',
    want: { amounts: {} },
  },
  'nothing once it has failed': { containers: [asks({ cpu: '1' })], phase: 'Failed', want: { amounts: {} } },
};

describe('a pod takes of its node', () => {
  for (const [sentence, { phase, want, ...spec }] of Object.entries(cases)) {
    it(sentence, () => {
      const pod = { spec: { containers: [], ...spec }, status: { ...(phase !== undefined && { phase }) } };
      assert.deepEqual(demandOf(deepFreeze(pod)), { amounts: { pods: 1 }, hostPorts: [], ...want });
    });
  }

  it('nothing without a spec', () => {
    assert.deepEqual(demandOf({}), { amounts: {}, hostPorts: [] });
  });
});

describe('amountsOf', () => {
  it('rounds up to whole millicores and bytes', () => {
    assert.deepEqual(amountsOf({ cpu: '100.5m', memory: '0.1', pods: '110' }), { cpu: 101, memory: 1, pods: 110 });
  });

  it('leaves out what cannot be read', () => {
    assert.deepEqual(amountsOf({ cpu: 'much', memory: '1Ki' }), { memory: 1024 });
  });
});
