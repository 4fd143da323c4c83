import type { Query } from './query.ts';

/** The parts that must all hold, with `not` before single comparisons alone. */
export function conjunctsOf(query: Query): readonly Query[] {
  return flattened(pushed(query, false));
}

function flattened(query: Query): readonly Query[] {
  return query.kind === 'and' ? [...flattened(query.left), ...flattened(query.right)] : [query];
}

/** De Morgan's laws. */
function pushed(query: Query, isNegated: boolean): Query {
  switch (query.kind) {
    case 'and':
    case 'or': {
      const kind = isNegated === (query.kind === 'and') ? 'or' : 'and';
      return { kind, left: pushed(query.left, isNegated), right: pushed(query.right, isNegated) };
    }
    case 'not':
      return pushed(query.query, !isNegated);
    case 'term':
      return isNegated ? { kind: 'not', query } : query;
  }
}
