import type { PlacementConstraint, PlacementMode, PlacementStrategy } from '../../api/placement.ts';

/** How the tasks of a service, or a standalone one, are to be placed; the constraints of their definition come on top. */
export interface PlacementTerms {
  readonly mode: PlacementMode;
  readonly strategy: readonly PlacementStrategy[];
  readonly constraints: readonly PlacementConstraint[];
}
