/** Where the parser is in a pattern. The first problem stays: whoever meets it gives up with undefined. */
export interface PatternCursor {
  readonly text: string;
  at: number;
  problem: PatternProblem | undefined;
}

export interface PatternProblem {
  /** The character that it is about, from 0. */
  readonly at: number;
  readonly message: string;
}

/** Whether `symbol` stands next; the cursor is behind it then. */
export function takes(cursor: PatternCursor, symbol: string): boolean {
  if (!cursor.text.startsWith(symbol, cursor.at)) return false;
  cursor.at += symbol.length;
  return true;
}

/** The next character; empty at the end. */
export function nextOf(cursor: PatternCursor): string {
  const next = cursor.text.charAt(cursor.at);
  cursor.at += next.length;
  return next;
}

export function refuse(cursor: PatternCursor, message: string, at = cursor.at): undefined {
  cursor.problem ??= { at, message };
}
