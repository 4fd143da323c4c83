import { contenders } from './contenders.ts';
import type { Contender, Done, Job } from './job.ts';
import { measured } from './measure.ts';
import { warmUps } from './numbers.ts';

/** A process that does one job, given as JSON, and prints its measurement as JSON. Exit status 1 when work is missing. */
const { contender: name, kubeconfig, work } = JSON.parse(process.argv[2] ?? '') as Job;

async function run(contender: Contender): Promise<Done> {
  return work.kind === 'follow' ? contender.follow(work) : contender.create(work);
}

/** An operator that creates runs for long: connections are made, where they are kept, and code is compiled. */
async function warmUp(contender: Contender): Promise<void> {
  if (work.kind !== 'create') return;
  await contender.create({ kind: 'create', creates: warmUps(work.creates), prefix: `warm-${work.prefix}` });
}

function requireDone(done: Done): void {
  const want = work.kind === 'follow' ? { pods: work.pods, events: work.events } : { pods: work.creates, events: 0 };
  if (done.pods === want.pods && done.events === want.events) return;
  const told = ({ pods, events }: Done): string => `${pods} pods and ${events} events`;
  throw new Error(`${name} ${work.kind}: ${told(done)} instead of ${told(want)}`);
}

const contender = await contenders[name](kubeconfig);
await warmUp(contender);
const { result, measurement } = await measured(() => run(contender));
requireDone(result);
process.stdout.write(`${JSON.stringify(measurement)}\n`, () => process.exit());
