/**
 * Keeps one cluster's processes: starts them, and stops them all when it is told to (SIGTERM), when one of them ends by
 * itself, or when its standard input ends: the process that started it is gone, however it ended. A detached one takes
 * that for its release, if the cluster is ready by then.
 *
 * Usage: node supervisor.ts <directory> [--detached]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { errorMessage } from '../../src/base/errors.ts';
import { type ProcessSpec, type Settings, apiServerUrl, clientProcesses, storageProcesses } from './control-plane.ts';
import { writeKubeconfigs } from './credentials.ts';
import { type Layout, layoutOf } from './layout.ts';
import { findState, writeState } from './state.ts';

/** How long processes get to end by themselves, in milliseconds. */
const graceMs = 2_000;

/** Nobody is left to look at the logs, so the directory goes too. */
const orphaned = 'the process that started it is gone';

class Supervisor {
  readonly #layout: Layout;
  readonly #settings: Settings;
  /** In the order of their start. */
  readonly #children = new Map<string, ChildProcess>();
  #stopping = false;

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#settings = JSON.parse(readFileSync(layout.settings, 'utf8')) as Settings;
  }

  async start(): Promise<void> {
    for (const spec of storageProcesses(this.#layout, this.#settings)) this.#spawn(spec);
    this.#save();
    // the certificate is written before the server answers, and its clients wait for it by themselves
    while (!this.#stopping && !existsSync(this.#layout.servingCertificate)) await wait(20);
    if (this.#stopping) return;
    writeKubeconfigs(this.#layout, apiServerUrl(this.#settings.ports));
    for (const spec of clientProcesses(this.#layout, this.#settings)) this.#spawn(spec);
    this.#save();
  }

  /** Stops the clients first, the store last, so that none of them ends in a storm of errors. */
  async stop(reason: string): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    process.stderr.write(`Stopping: ${reason}\n`);
    const [etcd, apiServer, ...clients] = [...this.#children.values()];
    // what runs in the API server is thrown away with it: no reason to wait for its minute of draining
    await Promise.all(clients.map((child) => end(child, 'SIGTERM')));
    if (apiServer !== undefined) await end(apiServer, 'SIGKILL');
    if (etcd !== undefined) await end(etcd, 'SIGKILL');
    if (reason === orphaned) rmSync(this.#layout.dir, { recursive: true, force: true, maxRetries: 5 });
    process.exit(0);
  }

  #spawn({ name, command, args }: ProcessSpec): void {
    const output = openSync(join(this.#layout.logs, `${name}.log`), 'a');
    const child = spawn(command, args, {
      stdio: ['ignore', output, output],
      // so that a program looks for settings of its own (~/.kwok) here and not at home
      env: { ...process.env, HOME: this.#layout.dir, KWOK_WORKDIR: this.#layout.dir },
      cwd: this.#layout.dir,
    });
    this.#children.set(name, child);
    child.on('error', (error) => void this.stop(`${name} did not start: ${error.message}`));
    child.on('exit', (code, signal) => void this.stop(`${name} ended (${signal ?? `exit ${code}`})`));
  }

  #save(): void {
    const pids = [...this.#children].map(([name, { pid }]) => [name, pid ?? 0] as const);
    writeState(this.#layout, {
      supervisor: process.pid,
      processes: Object.fromEntries(pids),
      ports: this.#settings.ports,
      server: apiServerUrl(this.#settings.ports),
      ready: false,
    });
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
}

const [directory = '', mode] = process.argv.slice(2);
const layout = layoutOf(directory);
const isDetached = mode === '--detached';
const supervisor = new Supervisor(layout);
process.on('SIGTERM', () => void supervisor.stop('told to'));
process.on('SIGINT', () => void supervisor.stop('interrupted'));
// a terminal that closes must not take a detached cluster with it
process.on('SIGHUP', () => (isDetached ? undefined : void supervisor.stop('the terminal closed')));
process.stdin.on('close', () => {
  // a detached cluster outlives its starter, but only once that has finished its work
  if (!isDetached || findState(layout)?.ready !== true) void supervisor.stop(orphaned);
});
process.stdin.resume();
// a supervisor that ends by an error of its own must not leave its children behind
process.on('uncaughtException', (error) => void supervisor.stop(`${error.stack ?? error.message}`));
await supervisor.start().catch((error: unknown) => supervisor.stop(`starting failed: ${errorMessage(error)}`));
