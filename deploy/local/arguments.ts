import { parseArgs } from 'node:util';
import { defaultDir } from './layout.ts';
import { defaultNodes } from './nodes.ts';

/** What a person asked for on the command line. */
export type LocalCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'up'; readonly nodes: number; readonly dir: string }
  | { readonly kind: 'use'; readonly kubeconfig: string }
  | { readonly kind: 'down'; readonly dir: string }
  | { readonly kind: 'status'; readonly dir: string };

export const usage = `Usage: npm run local -- <command> [options]

A Kubernetes cluster on this machine for trying out, testing and measuring the operator: a real control plane with
simulated nodes and pods. See deploy/local/README.md.

Commands:
  up       start the cluster and leave it running; the last line of stdout is the path of its kubeconfig
  down     stop it and remove its directory
  status   tell whether it runs, and where things are

Options:
  --nodes N           EC2 nodes in all, split over both node groups (up; default ${defaultNodes})
  --dir DIR           directory of the cluster, so that several can run side by side (default .local)
  --kubeconfig PATH   start nothing: check that the cluster of this kubeconfig answers and print the path (up);
                      the environment variable ECS_OPERATOR_KUBECONFIG does the same
  --help              this text
`;

const mostNodes = 20_000;

/**
 * Reads the arguments after the program's name.
 * @param useKubeconfig the value of ECS_OPERATOR_KUBECONFIG, if set.
 * @throws an error that names the argument, its value and what would be right.
 */
export function parseCommand(args: readonly string[], useKubeconfig: string | undefined): LocalCommand {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      nodes: { type: 'string' },
      dir: { type: 'string', default: defaultDir },
      kubeconfig: { type: 'string', default: useKubeconfig ?? '' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) return { kind: 'help' };
  if (rest.length > 0) throw new Error(`Unexpected argument "${rest[0]}": ${command} takes options only, see --help`);
  if (values.dir === '') throw new Error('--dir is "": name a directory');
  return chooseCommand(command, values);
}

interface Values {
  readonly dir: string;
  readonly kubeconfig: string;
  readonly nodes?: string;
}

function chooseCommand(command: string, { dir, kubeconfig, nodes }: Values): LocalCommand {
  switch (command) {
    case 'up':
      return kubeconfig === '' ? { kind: 'up', dir, nodes: parseNodes(nodes) } : { kind: 'use', kubeconfig };
    case 'down':
    case 'status':
      return { kind: command, dir };
    default:
      throw new Error(`Unknown command "${command}": use up, down or status`);
  }
}

function parseNodes(text: string | undefined): number {
  if (text === undefined) return defaultNodes;
  const nodes = /^\d+$/.test(text) ? Number(text) : -1;
  if (nodes < 0 || nodes > mostNodes) {
    throw new Error(`--nodes is "${text}": give a whole number from 0 to ${mostNodes}`);
  }
  return nodes;
}
