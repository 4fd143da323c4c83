import { labels as names } from '../../../src/api/labels.ts';

/** Pods of 7 KB, a quarter of it `managedFields`; those of a real API server have up to 9 KB for the same containers. */

const env = Array.from({ length: 10 }, (_, index) => ({
  name: `SETTING_${index}`,
  value: `value-of-setting-${index}`,
}));
const probe = { httpGet: { path: '/health', port: 8080, scheme: 'HTTP' }, periodSeconds: 10, timeoutSeconds: 1 };
const containerNames = ['app', 'proxy', 'log-router'];
const serviceCount = 100;

/** What a controller writes to create a pod; nothing takes it up, since no scheduler has that name. */
export function podToCreate(name: string): object {
  const labels = labelsOf(Number(/\d+$/.exec(name)?.[0] ?? 0));
  return { metadata: { name, namespace: 'default', labels }, spec: specOf({ schedulerName: 'nobody' }) };
}

/** Pod number `index` as the API server has it at a version. */
export function storedPod(index: number, version: number): object {
  return answerFor(podToCreate(nameOf(index)), index, version);
}

/** The pod as the API server answers a create, or lists it later. */
export function answerFor(created: object, index: number, version: number): object {
  const { metadata } = created as { readonly metadata: object };
  const nodeName = `ip-10-0-${index % 250}-17.eu-central-1.compute.internal`;
  return {
    metadata: {
      ...metadata,
      uid: uidOf(index),
      resourceVersion: String(version),
      creationTimestamp: '2026-01-05T10:00:00Z',
      generation: 1,
      managedFields: [managedBy('operator', 'f:spec'), managedBy('kubelet', 'f:status')],
    },
    spec: specOf({ schedulerName: 'default-scheduler', nodeName }),
    status: statusOf(index),
  };
}

export function nameOf(index: number): string {
  return `web-${index % serviceCount}-${index}`;
}

export function uidOf(index: number): string {
  return `5f0c2a3e-7b1d-4c55-9f7e-${String(index).padStart(12, '0')}`;
}

function labelsOf(index: number): object {
  return {
    'app.kubernetes.io/managed-by': 'bench',
    [names.service]: `web-${index % serviceCount}`,
    'bench.example/task-id': String(index).padStart(32, '0'),
    'bench.example/launch-type': 'EC2',
  };
}

function specOf(placement: object): object {
  return {
    containers: containerNames.map((name) => ({
      name,
      image: `registry.example/team/${name}:1.27.3`,
      env,
      ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
      ...(name === 'app' && { livenessProbe: probe, readinessProbe: probe }),
      volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
    })),
    volumes: [{ name: 'scratch', emptyDir: {} }],
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
    tolerations: [
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ],
    ...placement,
  };
}

function statusOf(index: number): object {
  const types = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
  const podIP = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
  return {
    phase: 'Running',
    conditions: types.map((type) => ({ type, status: 'True', lastTransitionTime: '2026-01-05T10:00:05Z' })),
    hostIP: '10.0.1.17',
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: '2026-01-05T10:00:01Z',
    qosClass: 'Burstable',
    containerStatuses: containerNames.map((name) => ({
      name,
      image: `registry.example/team/${name}:1.27.3`,
      imageID: `registry.example/team/${name}@sha256:${'0123456789abcdef'.repeat(4)}`,
      containerID: `containerd://${'fedcba9876543210'.repeat(4)}`,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: '2026-01-05T10:00:03Z' } },
    })),
  };
}

function managedBy(manager: string, part: string): object {
  const fields = Object.fromEntries(
    containerNames.map((name) => [
      `k:{"name":"${name}"}`,
      Object.fromEntries(
        ['.', 'f:env', 'f:image', 'f:name', 'f:ports', 'f:resources', 'f:state'].map((key) => [key, {}]),
      ),
    ]),
  );
  const fieldsV1 = {
    'f:metadata': { 'f:labels': { '.': {} } },
    [part]: { 'f:containers': fields, 'f:volumes': fields },
  };
  return {
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time: '2026-01-05T10:00:05Z',
    fieldsType: 'FieldsV1',
    fieldsV1,
  };
}
