import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stringify } from 'yaml';
import { type Binaries, getBinaries } from './binaries.ts';
import { bringUp, startTimeoutMs } from './bring-up.ts';
import { type Settings, schedulerConfiguration, usualLeaseSeconds } from './control-plane.ts';
import { writeCredentials } from './credentials.ts';
import { type Layout, componentKubeconfig, layoutOf } from './layout.ts';
import { defaultNodes } from './nodes.ts';
import { findFreePorts } from './ports.ts';
import { isAlive, isOurs, signal, waitForEnd } from './processes.ts';
import type { Progress } from './progress.ts';
import { renderStages } from './stages.ts';
import { findRunning, findSettings, findState, isSupervised } from './state.ts';

/** A running cluster. */
export interface LocalCluster {
  /** Path of a kubeconfig with every right. */
  readonly kubeconfig: string;
  /** Path of the kubeconfig to run the operator with: its service account has the rights that deploy/base gives it. */
  readonly operatorKubeconfig: string;
  readonly dir: string;
  /** JSON lines, one for each request `audit-policy.yaml` keeps. */
  readonly auditLog: string;
  readonly kubectlPath: string;
  /** Stops every process and removes the directory. */
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** Where everything of the cluster lies; a new temporary directory unless named. */
  readonly dir?: string;
  /** EC2 nodes in all. */
  readonly nodes?: number;
  /** How long the leases of nodes last; a kubelet's 40 s, and longer for many nodes, unless told. */
  readonly leaseSeconds?: number;
  /** Whether the cluster outlives this process; otherwise it ends with it, even if that is killed. */
  readonly detached?: boolean;
  /** From a Fargate pod's creation to its node, in milliseconds; 2 s unless told. */
  readonly fargateStartMs?: number;
  readonly log: Progress;
}

/**
 * Starts a cluster and returns when its API answers, its controllers work and its nodes exist. One already running in
 * `dir` is returned as it is.
 * @throws when the binaries cannot be had, `dir` holds something else, or a process ends or is not ready in time: the
 * message names the logs.
 */
export async function startCluster(options: ClusterOptions): Promise<LocalCluster> {
  const layout = layoutOf(options.dir ?? mkdtempSync(join(tmpdir(), 'ecs-operator-')));
  const binaries = await getBinaries(options.log);
  const cluster = describeCluster(layout, binaries.kubectl);
  await waitForOtherStarter(layout);
  if (findRunning(layout) !== undefined) return cluster;
  for (let attempt = 1; ; attempt += 1) {
    await stopCluster(layout.dir);
    try {
      await startOnce(layout, binaries, options);
      return cluster;
    } catch (error) {
      // between finding a free port and using it, somebody else may take it
      if (attempt === 3 || !hasLostPort(layout)) throw error;
    }
  }
}

async function startOnce(layout: Layout, binaries: Binaries, options: ClusterOptions): Promise<void> {
  const { nodes = defaultNodes, leaseSeconds = usualLeaseSeconds(nodes) } = options;
  const settings: Settings = {
    binaries,
    starter: process.pid,
    ports: await findFreePorts(),
    nodes,
    leaseSeconds,
    fargateStartMs: options.fargateStartMs ?? 2_000,
  };
  prepareDirectory(layout, settings);
  const supervisor = startSupervisor(layout, options.detached ?? false);
  try {
    await bringUp(layout, settings, () => supervisor.exitCode === null && supervisor.signalCode === null);
  } catch (error) {
    await endProcesses(layout);
    const said = readLog(layout, 'supervisor').trim();
    throw new Error(`The local cluster did not come up; its logs are in ${layout.logs}. ${said}`, { cause: error });
  }
}

/** Two commands may start the same cluster: the second waits for the first, unless that one has gone. */
async function waitForOtherStarter(layout: Layout): Promise<void> {
  const settings = findSettings(layout);
  if (settings === undefined || settings.starter === process.pid) return;
  const { starter, nodes } = settings;
  const deadline = Date.now() + startTimeoutMs(nodes);
  while (isAlive(starter) && isSupervised(layout) && findRunning(layout) === undefined && Date.now() < deadline) {
    await wait(50);
  }
}

function hasLostPort(layout: Layout): boolean {
  return ['etcd', 'kube-apiserver'].some((name) => readLog(layout, name).includes('address already in use'));
}

function readLog(layout: Layout, name: string): string {
  const file = join(layout.logs, `${name}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** How long the processes may take to end, in milliseconds. */
const stopTimeoutMs = 10_000;

/** Stops the cluster of that directory, if there is one, and removes the directory. */
export async function stopCluster(dir: string): Promise<void> {
  const layout = layoutOf(dir);
  await endProcesses(layout);
  // only what a cluster of ours made: a directory named by mistake stays
  if (existsSync(layout.settings)) rmSync(layout.dir, { recursive: true, force: true, maxRetries: 5 });
}

function describeCluster(layout: Layout, kubectlPath: string): LocalCluster {
  const { kubeconfig, dir, auditLog } = layout;
  const operatorKubeconfig = componentKubeconfig(layout, 'operator');
  return { kubeconfig, operatorKubeconfig, dir, auditLog, kubectlPath, stop: () => stopCluster(dir) };
}

function prepareDirectory(layout: Layout, settings: Settings): void {
  if (existsSync(layout.dir) && readdirSync(layout.dir).length > 0) {
    throw new Error(`${layout.dir} holds files that are not a local cluster's: name an empty or a new directory`);
  }
  for (const folder of ['', 'config', 'certs', 'logs', 'etcd']) {
    mkdirSync(join(layout.dir, folder), { recursive: true, mode: 0o700 });
  }
  writeFileSync(layout.settings, JSON.stringify(settings, null, 2));
  writeCredentials(layout);
  writeFileSync(layout.stages, renderStages());
  writeFileSync(layout.schedulerConfig, stringify(schedulerConfiguration(layout)));
  copyFileSync(join(import.meta.dirname, 'audit-policy.yaml'), layout.auditPolicy);
}

function startSupervisor(layout: Layout, detached: boolean): ChildProcess {
  const output = openSync(join(layout.logs, 'supervisor.log'), 'a');
  const program = join(import.meta.dirname, 'supervisor.ts');
  const child = spawn(process.execPath, [program, layout.dir, ...(detached ? ['--detached'] : [])], {
    // the pipe is never written to: its end tells the supervisor that this process is gone
    stdio: ['pipe', output, output],
    // a group of its own, so that an interrupt from the keyboard reaches only the starter, which then stops it in order
    detached: true,
  });
  closeSync(output);
  child.unref();
  (child.stdin as Socket).unref();
  return child;
}

async function endProcesses(layout: Layout): Promise<void> {
  const state = findState(layout);
  if (state === undefined) return;
  if (isOurs(state.supervisor, layout.dir)) {
    signal(state.supervisor, 'SIGTERM');
    await waitForEnd([state.supervisor], stopTimeoutMs);
  }
  // a supervisor that was killed leaves its children behind
  const left = [state.supervisor, ...Object.values(state.processes)].filter((pid) => isOurs(pid, layout.dir));
  for (const pid of left) signal(pid, 'SIGKILL');
  const immortal = await waitForEnd(left, stopTimeoutMs);
  if (immortal.length > 0) throw new Error(`Processes ${immortal.join(', ')} of ${layout.dir} do not end`);
}
