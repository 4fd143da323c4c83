import type { Binaries } from './binaries.ts';
import { type Layout, componentKubeconfig } from './layout.ts';

/** What one cluster is started with; written to the directory for its supervisor. */
export interface Settings {
  readonly binaries: Binaries;
  /** Process id of whoever started it. */
  readonly starter: number;
  readonly ports: Ports;
  /** How many EC2 nodes are to be made. */
  readonly nodes: number;
  /** How long a node's lease lasts: a node is given a little more before its Ready turns Unknown. */
  readonly leaseSeconds: number;
  /** From a Fargate pod's creation to its node, in milliseconds. Real ones take 30 s to 90 s. */
  readonly fargateStartMs: number;
}

export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
}

/** One process of the cluster. Its output goes to `logs/<name>.log`. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const loopback = '127.0.0.1';

export function apiServerUrl(ports: Ports): string {
  return `https://${loopback}:${ports.apiServer}`;
}

/** etcd and the API server: the two that need nothing from the others. */
export function storageProcesses(layout: Layout, settings: Settings): ProcessSpec[] {
  return [etcd(layout, settings), apiServer(layout, settings)];
}

/** Those that are clients of the API server, started when it has made its certificate. */
export function clientProcesses(layout: Layout, settings: Settings): ProcessSpec[] {
  return [controllerManager(layout, settings), scheduler(layout, settings), kwok(layout, settings), fargate(layout)];
}

function etcd(layout: Layout, { binaries, ports }: Settings): ProcessSpec {
  const client = `http://${loopback}:${ports.etcd}`;
  const peer = `http://${loopback}:${ports.etcdPeer}`;
  return {
    name: 'etcd',
    command: binaries.etcd,
    args: [
      `--data-dir=${layout.etcdData}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      // the data is thrown away with the cluster: waiting for the disk would only slow it down
      '--unsafe-no-fsync',
      '--quota-backend-bytes=4294967296',
      '--log-level=warn',
    ],
  };
}

function apiServer(layout: Layout, { binaries, ports }: Settings): ProcessSpec {
  return {
    name: 'kube-apiserver',
    command: binaries['kube-apiserver'],
    args: [
      `--etcd-servers=http://${loopback}:${ports.etcd}`,
      `--bind-address=${loopback}`,
      `--advertise-address=${loopback}`,
      `--secure-port=${ports.apiServer}`,
      // endpoints may not be loopback addresses, and no pod here asks for them
      '--endpoint-reconciler-type=none',
      `--cert-dir=${layout.certs}`,
      `--token-auth-file=${layout.tokens}`,
      // a real kubelet's host name is known to no DNS
      '--kubelet-preferred-address-types=InternalIP',
      '--authorization-mode=RBAC',
      // who makes an object that keeps its owner from going needs a right for it: some clusters ask for it, so does this
      '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${layout.serviceAccountPublicKey}`,
      `--service-account-signing-key-file=${layout.serviceAccountKey}`,
      '--service-cluster-ip-range=10.100.0.0/16',
      '--allow-privileged=true',
      // the Fargate stand-in marks pods at admission; beta and off by default in 1.34 and 1.35
      '--feature-gates=MutatingAdmissionPolicy=true',
      '--runtime-config=admissionregistration.k8s.io/v1beta1=true',
      `--audit-policy-file=${layout.auditPolicy}`,
      `--audit-log-path=${layout.auditLog}`,
      '--audit-log-maxsize=100000',
    ],
  };
}

function controllerManager(layout: Layout, { binaries, leaseSeconds }: Settings): ProcessSpec {
  return {
    name: 'kube-controller-manager',
    command: binaries['kube-controller-manager'],
    args: [
      `--kubeconfig=${componentKubeconfig(layout, 'controller-manager')}`,
      '--use-service-account-credentials=true',
      `--service-account-private-key-file=${layout.serviceAccountKey}`,
      `--root-ca-file=${layout.servingCertificate}`,
      '--leader-elect=false',
      '--secure-port=0',
      '--kube-api-qps=5000',
      '--kube-api-burst=10000',
      // the volume plugins' default folder is the machine's, not this cluster's
      `--flex-volume-plugin-dir=${layout.dir}/volume-plugins`,
      `--node-monitor-grace-period=${leaseSeconds + 10}s`,
    ],
  };
}

function scheduler(layout: Layout, { binaries }: Settings): ProcessSpec {
  const args = [`--config=${layout.schedulerConfig}`, '--secure-port=0'];
  return { name: 'kube-scheduler', command: binaries['kube-scheduler'], args };
}

/** Parsed by kube-scheduler; the flags for client limits are gone from it. */
export function schedulerConfiguration(layout: Layout): object {
  return {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    clientConnection: { kubeconfig: componentKubeconfig(layout, 'scheduler'), qps: 5000, burst: 10000 },
    leaderElection: { leaderElect: false },
    podInitialBackoffSeconds: 1,
    podMaxBackoffSeconds: 3,
  };
}

function kwok(layout: Layout, { binaries, leaseSeconds }: Settings): ProcessSpec {
  return {
    name: 'kwok',
    command: binaries.kwok,
    args: [
      `--kubeconfig=${componentKubeconfig(layout, 'kwok')}`,
      `--config=${layout.stages}`,
      '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
      `--node-lease-duration-seconds=${leaseSeconds}`,
      '--cidr=10.64.0.0/10',
      '--v=WARN',
    ],
  };
}

/** A kubelet's 40 s for ordinary clusters; longer for big ones, whose renewals would eat a two-core machine. */
export function usualLeaseSeconds(nodes: number): number {
  return Math.max(40, Math.ceil(nodes / 5));
}

function fargate(layout: Layout): ProcessSpec {
  const program = `${import.meta.dirname}/fargate/main.ts`;
  return { name: 'fargate', command: process.execPath, args: [program, layout.dir] };
}
