import { characterClass, escaped } from './class.ts';
import { nextOf, refuse, takes, type PatternCursor, type PatternProblem } from './cursor.ts';
import { sizeOf, type Pattern } from './pattern.ts';

export type ParsedPattern =
  { readonly kind: 'pattern'; readonly pattern: Pattern } | ({ readonly kind: 'invalid' } & PatternProblem);

/** Of a pattern with its repetitions written out: what a match costs at each character of a text, at most. */
const largest = 256;

/** How deep groups nest. */
const deepest = 20;

/**
 * Reads what Java and JavaScript both call a regular expression, and refuses the rest, which would say something else
 * here or cost without bound: lookaround, references to groups, flags, possessive quantifiers, classes in classes.
 */
export function parsePattern(text: string): ParsedPattern {
  const cursor: PatternCursor = { text, at: 0, problem: undefined };
  const pattern = choice(cursor, 0);
  if (pattern && cursor.at < text.length) refuse(cursor, 'this ) closes nothing');
  if (pattern && sizeOf(pattern) > largest) {
    refuse(cursor, `the pattern is too large: with its repetitions it has over ${String(largest)} characters`, 0);
  }
  if (pattern && !cursor.problem) return { kind: 'pattern', pattern };
  return { kind: 'invalid', ...(cursor.problem ?? { at: 0, message: 'the pattern cannot be read' }) };
}

function choice(cursor: PatternCursor, depth: number): Pattern | undefined {
  if (depth > deepest) return refuse(cursor, `groups can be ${String(deepest)} deep, and this is deeper`);
  const parts: Pattern[] = [];
  do {
    const part = sequence(cursor, depth);
    if (!part) return undefined;
    parts.push(part);
  } while (takes(cursor, '|'));
  return { kind: 'choice', parts };
}

function sequence(cursor: PatternCursor, depth: number): Pattern | undefined {
  const parts: Pattern[] = [];
  while (cursor.at < cursor.text.length && !/[|)]/.test(cursor.text.charAt(cursor.at))) {
    const part = atom(cursor, depth);
    const repeated = part && quantified(cursor, part);
    if (!repeated) return undefined;
    parts.push(repeated);
  }
  return { kind: 'sequence', parts };
}

/** What begins with a character that means something; each other one means itself. */
const atoms: ReadonlyMap<string, (cursor: PatternCursor, depth: number) => Pattern | undefined> = new Map([
  ['(', group],
  ['[', classAtom],
  ['\\', escapedAtom],
  ['.', (): Pattern => ({ kind: 'character', accepts: () => true })],
  ['^', (): Pattern => ({ kind: 'start' })],
  ['$', (): Pattern => ({ kind: 'end' })],
]);

function atom(cursor: PatternCursor, depth: number): Pattern | undefined {
  const at = cursor.at;
  const character = nextOf(cursor);
  const special = atoms.get(character);
  if (special) return special(cursor, depth);
  if ('*+?{'.includes(character)) {
    return refuse(cursor, `nothing stands before this ${character} that it could repeat`, at);
  }
  return only(character);
}

function classAtom(cursor: PatternCursor): Pattern | undefined {
  const accepts = characterClass(cursor);
  return accepts && { kind: 'character', accepts };
}

function escapedAtom(cursor: PatternCursor): Pattern | undefined {
  const item = escaped(cursor);
  return item && (item.kind === 'one' ? only(item.character) : { kind: 'character', accepts: item.accepts });
}

function only(character: string): Pattern {
  return { kind: 'character', accepts: (each) => each === character };
}

function group(cursor: PatternCursor, depth: number): Pattern | undefined {
  const start = cursor.at - 1;
  const [kind] = /^\?(?::|<[A-Za-z]\w*>)?/.exec(cursor.text.slice(cursor.at)) ?? [''];
  if (kind === '?') return refuse(cursor, 'lookaround and flags are not supported in a pattern', start);
  cursor.at += kind.length;
  const pattern = choice(cursor, depth + 1);
  if (pattern && !takes(cursor, ')')) return refuse(cursor, 'this ( is not closed', start);
  return pattern;
}

/** A lazy quantifier matches the same texts as one that is not. */
function quantified(cursor: PatternCursor, part: Pattern): Pattern | undefined {
  const at = cursor.at;
  const bounds = quantifier(cursor);
  if (bounds === 'invalid') return undefined;
  if (!bounds) return part;
  if (!takes(cursor, '?') && takes(cursor, '+')) {
    return refuse(cursor, 'possessive quantifiers are not supported in a pattern', at);
  }
  return { kind: 'repeat', part, ...bounds };
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

function quantifier(cursor: PatternCursor): Bounds | 'invalid' | undefined {
  if (takes(cursor, '*')) return { min: 0, max: Infinity };
  if (takes(cursor, '+')) return { min: 1, max: Infinity };
  if (takes(cursor, '?')) return { min: 0, max: 1 };
  return cursor.text.charAt(cursor.at) === '{' ? counted(cursor) : undefined;
}

function counted(cursor: PatternCursor): Bounds | 'invalid' {
  const found = /^\{(\d{1,3})(?:(,)(\d{0,3}))?\}/.exec(cursor.text.slice(cursor.at));
  const [all = '', min = '', comma = '', max = ''] = found ?? [];
  const most = comma === '' ? min : max;
  const bounds = { min: Number(min), max: most === '' ? Infinity : Number(most) };
  if (found && bounds.min <= bounds.max) {
    cursor.at += all.length;
    return bounds;
  }
  refuse(cursor, 'expected {n}, {n,} or {n,m} with n not above m and m below 1000');
  return 'invalid';
}
