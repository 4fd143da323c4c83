import { isList, isPattern } from './operators.ts';
import type { Operator, Subject } from './query.ts';
import { complain, expected, sees, skipSpaces, take, takeHere, type Cursor } from './tokens.ts';
import { valueProblem } from './values.ts';

/** A bare word ends where something else can begin; brackets and commas are part of a pattern. */
const bareWord = /(?:(?!&&|\|\|)[^\s()[\],'"])+/y;
const barePattern = /(?:(?!&&|\|\|)[^\s()'"])+/y;
const quoted = /'[^']*'|"[^"]*"/y;

/** Whether a value needs no quotes. */
export function isBare(value: string, operator: Operator): boolean {
  const bare = isPattern(operator) ? barePattern : bareWord;
  bare.lastIndex = 0;
  return bare.exec(value)?.[0] === value;
}

/** The values of a comparison: one, those of a list for `in`, none for `exists`. */
export function argument(cursor: Cursor, subject: Subject, operator: Operator): readonly string[] | undefined {
  if (operator === 'exists' || operator === '!exists') return [];
  if (isList(operator)) return list(cursor, subject, operator);
  const one = value(cursor, subject, operator);
  return one === undefined ? undefined : [one];
}

function list(cursor: Cursor, subject: Subject, operator: Operator): readonly string[] | undefined {
  if (take(cursor, /\[/y) === undefined) return expected(cursor, 'a list such as [a, b]');
  const values: string[] = [];
  do {
    const next = value(cursor, subject, operator);
    if (next === undefined) return undefined;
    values.push(next);
  } while (take(cursor, /,/y) !== undefined);
  return take(cursor, /\]/y) === undefined ? expected(cursor, 'a comma or ]') : values;
}

function value(cursor: Cursor, subject: Subject, operator: Operator): string | undefined {
  skipSpaces(cursor);
  const start = cursor.at;
  const inQuotes = takeHere(cursor, quoted);
  const text = inQuotes?.slice(1, -1) ?? takeHere(cursor, isPattern(operator) ? barePattern : bareWord);
  if (text === undefined) return noValue(cursor);
  if (inQuotes === undefined && cursor.text.charAt(cursor.at) === '(') {
    return complain(cursor, `a value with parentheses needs quotes, as in '${text}(…'`, cursor.at);
  }
  const problem = valueProblem(subject, operator, text);
  if (!problem) return text;
  return complain(cursor, problem.message, start + (inQuotes === undefined ? 0 : 1) + problem.at);
}

function noValue(cursor: Cursor): undefined {
  if (sees(cursor, /['"]/y)) return complain(cursor, 'this quote is not closed', cursor.at);
  if (sees(cursor, /\[/y)) return expected(cursor, 'one value (lists are for in and !in)');
  return expected(cursor, sees(cursor, /\(/y) ? 'a value (one with parentheses needs quotes)' : 'a value');
}
