import type { TaskDefinitionSpec } from '../../../api/task-definition.ts';
import { queriesOf } from '../query/constraints.ts';
import { expressQueries, type ExpressedQueries } from '../query/node-terms.ts';
import type { KnownNodes } from '../query/node-affinity/literal.ts';
import { constraintsOf, type PlacementTerms } from '../terms.ts';

/** What a pod asks of its node for the constraints of its task. */
export type Asked = Pick<ExpressedQueries, 'terms' | 'affinity' | 'antiAffinity'>;

/** What a pod asks, and what of its constraints it cannot; nothing where its node is chosen by them beforehand. */
export function askedOf(terms: PlacementTerms, content: TaskDefinitionSpec, known: KnownNodes): ExpressedQueries {
  const queries = terms.mode === 'kube-scheduler' ? queriesOf(constraintsOf(terms, content)) : [];
  return expressQueries(queries, known);
}
