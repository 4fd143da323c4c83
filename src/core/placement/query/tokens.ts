import { clip } from '../../../base/text.ts';

/** Where the parser is in an expression. Whoever cannot go on says why, once, and gives up with undefined. */
export interface Cursor {
  readonly text: string;
  /** The next character, from 0. */
  at: number;
  problem: string | undefined;
}

export function cursorOn(text: string): Cursor {
  return { text, at: 0, problem: undefined };
}

/** What stands next and matches `token`, which is sticky; the cursor is behind it then. */
export function take(cursor: Cursor, token: RegExp): string | undefined {
  skipSpaces(cursor);
  return takeHere(cursor, token);
}

/** Like `take`, where no space may stand before it. */
export function takeHere(cursor: Cursor, token: RegExp): string | undefined {
  const [found] = stuck(token, cursor) ?? [];
  cursor.at += found?.length ?? 0;
  return found;
}

/** Whether `token` stands next. */
export function sees(cursor: Cursor, token: RegExp): boolean {
  skipSpaces(cursor);
  return stuck(token, cursor) !== null;
}

export function skipSpaces(cursor: Cursor): void {
  while (/\s/.test(cursor.text.charAt(cursor.at))) cursor.at += 1;
}

/** What would have been right, behind what, and what stands there. */
export function expected(cursor: Cursor, what: string): undefined {
  const behind = lastWord(cursor.text.slice(0, cursor.at));
  return complain(
    cursor,
    `expected ${what}${behind === '' ? '' : ` after ${behind}`}, found ${foundAt(cursor)}`,
    cursor.at,
  );
}

/** @param at the character that it is about, from 0; people count from 1. */
export function complain(cursor: Cursor, message: string, at: number): undefined {
  cursor.problem = `at character ${String(at + 1)}: ${message}`;
}

function stuck(token: RegExp, { text, at }: Cursor): RegExpExecArray | null {
  const sticky = token;
  sticky.lastIndex = at;
  return sticky.exec(text);
}

function foundAt({ text, at }: Cursor): string {
  if (at >= text.length) return 'the end';
  const word = text.slice(at).split(/\s/, 1)[0] ?? '';
  return word === '' ? 'a space' : `'${clip(word, 40)}'`;
}

function lastWord(text: string): string {
  const word = text.trimEnd().split(/\s/).at(-1) ?? '';
  return word.length <= 60 ? word : `…${word.slice(-59)}`;
}
