import { parseArgs } from 'node:util';

/** How much is measured. */
export interface Numbers {
  readonly rounds: number;
  readonly pods: number;
  /** Told by the watch after the list, each a change of one of the pods. */
  readonly events: number;
  readonly creates: number;
}

/** The version of the scripted server's list; event number n (from 1) brings a pod to this one plus n. */
export const listVersion = 1_000_000;

/** Requests in flight, the same for all. */
export const concurrency = 32;

/** Pods that are created before the others, unmeasured. */
export function warmUps(creates: number): number {
  return Math.ceil(creates / 10);
}

const defaults: Numbers = { rounds: 5, pods: 10_000, events: 10_000, creates: 2_000 };

export const usage = `    --rounds N      how often each contender does everything (default ${defaults.rounds})
    --pods N        pods to list (default ${defaults.pods})
    --events N      events to follow (default ${defaults.events})
    --creates N     pods to create (default ${defaults.creates})
    --scripted      leave the real API server out
`;

/** @throws Error that names the option and its value. */
export function parseNumbers(args: readonly string[]): { readonly numbers: Numbers; readonly scripted: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      pods: { type: 'string' },
      events: { type: 'string' },
      creates: { type: 'string' },
      scripted: { type: 'boolean', default: false },
    },
  });
  const number = (name: keyof Numbers): number => positive(name, values[name] ?? String(defaults[name]));
  const numbers = { rounds: number('rounds'), pods: number('pods'), events: number('events') };
  return { numbers: { ...numbers, creates: number('creates') }, scripted: values.scripted };
}

function positive(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} is "${text}": give a whole number above 0`);
  return Number(text);
}
