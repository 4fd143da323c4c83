import { argument } from './argument.ts';
import { operatorOf, operatorsOf } from './operators.ts';
import { type Operator, type Query, type Subject, type Term } from './query.ts';
import { complain, cursorOn, expected, sees, skipSpaces, take, takeHere, type Cursor } from './tokens.ts';

export type Parsed =
  | { readonly kind: 'query'; readonly query: Query }
  /** @param message the character, what was expected there, and what was found. */
  | { readonly kind: 'invalid'; readonly message: string };

/** Of an expression (ECS API reference, PlacementConstraint). */
const mostCharacters = 2000;

/** How deep parentheses and `not` nest: ECS names no bound, and ours keeps the stack small. */
const deepest = 50;

/** Of the name of an attribute (ECS API reference, Attribute). */
const longestName = 128;

const subjects = 'attribute:NAME, task:group, ec2InstanceId, agentConnected, registeredAt or runningTasksCount';

/**
 * Reads an expression: `not` binds before `and`, `and` before `or`. Words of operators count in any case, subjects and
 * values as they are written. Values are bare words, or in single or double quotes, without escapes: a backslash is one.
 *
 * `attribute:a == 1 or not(attribute:b exists) and ec2InstanceId in [i-1, 'i-2']`
 */
export function parseQuery(text: string): Parsed {
  if (text.length > mostCharacters) {
    const message = `it has ${String(text.length)} characters, and an expression can have ${String(mostCharacters)}`;
    return { kind: 'invalid', message };
  }
  const cursor = cursorOn(text);
  const query = disjunction(cursor, 0);
  if (query && !atEnd(cursor)) expected(cursor, 'and, or, or the end');
  if (query && cursor.problem === undefined) return { kind: 'query', query };
  return { kind: 'invalid', message: cursor.problem ?? 'it cannot be read' };
}

function disjunction(cursor: Cursor, depth: number): Query | undefined {
  let left = conjunction(cursor, depth);
  while (left && take(cursor, /\|\||or(?!\w)/iy) !== undefined) left = joined('or', left, conjunction(cursor, depth));
  return left;
}

function conjunction(cursor: Cursor, depth: number): Query | undefined {
  let left = negation(cursor, depth);
  while (left && take(cursor, /&&|and(?!\w)/iy) !== undefined) left = joined('and', left, negation(cursor, depth));
  return left;
}

function joined(kind: 'and' | 'or', left: Query, right: Query | undefined): Query | undefined {
  return right && { kind, left, right };
}

function negation(cursor: Cursor, depth: number): Query | undefined {
  skipSpaces(cursor);
  if (depth > deepest) {
    return complain(cursor, `parentheses and not can be ${String(deepest)} deep, and this is deeper`, cursor.at);
  }
  if (take(cursor, /!|not(?!\w)/iy) !== undefined) {
    const query = negation(cursor, depth + 1);
    return query && { kind: 'not', query };
  }
  return take(cursor, /\(/y) === undefined ? term(cursor) : compound(cursor, depth + 1);
}

function compound(cursor: Cursor, depth: number): Query | undefined {
  const query = disjunction(cursor, depth);
  if (query && take(cursor, /\)/y) === undefined) return expected(cursor, 'and, or, or )');
  return query;
}

function term(cursor: Cursor): Term | undefined {
  const subject = readSubject(cursor);
  const operator = subject && readOperator(cursor, subject);
  const values = operator && argument(cursor, subject, operator);
  return values && { kind: 'term', subject, operator, values };
}

function readSubject(cursor: Cursor): Subject | undefined {
  if (take(cursor, /attribute:/y) !== undefined) return attribute(cursor);
  if (sees(cursor, /agentVersion(?!\w)/y)) {
    const advice = 'label the nodes instead, and ask for attribute:NAME';
    return complain(cursor, `agentVersion is not known: these nodes run no ECS agent; ${advice}`, cursor.at);
  }
  const word = take(cursor, /(?:agentConnected|ec2InstanceId|registeredAt|runningTasksCount|task:group)(?!\w)/y);
  return word === undefined ? expected(cursor, subjects) : { kind: word as Exclude<Subject['kind'], 'attribute'> };
}

function attribute(cursor: Cursor): Subject | undefined {
  const start = cursor.at;
  const name = takeHere(cursor, /[\w./\\-]+/y);
  if (name === undefined) return expected(cursor, 'the name of an attribute, of letters, digits and - _ . / \\,');
  if (name.length <= longestName) return { kind: 'attribute', name };
  const allowed = `names of attributes have at most ${String(longestName)} characters`;
  return complain(cursor, `${allowed}, and this has ${String(name.length)}`, start);
}

function readOperator(cursor: Cursor, subject: Subject): Operator | undefined {
  const known = operatorsOf[subject.kind];
  skipSpaces(cursor);
  const start = cursor.at;
  const operator = operatorOf(takeHere(cursor, /[=!]=|[<>]=?|[=!]~|!?\w+/y) ?? '');
  if (operator && known.includes(operator)) return operator;
  cursor.at = start;
  return expected(cursor, `an operator (${known.join(', ')})`);
}

function atEnd(cursor: Cursor): boolean {
  skipSpaces(cursor);
  return cursor.at >= cursor.text.length;
}
