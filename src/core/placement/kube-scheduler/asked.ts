import type { PlacementConstraint } from '../../../api/placement.ts';
export interface NodeTerm {
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
  matchFields?: { key: string; operator: string; values?: string[] }[];
}
export interface Asked {
  readonly kind: 'asked';
  readonly nodes: readonly NodeTerm[];
  readonly beside: readonly string[];
  readonly apart: readonly string[];
  readonly approximated: readonly string[];
}
export function askedOf(
  _c: readonly PlacementConstraint[],
  _seen: unknown,
): Asked | { readonly kind: 'inexpressible'; readonly why: string } {
  return { kind: 'asked', nodes: [{}], beside: [], apart: [], approximated: [] };
}
