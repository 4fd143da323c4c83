import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { keepsPromises } from './support/history-property.ts';

/**
 * Random histories of a service in a simulated cluster, as many as wanted, on all processors:
 *
 *   npm run simulate -- [--runs 10000] [--seed 1] [--chunk 500]
 *
 * Chunk number i runs with the seed + i, so a printed seed is enough to see a failure again. Exits with 1 if any failed.
 */

interface Chunk {
  readonly seed: number;
  readonly runs: number;
}

/** What became of a chunk: nothing, or what fast-check says of its first failure, made as small as it gets. */
interface Ending {
  readonly runs: number;
  readonly failure?: string;
}

function run({ seed, runs }: Chunk): Ending {
  const details = fc.check(keepsPromises, { seed, numRuns: runs, verbose: fc.VerbosityLevel.None });
  if (!details.failed) return { runs: details.numRuns };
  return { runs: details.numRuns, failure: fc.defaultReportMessage(details) ?? 'failed' };
}

function chunksOf(options: { readonly runs: number; readonly seed: number; readonly chunk: number }): Chunk[] {
  const { runs, seed, chunk } = options;
  const count = Math.ceil(runs / chunk);
  return Array.from({ length: count }, (_, index) => ({
    seed: seed + index,
    runs: Math.min(chunk, runs - index * chunk),
  }));
}

/** Runs the chunks one after the other in a thread of its own. */
async function work(chunks: Chunk[], tell: (chunk: Chunk, ending: Ending) => void): Promise<void> {
  for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) {
    const { promise, resolve, reject } = Promise.withResolvers<Ending>();
    const worker = new Worker(new URL(import.meta.url), { workerData: chunk });
    worker.once('message', resolve).once('error', reject);
    tell(chunk, await promise);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { runs: { type: 'string' }, seed: { type: 'string' }, chunk: { type: 'string' } },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  const chunks = chunksOf({ runs: Number(values.runs ?? 10_000), seed, chunk: Number(values.chunk ?? 500) });
  console.log(
    `Seeds ${String(seed)} to ${String(seed + chunks.length - 1)}, each ${String(chunks[0]?.runs)} histories.`,
  );
  const startedAt = Date.now();
  let [runs, failed] = [0, 0];
  const tell = (chunk: Chunk, ending: Ending): void => {
    runs += ending.runs;
    failed += ending.failure === undefined ? 0 : 1;
    const seconds = (Date.now() - startedAt) / 1000;
    console.log(
      `seed ${String(chunk.seed)}: ${ending.failure ?? 'well'} (${String(runs)} histories, ${seconds.toFixed(0)} s)`,
    );
  };
  await Promise.all(Array.from({ length: availableParallelism() }, () => work(chunks, tell)));
  const rate = (runs * 1000) / (Date.now() - startedAt);
  console.log(`${String(runs)} histories, ${rate.toFixed(0)} a second; ${String(failed)} seeds failed.`);
  process.exitCode = failed === 0 ? 0 : 1;
}

if (isMainThread) await main();
else parentPort?.postMessage(run(workerData as Chunk));
