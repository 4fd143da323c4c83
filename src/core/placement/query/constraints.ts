import { parseQuery } from './parse.ts';
import type { Query } from './query.ts';

/** A placement constraint of whatever kind. */
export interface Constraint {
  readonly type: string;
  readonly expression?: string | undefined;
}

/** What is wrong with the first expression that does not parse, with its path; undefined when all do. */
export function constraintProblem(constraints: readonly Constraint[], path: string): string | undefined {
  for (const [index, { expression }] of constraints.entries()) {
    const parsed = expression === undefined ? undefined : parseQuery(expression);
    if (parsed?.kind === 'invalid') return `${path}[${String(index)}].expression: ${parsed.message}`;
  }
  return undefined;
}

/** What the constraints ask of a node, all of it. One that does not parse was refused before. */
export function queriesOf(constraints: readonly Constraint[]): readonly Query[] {
  return constraints.flatMap(({ expression }) => {
    const parsed = expression === undefined ? undefined : parseQuery(expression);
    return parsed?.kind === 'query' ? [parsed.query] : [];
  });
}
