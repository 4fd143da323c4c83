import { annotations, placementGate } from '../../../api/labels.ts';
import type { DefinitionConstraint } from '../../../api/placement.ts';
import type { PodPlacement } from '../../placement/operator/pod-placement.ts';
import type { PlacementTerms } from '../../placement/terms.ts';

/** What the pod of a task has that we place: it waits for us, and says how it is to be placed. */
export interface OperatorPlacement {
  readonly annotations: Readonly<Record<string, string>>;
  readonly gates: readonly { readonly name: string }[];
}

/** @param group as ECS names it: `service:web`. */
export function operatorPlacement(
  { strategy, constraints }: PlacementTerms,
  ofDefinition: readonly DefinitionConstraint[],
  group: string,
): OperatorPlacement {
  const placement: PodPlacement = { strategy, constraints: [...constraints, ...ofDefinition], group };
  return {
    annotations: { [annotations.placement]: JSON.stringify(placement) },
    gates: [{ name: placementGate }],
  };
}
