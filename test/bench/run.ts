import { errorMessage } from '../../src/base/errors.ts';
import { runKitBench, usage as kitUsage } from './kit/bench.ts';
import { runPlacementBench, usage as placementUsage } from './placement/bench.ts';

interface Bench {
  readonly summary: string;
  readonly usage: string;
  /** Prints its results; returns the exit status, 1 when a target is missed. */
  readonly run: (args: readonly string[]) => Promise<number>;
}

const benches: Readonly<Record<string, Bench>> = {
  kit: { summary: 'the operator kit against @kubernetes/client-node', usage: kitUsage, run: runKitBench },
  placement: { summary: 'which node a task goes to', usage: placementUsage, run: runPlacementBench },
};

function list(): string {
  const rows = Object.entries(benches).map(([name, { summary, usage }]) => `  ${name}   ${summary}\n${usage}`);
  return `Usage: npm run bench -- <name> [options]\n\n${rows.join('\n')}`;
}

async function run([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help') {
    process.stdout.write(list());
    return 0;
  }
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (bench === undefined) throw new Error(`There is no bench ${JSON.stringify(name)}\n${list()}`);
  return bench.run(args);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${errorMessage(error)}\n`);
  process.exitCode = 1;
}
