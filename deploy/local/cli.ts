import { errorMessage } from '../../src/base/errors.ts';
import { type LocalCommand, parseCommand, usage } from './arguments.ts';
import { startCluster, stopCluster } from './cluster.ts';
import { layoutOf } from './layout.ts';
import { checkCluster } from './reach.ts';
import { findState, findRunning } from './state.ts';

/** Runs one command; returns the exit status. Results go to stdout, everything else to stderr. */
async function run(command: LocalCommand): Promise<number> {
  switch (command.kind) {
    case 'help':
      process.stdout.write(usage);
      return 0;
    case 'use':
      print(await checkCluster(command.kubeconfig));
      return 0;
    case 'up':
      return up(command.dir, command.nodes);
    case 'down':
      await stopCluster(command.dir);
      return 0;
    case 'status':
      return status(command.dir);
  }
}

async function up(dir: string, nodes: number): Promise<number> {
  const startedMs = Date.now();
  const wasRunning = findRunning(layoutOf(dir)) !== undefined;
  const { kubeconfig, kubectlPath } = await startCluster({ dir, nodes, detached: true, log: tell });
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  tell(wasRunning ? 'The cluster was running already' : `The cluster is up after ${seconds} s`);
  tell(`Look at it: ${kubectlPath} --kubeconfig ${kubeconfig} get nodes`);
  print(kubeconfig);
  return 0;
}

/** Exit status 1 when it does not run, so that scripts can ask. */
function status(dir: string): number {
  const layout = layoutOf(dir);
  const state = findRunning(layout);
  if (state === undefined) {
    tell(findState(layout) === undefined ? `No cluster in ${layout.dir}` : `The cluster in ${layout.dir} does not run`);
    return 1;
  }
  tell(`Running in ${layout.dir} at ${state.server}, supervisor ${state.supervisor}`);
  for (const [name, pid] of Object.entries(state.processes)) tell(`  ${name} ${pid}`);
  print(layout.kubeconfig);
  return 0;
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  process.exitCode = await run(parseCommand(process.argv.slice(2), process.env['ECS_OPERATOR_KUBECONFIG']));
} catch (error) {
  tell(errorMessage(error));
  const { cause } = error as Error;
  if (cause !== undefined) tell(`Because: ${errorMessage(cause)}`);
  process.exitCode = 1;
}
