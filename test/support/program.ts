import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { eventually } from './cluster.ts';

/** A process of the operator, from its first moment to its end. */
export interface Program {
  readonly pid: number;
  /** What it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Why it has ended; undefined while it runs. */
  readonly end: () => End | undefined;
  readonly exited: Promise<End>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs `src/main.ts`, or another main file, in an environment that has nothing but what is given. */
export function runProgram(
  args: readonly string[],
  options: { readonly environment?: Readonly<Record<string, string>>; readonly main?: string } = {},
): Program {
  const main = options.main ?? join(import.meta.dirname, '../../src/main.ts');
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', ...options.environment };
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      written[name] += chunk;
    });
  }
  let end: End | undefined;
  const exited = new Promise<End>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      end = { code, signal };
      resolve(end);
    });
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    end: () => end,
    exited,
    kill: (signal) => void child.kill(signal),
  };
}

/** One line of a JSON log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly timestamp: string;
  readonly [field: string]: unknown;
}

/** The log lines written so far. @throws SyntaxError when one is no JSON. */
export function logOf({ stdout }: Pick<Program, 'stdout'>): LogLine[] {
  const lines = stdout().split('\n');
  // What follows the last line break is not complete yet.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as LogLine);
}

/** Addresses on which a test's operator listens: free ports, and none of another's business. */
export const freePorts = ['--metrics-address', '127.0.0.1:0', '--health-address', '127.0.0.1:0'] as const;

/** An operator that has said where it can be asked. */
export interface Started {
  readonly metrics: string;
  readonly health: string;
  /** In its user agent and in its lease. */
  readonly identity: string;
}

/** Waits until the operator says that it has started. @throws what it wrote instead. */
export function started(program: Program): Promise<Started> {
  return eventually(async () => {
    const line = logOf(program).find(({ message }) => message === 'Operator started');
    assert.ok(line, `${program.stdout()}${program.stderr()}`);
    return line as LogLine & Started;
  });
}

/** One line of `/metrics`. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What an operator shows at `/metrics`. */
export async function scrape(url: string): Promise<readonly Series[]> {
  const text = await (await fetch(url)).text();
  const lines = text.matchAll(/^(?<name>\w+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/gm);
  return [...lines].map(({ groups = {} }) => ({
    name: groups['name'] ?? '',
    labels: Object.fromEntries(
      [...(groups['labels'] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    ),
    value: Number(groups['value']),
  }));
}

/** The sum of the series of that name that have those labels; undefined when there are none. */
export function valueOf(series: readonly Series[], name: string, labels: Series['labels'] = {}): number | undefined {
  const found = series.filter((each) => each.name === name && has(each.labels, labels));
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

function has(labels: Series['labels'], wanted: Series['labels']): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}
