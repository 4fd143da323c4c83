import type { Accepts, Pattern } from './pattern.ts';

/** A state takes a character, or leads on without one. */
export interface State {
  readonly accepts?: Accepts;
  /** Where in a text it leads on; everywhere if absent. */
  readonly only?: 'start' | 'end';
  readonly next: number[];
}

export interface Automaton {
  readonly states: readonly State[];
  readonly first: number;
}

/** The state in which a text has matched, if it ends there. */
export const last = 0;

export function automatonOf(pattern: Pattern): Automaton {
  const states: State[] = [{ next: [] }];
  const first = build(states, pattern, last);
  return { states, first };
}

/** These states, and those they lead on to without a character. @param open what is there in the text. */
export function reach(
  { states }: Automaton,
  from: readonly number[],
  open: readonly NonNullable<State['only']>[],
): readonly number[] {
  const isReached = new Uint8Array(states.length);
  const reached: number[] = [];
  const add = (index: number): void => {
    if (isReached[index] === 0) reached.push(index);
    isReached[index] = 1;
  };
  from.forEach(add);
  for (const index of reached) {
    const state = states[index];
    if (state && !state.accepts && (!state.only || open.includes(state.only))) state.next.forEach(add);
  }
  return reached;
}

/** Adds what matches `pattern` and goes on to the state `next`. @returns where it begins. */
function build(states: State[], pattern: Pattern, next: number): number {
  switch (pattern.kind) {
    case 'character':
      return add(states, { accepts: pattern.accepts, next: [next] });
    case 'start':
    case 'end':
      return add(states, { only: pattern.kind, next: [next] });
    case 'sequence':
      return pattern.parts.reduceRight((following, part) => build(states, part, following), next);
    case 'choice':
      return add(states, { next: pattern.parts.map((part) => build(states, part, next)) });
    case 'repeat':
      return buildRepeat(states, pattern, next);
  }
}

/** What must come, before what may: without a bound, or one inside the other. */
function buildRepeat(states: State[], { part, min, max }: Extract<Pattern, { kind: 'repeat' }>, next: number): number {
  let begin = max === Infinity ? loop(states, part, next) : next;
  const optional = max === Infinity ? 0 : max - min;
  for (let count = 0; count < optional; count += 1) {
    begin = add(states, { next: [build(states, part, begin), next] });
  }
  for (let count = 0; count < min; count += 1) begin = build(states, part, begin);
  return begin;
}

function loop(states: State[], part: Pattern, next: number): number {
  const begin = add(states, { next: [next] });
  states[begin]?.next.push(build(states, part, begin));
  return begin;
}

function add(states: State[], state: State): number {
  return states.push(state) - 1;
}
