import { automatonOf, last, reach, type Automaton } from './automaton.ts';
import { parsePattern } from './parse.ts';

/** All the ways in which a text can match so far. */
interface Standing {
  readonly states: readonly number[];
  /** Whether a text that ends here has matched. */
  readonly isMatch: boolean;
  readonly next: Map<string, Standing>;
}

/** How many standings are remembered: a pattern that people write has a few. */
const remembered = 1000;

/**
 * Whether a whole text matches, as with Java's `matches()`, which the operator is named after: `t2` is not `t2.small`,
 * and everybody writes `t2.*`. ECS does not say whether it asks for less.
 *
 * All ways are followed at once, so that no pattern costs more than its size for each character, and one step where
 * the same was seen before. JavaScript's own engine tries one way after the other, and `(a|a)*b` would stop the operator
 * for years on a label of 63 characters.
 */
export function compilePattern(text: string): (value: string) => boolean {
  const parsed = parsePattern(text);
  if (parsed.kind === 'invalid') return () => false;
  const automaton = automatonOf(parsed.pattern);
  const known = new Map<string, Standing>();
  const step = stepsOf(automaton, known);
  return (value) => {
    if (value === '') return reach(automaton, [automaton.first], ['start', 'end']).includes(last);
    if (known.size > remembered) known.clear();
    let standing = known.get('') ?? standingOf(automaton, [automaton.first], ['start']);
    known.set('', standing);
    for (const character of value) standing = step(standing, character);
    return standing.isMatch;
  };
}

function stepsOf(automaton: Automaton, known: Map<string, Standing>) {
  return (standing: Standing, character: string): Standing => {
    const seen = standing.next.get(character);
    if (seen) return seen;
    const taken = standing.states.filter((index) => automaton.states[index]?.accepts?.(character) === true);
    const from = [...new Set(taken.flatMap((index) => automaton.states[index]?.next ?? []))].toSorted((a, b) => a - b);
    const key = from.join(' ') || 'none';
    const next = known.get(key) ?? standingOf(automaton, from, []);
    known.set(key, next);
    standing.next.set(character, next);
    return next;
  };
}

function standingOf(automaton: Automaton, from: readonly number[], open: readonly 'start'[]): Standing {
  return {
    states: reach(automaton, from, open),
    isMatch: reach(automaton, from, ['end']).includes(last),
    next: new Map(),
  };
}
