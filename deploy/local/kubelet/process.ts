import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync, writeFileSync } from 'node:fs';

/** Of the box: whoever runs in it may end the kubelet and start it again, as it was started. */
const file = '/run/node/kubelet.json';

interface Running {
  readonly pid: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly log: string;
}

/** Starts the kubelet. It ends with the box. */
export function startKubelet(command: string, args: readonly string[], log: string): ChildProcess {
  const output = openSync(log, 'a');
  const child = spawn(command, args, { stdio: ['ignore', output, output] });
  const running: Running = { pid: child.pid ?? 0, command, args, log };
  writeFileSync(file, JSON.stringify(running));
  return child;
}

/** Kills the kubelet: it says nothing any more, and its containers run on. */
export function killKubelet(): void {
  process.kill(running().pid, 'SIGKILL');
}

/** Starts the kubelet again after it was killed. It outlives this process. */
export function restartKubelet(): void {
  const { command, args, log } = running();
  startKubelet(command, args, log).unref();
}

function running(): Running {
  return JSON.parse(readFileSync(file, 'utf8')) as Running;
}
