import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../../../deploy/local/cluster.ts';
import type { Job, Measurement, Work } from './job.ts';
import { parseNumbers, usage, warmUps, type Numbers } from './numbers.ts';
import { runJob, startScriptedServer } from './processes.ts';
import { formatTable, type Results } from './table.ts';
import { formatTargets, judge } from './targets.ts';

export { usage };

type Progress = (line: string) => void;

/** What everybody does, some rounds long, in processes of their own. */
interface Scenario {
  readonly title: string;
  readonly contenders: readonly Job['contender'][];
  readonly rounds: number;
  readonly kubeconfig: string;
  readonly work: (contender: Job['contender'], round: number) => Work;
}

/** Everything that was measured on one server. */
export interface ServerResults {
  readonly follow: Results;
  readonly create: Results;
}

/** Measures, prints tables and targets; 1 when a target is missed. */
export async function runKitBench(args: readonly string[]): Promise<number> {
  const { numbers, scripted } = parseNumbers(args);
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  const onScripted = await measureScripted(numbers, tell);
  const onReal = scripted ? undefined : await measureReal(numbers, tell);
  const tables = [onScripted, ...(onReal ? [onReal] : [])].flatMap(({ follow, create }) => [follow, create]);
  const verdicts = judge(onScripted);
  process.stdout.write([...tables.map(formatTable), formatTargets(verdicts)].join('\n'));
  return verdicts.every(({ isMet }) => isMet) ? 0 : 1;
}

/** On a server that costs next to nothing: what is measured is the client. */
export async function measureScripted(numbers: Numbers, tell: Progress): Promise<ServerResults> {
  const { rounds, pods, events, creates } = numbers;
  const dir = mkdtempSync(join(tmpdir(), 'ecs-operator-bench-'));
  const server = await startScriptedServer(dir, numbers);
  const common = { contenders: ['kit', 'stock', 'raw'], rounds, kubeconfig: server.kubeconfig } as const;
  try {
    const follow = await runScenario(
      {
        ...common,
        title: `Scripted server: list ${pods} pods, follow ${events} events`,
        work: () => ({ kind: 'follow', pods, events }),
      },
      tell,
    );
    const work = (): Work => ({ kind: 'create', creates, prefix: 'web' });
    const create = await runScenario({ ...common, title: `Scripted server: create ${creates} pods`, work }, tell);
    return { follow, create };
  } finally {
    server.stop();
    rmSync(dir, { recursive: true });
  }
}

/** End to end, on a real API server without nodes; in fewer rounds, since most of the time is the server's. */
async function measureReal({ rounds: most, creates }: Numbers, tell: Progress): Promise<ServerResults> {
  const cluster = await startCluster({ nodes: 0, log: tell });
  const rounds = Math.ceil(most / 2);
  const common = { contenders: ['kit', 'stock'], rounds, kubeconfig: cluster.kubeconfig } as const;
  const pods = (creates + warmUps(creates)) * rounds * common.contenders.length;
  try {
    const create = await runScenario(
      {
        ...common,
        title: `Real API server: create ${creates} pods`,
        work: (contender, round) => ({ kind: 'create', creates, prefix: `${contender}-${round}` }),
      },
      tell,
    );
    const work = (): Work => ({ kind: 'follow', pods, events: 0 });
    const follow = await runScenario({ ...common, title: `Real API server: list ${pods} pods`, work }, tell);
    return { create, follow };
  } finally {
    await cluster.stop();
  }
}

/** Round by round and in alternating order, so that what else the machine does meets all alike. */
async function runScenario(scenario: Scenario, tell: Progress): Promise<Results> {
  const { title, contenders, rounds, kubeconfig, work } = scenario;
  const results = contenders.map((contender) => ({ contender, measurements: new Array<Measurement>() }));
  for (let round = 1; round <= rounds; round++) {
    tell(`${title}: round ${round} of ${rounds}`);
    for (const { contender, measurements } of round % 2 === 1 ? results : results.toReversed()) {
      measurements.push(await runJob({ contender, kubeconfig, work: work(contender, round) }));
    }
  }
  return { title, contenders: results };
}
