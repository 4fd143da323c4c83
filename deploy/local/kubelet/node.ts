import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stringify } from 'yaml';
import { LocalApi } from '../api.ts';
import { componentKubeconfig, layoutOf } from '../layout.ts';
import {
  containerdConfiguration,
  kubeletConfiguration,
  networkConfiguration,
  nodeAddress,
  nodeName,
} from './config.ts';
import { makeImages } from './images.ts';
import { startKubelet } from './process.ts';
import { registryUrl, startRegistry } from './registry.ts';

/** Machine-wide settings that a kubelet writes: it gets files of its own in their place. */
const kernelSettings: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
};

const readyTimeoutMs = 60_000;

/** Makes the box fit for a node, before anything else is started in it: folders that are forgotten with it, addresses. */
export function prepareBox(): void {
  for (const folder of ['/run', '/var/lib', '/var/log']) execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder]);
  mkdirSync('/var/lib/node/sysctl', { recursive: true });
  for (const [name, value] of Object.entries(kernelSettings)) {
    const file = join('/var/lib/node/sysctl', name.replaceAll('/', '.'));
    writeFileSync(file, `${value}\n`);
    execFileSync('mount', ['--bind', file, join('/proc/sys', name)]);
  }
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  // a node's address may not be a loopback one
  execFileSync('ip', ['address', 'add', `${nodeAddress}/32`, 'dev', 'lo']);
}

/** What a node is started with. */
export interface NodeOptions {
  /** Of the cluster it joins, which runs in this box. */
  readonly dir: string;
  readonly kubelet: string;
  readonly cgroup: string;
  /** How long the node's lease lasts; it is renewed four times as often. */
  readonly leaseSeconds: number;
}

/**
 * Starts containerd, a registry and the kubelet and waits until the node is Ready. They end with the box.
 * @throws when the node is not Ready within a minute: the logs are in the cluster's `logs/`.
 */
export async function startNode({ dir, kubelet, cgroup, leaseSeconds }: NodeOptions): Promise<void> {
  const layout = layoutOf(dir);
  await startRegistry(makeImages('/usr/bin/busybox', dir));
  const file = (name: string, text: string): string => {
    const path = join('/run/node', name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  file(
    'certs.d/_default/hosts.toml',
    `server = "${registryUrl}"\n[host."${registryUrl}"]\ncapabilities = ["pull", "resolve"]\n`,
  );
  file('cni/10-pods.conflist', JSON.stringify(networkConfiguration()));
  const log = (name: string): string => join(layout.logs, `${name}.log`);
  const output = openSync(log('containerd'), 'a');
  const configuration = file('containerd.toml', containerdConfiguration());
  spawn('/usr/bin/containerd', ['--config', configuration], { stdio: ['ignore', output, output] });
  const args = [
    `--config=${file('kubelet.yaml', stringify(kubeletConfiguration(cgroup, leaseSeconds)))}`,
    `--kubeconfig=${componentKubeconfig(layout, 'kubelet')}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${nodeAddress}`,
    '--node-labels=eks.amazonaws.com/nodegroup=general,topology.kubernetes.io/zone=us-east-1a',
  ];
  const node = startKubelet(kubelet, args, log('kubelet'));
  await untilReady(dir, () => node.exitCode === null && node.signalCode === null);
}

async function untilReady(dir: string, isAlive: () => boolean): Promise<void> {
  const api = new LocalApi(layoutOf(dir).kubeconfig);
  try {
    for (const deadline = Date.now() + readyTimeoutMs; !(await isReady(api)); await wait(100)) {
      if (!isAlive()) throw new Error('The kubelet ended: see kubelet.log');
      if (Date.now() > deadline) throw new Error('The node is not Ready after a minute: see kubelet.log');
    }
  } finally {
    await api.close();
  }
}

async function isReady(api: LocalApi): Promise<boolean> {
  const { items } = await api.request<{ readonly items: readonly NodeView[] }>('/api/v1/nodes');
  return items.some(
    ({ spec, status }) =>
      spec.taints === undefined &&
      status.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') === true,
  );
}

interface NodeView {
  readonly spec: { readonly taints?: readonly object[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}
