import { nextOf, refuse, takes, type PatternCursor } from './cursor.ts';
import type { Accepts } from './pattern.ts';

/** As Java has them without flags: of ASCII. */
const escapes: ReadonlyMap<string, RegExp> = new Map([
  ['d', /[0-9]/],
  ['D', /[^0-9]/],
  ['w', /[A-Za-z0-9_]/],
  ['W', /[^A-Za-z0-9_]/],
  ['s', /[ \t\n\v\f\r]/],
  ['S', /[^ \t\n\v\f\r]/],
]);

/** Either one character, which may begin a range, or several. */
type Item =
  { readonly kind: 'one'; readonly character: string } | { readonly kind: 'several'; readonly accepts: Accepts };

/** What stands behind a backslash. */
export function escaped(cursor: PatternCursor): Item | undefined {
  const at = cursor.at - 1;
  const character = nextOf(cursor);
  const several = escapes.get(character);
  if (several) return { kind: 'several', accepts: (each) => several.test(each) };
  if (character === '') return refuse(cursor, 'nothing stands behind this \\', at);
  if (/[A-Za-z0-9]/.test(character)) return refuse(cursor, `\\${character} is not supported in a pattern`, at);
  return { kind: 'one', character };
}

/** What stands in brackets, the first of which is taken. */
export function characterClass(cursor: PatternCursor): Accepts | undefined {
  const start = cursor.at - 1;
  const isNegated = takes(cursor, '^');
  const members: Accepts[] = [];
  while (!takes(cursor, ']')) {
    if (cursor.at >= cursor.text.length) return refuse(cursor, 'this [ is not closed', start);
    const member = memberOfClass(cursor);
    if (!member) return undefined;
    members.push(member);
  }
  if (members.length === 0) return refuse(cursor, 'this class is empty; \\] is a bracket in it', start);
  return (character) => members.some((accepts) => accepts(character)) !== isNegated;
}

function memberOfClass(cursor: PatternCursor): Accepts | undefined {
  const at = cursor.at;
  const first = item(cursor);
  if (first?.kind !== 'one') return first?.accepts;
  const { character } = first;
  if (!beginsRange(cursor)) return (each) => each === character;
  cursor.at += 1;
  const last = item(cursor);
  if (!last) return undefined;
  if (last.kind === 'several' || last.character < character) {
    return refuse(cursor, `${cursor.text.slice(at, cursor.at)} is no range`, at);
  }
  return (each) => each >= character && each <= last.character;
}

function item(cursor: PatternCursor): Item | undefined {
  const at = cursor.at;
  if (takes(cursor, '\\')) return escaped(cursor);
  if (takes(cursor, '[')) return refuse(cursor, 'a class in a class is not supported; \\[ is a bracket', at);
  if (takes(cursor, '&&')) return refuse(cursor, '&& in a class is not supported', at);
  return { kind: 'one', character: nextOf(cursor) };
}

/** A hyphen that is the last in its class is one. */
function beginsRange({ text, at }: PatternCursor): boolean {
  return text.charAt(at) === '-' && text.charAt(at + 1) !== ']' && at + 1 < text.length;
}
