import { parseArgs } from 'node:util';

/** How much is measured. */
export interface Numbers {
  /** Those that count, after one that nobody measures: an operator runs for long, and its code is compiled. */
  readonly rounds: number;
  readonly nodes: number;
  readonly tasks: number;
  readonly services: number;
  /** Tasks that are placed by looking at all nodes each time, which takes long. */
  readonly scans: number;
}

const defaults: Numbers = { rounds: 3, nodes: 5_000, tasks: 10_000, services: 1_000, scans: 200 };

/** The smaller cluster has one node for so many of the larger one. */
export const smaller = 10;

export const usage = `    --rounds N      how often everything is measured (default ${defaults.rounds})
    --nodes N       nodes of the larger cluster (default ${defaults.nodes})
    --tasks N       tasks to place on it (default ${defaults.tasks})
    --services N    services they belong to, where it is not one (default ${defaults.services})
    --scans N       tasks to place by looking at all nodes (default ${defaults.scans})
`;

/** @throws Error that names the option and its value. */
export function parseNumbers(args: readonly string[]): Numbers {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      nodes: { type: 'string' },
      tasks: { type: 'string' },
      services: { type: 'string' },
      scans: { type: 'string' },
    },
  });
  const number = (name: keyof Numbers): number => positive(name, values[name] ?? String(defaults[name]));
  return {
    rounds: number('rounds'),
    nodes: number('nodes'),
    tasks: number('tasks'),
    services: number('services'),
    scans: number('scans'),
  };
}

function positive(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} is "${text}": give a whole number above 0`);
  return Number(text);
}
