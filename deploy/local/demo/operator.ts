import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The operator as a process of its own, as it runs anywhere else. */
export interface OperatorProcess {
  /** Where its log lines go. */
  readonly logFile: string;
  readonly metricsUrl: string;
  readonly readyUrl: string;
  /** Why it has ended; undefined while it runs. */
  ended(): string | undefined;
  /** Ends it with SIGTERM, or with the signal given, and waits until it is gone. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts `src/main.ts` on free ports and waits until it says where it listens. */
export async function startOperator(options: {
  readonly kubeconfig: string;
  readonly dir: string;
  /** Further arguments. */
  readonly args?: readonly string[];
}): Promise<OperatorProcess> {
  const logFile = join(options.dir, 'operator.log');
  const output = openSync(logFile, 'a');
  const program = join(import.meta.dirname, '../../../src/main.ts');
  const listen = ['--metrics-address', '127.0.0.1:0', '--health-address', '127.0.0.1:0'];
  const args = ['--kubeconfig', options.kubeconfig, '--log-format', 'json', ...listen, ...(options.args ?? [])];
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', output, output] });
  // Whatever ends this process, short of SIGKILL, ends the operator too.
  const follow = (): void => {
    child.kill('SIGTERM');
  };
  process.once('exit', follow);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ended = (): string | undefined =>
    child.exitCode === null && child.signalCode === null
      ? undefined
      : `The operator ended (${child.signalCode ?? `exit code ${String(child.exitCode)}`}):\n${tailOf(logFile)}`;
  const { metrics, health } = await addresses(logFile, ended);
  const stop: OperatorProcess['stop'] = async (signal = 'SIGTERM') => {
    child.kill(signal);
    await exited;
    process.off('exit', follow);
  };
  return { logFile, metricsUrl: metrics, readyUrl: `${health}/readyz`, ended, stop };
}

const startTimeoutMs = 30_000;
const pollMs = 100;

async function addresses(
  logFile: string,
  ended: () => string | undefined,
): Promise<{ readonly metrics: string; readonly health: string }> {
  for (const deadline = Date.now() + startTimeoutMs; Date.now() < deadline; await pause(pollMs)) {
    const why = ended();
    if (why !== undefined) throw new Error(why);
    const line = readFileSync(logFile, 'utf8')
      .split('\n')
      .find((each) => each.includes('"Operator started"'));
    if (line !== undefined) return JSON.parse(line) as { metrics: string; health: string };
  }
  throw new Error(`The operator did not start within ${String(startTimeoutMs / 1000)} s:\n${tailOf(logFile)}`);
}

function tailOf(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
}

/** Waits; for a demo that only looks now and then. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
