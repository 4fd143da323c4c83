import { isBare } from './argument.ts';
import { isList } from './operators.ts';
import { subjectText, type Query, type Term } from './query.ts';

/** As an expression that reads as the same query: `attribute:zone == a and not(task:group == service:web)`. */
export function printQuery(query: Query): string {
  switch (query.kind) {
    case 'and':
      return `${inside(query.left, ['or'])} and ${inside(query.right, ['or', 'and'])}`;
    case 'or':
      return `${printQuery(query.left)} or ${inside(query.right, ['or'])}`;
    case 'not':
      return `not(${printQuery(query.query)})`;
    case 'term':
      return printTerm(query);
  }
}

/** With parentheses if it is one of those kinds, which would be read otherwise. */
function inside(query: Query, kinds: readonly Query['kind'][]): string {
  const text = printQuery(query);
  return kinds.includes(query.kind) ? `(${text})` : text;
}

function printTerm({ subject, operator, values }: Term): string {
  const printed = values.map((value) => (isBare(value, operator) ? value : quoted(value)));
  const list = isList(operator) ? [`[${printed.join(', ')}]`] : printed;
  return [subjectText(subject), operator, ...list].join(' ');
}

function quoted(value: string): string {
  return value.includes("'") ? `"${value}"` : `'${value}'`;
}
