import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Job, Measurement } from './job.ts';
import type { Numbers } from './numbers.ts';

const run = promisify(execFile);

/** For a contender that waits for what never comes. */
const jobTimeoutMs = 300_000;

/**
 * Does one job in a fresh process.
 * @throws Error with what it said when it failed, or did less than it was asked to.
 */
export async function runJob(job: Job): Promise<Measurement> {
  const program = join(import.meta.dirname, 'contender.ts');
  const args = ['--expose-gc', program, JSON.stringify(job)];
  const { stdout } = await run(process.execPath, args, { timeout: jobTimeoutMs });
  return JSON.parse(stdout) as Measurement;
}

/** A scripted API server that listens; it ends with this process, too. */
export async function startScriptedServer(
  dir: string,
  numbers: Numbers,
): Promise<{ readonly kubeconfig: string; readonly stop: () => void }> {
  const program = join(import.meta.dirname, 'server.ts');
  const child = spawn(process.execPath, [program, dir, JSON.stringify(numbers)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const kubeconfig = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The scripted server ended with ${String(code)}`);
  });
  const [path] = await Promise.race([kubeconfig, ended]);
  ended.catch(() => undefined);
  return { kubeconfig: path, stop: () => void child.kill() };
}
