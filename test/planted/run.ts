import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { faults, type Fault } from './faults.ts';

/**
 * Plants the faults one after the other, two at a time, and has the tests of each run until one fails:
 *
 *   npm run faults [-- word]      only those with the word in name or file
 *
 * Exits with 1 if one is caught by no test, or cannot be planted: its text has to occur exactly once.
 */

const root = join(import.meta.dirname, '..', '..');

interface Catch {
  readonly isCaught: boolean;
  /** Which test, or what is wrong. */
  readonly by: string;
}

/** Why it cannot be planted; undefined when it can. */
function problemOf({ file, from, to, by }: Fault): string | undefined {
  const path = join(root, 'src', file);
  const count = existsSync(path) ? readFileSync(path, 'utf8').split(from).length - 1 : 0;
  if (count !== 1) return `the text occurs ${String(count)} times in ${file}: ${from}`;
  const missing = by.filter((each) => !existsSync(join(root, 'test', each)));
  if (missing.length > 0) return `no such tests: ${missing.join()}`;
  return from === to ? 'it changes nothing' : undefined;
}

async function plant(fault: Fault): Promise<Catch> {
  const problem = problemOf(fault);
  if (problem !== undefined) return { isCaught: false, by: problem };
  for (const file of fault.by) {
    const found = await runTests(fault, file);
    if (found) return found;
  }
  return { isCaught: false, by: `survives ${fault.by.join()}` };
}

interface Report {
  readonly failures?: readonly { readonly fullTitle: string }[];
}

/** Runs a file of tests until one fails; undefined when none does. */
async function runTests({ file, from, to }: Fault, tests: string): Promise<Catch | undefined> {
  const plan = JSON.stringify({ file: join(root, 'src', file), from, to });
  const args = ['--import', join(import.meta.dirname, 'plant.ts'), join(root, 'node_modules/mocha/bin/mocha.js')];
  const options = ['--bail', '--reporter', 'json', '--timeout', '60000', join(root, 'test', tests)];
  const { output, code } = await runNode([...args, ...options], { PLANTED_FAULT: plan });
  if (code === 0) return undefined;
  const title = titleOf(output);
  // A file that does not load is caught by nothing: the fault is no program.
  return title === undefined ? { isCaught: false, by: `${tests} does not run` } : { isCaught: true, by: title };
}

function titleOf(output: string): string | undefined {
  const start = output.indexOf('{\n  "stats"');
  if (start < 0) return undefined;
  return (JSON.parse(output.slice(start)) as Report).failures?.[0]?.fullTitle;
}

async function runNode(
  args: readonly string[],
  environment: Record<string, string>,
): Promise<{ readonly output: string; readonly code: number | null }> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('close', resolve).once('error', reject);
  return { code: await promise, output };
}

async function main(): Promise<void> {
  const word = process.argv[2] ?? '';
  const chosen = faults.filter(({ name, file }) => `${name} ${file}`.includes(word));
  const startedAt = Date.now();
  const queue = [...chosen];
  let survivors = 0;
  const work = async (): Promise<void> => {
    for (let fault = queue.shift(); fault; fault = queue.shift()) {
      const { isCaught, by } = await plant(fault);
      if (!isCaught) survivors++;
      console.log(`${isCaught ? 'caught' : 'NOT CAUGHT'}: ${fault.name} (${fault.file})\n    ${by}`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
  console.log(
    `${String(chosen.length - survivors)} of ${String(chosen.length)} planted faults caught in ${seconds} s.`,
  );
  process.exitCode = survivors === 0 && chosen.length > 0 ? 0 : 1;
}

await main();
