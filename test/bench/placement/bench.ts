import { formatTargets } from '../kit/targets.ts';
import { nodes, requests, strategies } from './cluster.ts';
import { longestBlock, modelOf, placeAll, refuse, scanOf } from './measure.ts';
import { parseNumbers, smaller, usage, type Numbers } from './numbers.ts';
import { formatRefusals, formatScenarios } from './table.ts';
import { judge, type Results, type Scenario } from './targets.ts';

export { usage };

type Progress = (line: string) => void;

/** Measures, prints tables and targets; 1 when a target is missed. */
export async function runPlacementBench(args: readonly string[]): Promise<number> {
  const numbers = parseNumbers(args);
  const results = await measure(numbers, (line) => void process.stderr.write(`${line}\n`));
  const verdicts = judge(results);
  process.stdout.write(`${formatScenarios(results)}\n${formatRefusals(results)}\n${formatTargets(verdicts)}`);
  return verdicts.every(({ isMet }) => isMet) ? 0 : 1;
}

/** Round by round, so that what else the machine does meets all alike; the first round is for the compiler. */
export async function measure(numbers: Numbers, tell: Progress): Promise<Results> {
  const scenarios = scenariosOf(numbers);
  const refusals: number[] = [];
  const blocks: number[] = [];
  for (let round = 0; round <= numbers.rounds; round++) {
    tell(`Placement: ${round === 0 ? 'warming up' : `round ${round} of ${numbers.rounds}`}`);
    const readings = scenarios.map((scenario) => measureScenario(scenario, numbers));
    const [refused, block] = [refuse(numbers.nodes, numbers.scans), await longestBlock(numbers.nodes, numbers.tasks)];
    if (round === 0) continue;
    for (const [index, reading] of readings.entries()) scenarios[index]?.readings.push(reading);
    refusals.push(...refused);
    blocks.push(block);
  }
  return { numbers, scenarios, refusals, blocks };
}

function scenariosOf({ services }: Numbers): Scenario[] {
  return Object.entries(strategies).flatMap(([name, strategy]) =>
    [1, services].map((count) => ({ name, strategy, services: count, readings: [] })),
  );
}

/** The same tasks on the larger cluster and on the smaller one, and some of them by looking at all nodes. */
function measureScenario({ strategy, services }: Scenario, numbers: Numbers): Scenario['readings'][number] {
  const [large, small] = [nodes(numbers.nodes), nodes(Math.ceil(numbers.nodes / smaller))];
  const asked = requests(numbers.tasks, services, strategy);
  const found = placeAll(modelOf(large), asked);
  const scanned = placeAll(scanOf(large), asked.slice(0, numbers.scans));
  const differs = scanned.names.findIndex((name, index) => name !== found.names[index]);
  if (differs >= 0) throw new Error(`${asked[differs]?.uid ?? ''} went elsewhere than where all nodes would send it`);
  const few = placeAll(modelOf(small), asked.slice(0, Math.ceil(numbers.tasks / smaller)));
  return { large: found.micros, small: few.micros, scan: scanned.micros };
}
