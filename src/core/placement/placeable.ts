import type { LaunchType } from '../../api/placement.ts';
import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import { clip } from '../../base/text.ts';
import type { PlacementProblemReason, Resolution } from '../task-definition/resolve.ts';
import { askedOf } from './kube-scheduler/asked.ts';
import { constraintProblem } from './query/constraints.ts';
import type { KnownNodes } from './query/node-affinity/literal.ts';
import { constraintsOf, type PlacementTerms } from './terms.ts';

/** Of what a pod cannot say: there may be ten constraints of two thousand characters. */
const longestList = 1200;

/** Why tasks cannot be placed as they should be. */
interface PlacementProblem {
  readonly reason: PlacementProblemReason;
  readonly message: string;
}

/** How tasks are to be placed, and on what. */
export interface Placing {
  readonly terms: PlacementTerms;
  readonly known: KnownNodes;
  readonly launchType: LaunchType;
}

/** The resolution, unless its tasks cannot be placed on those terms: then why, as ECS refuses such a service. */
export function placeable(resolution: Resolution, { terms, known, launchType }: Placing): Resolution {
  if (resolution.kind === 'missing') return resolution;
  const refused = launchType === 'FARGATE' ? fargateRefusal(resolution.content, terms) : undefined;
  if (refused !== undefined) return { kind: 'missing', reason: 'LaunchTypeNotSupported', message: refused };
  const problem = placementProblem(resolution, terms, known);
  return problem ? { kind: 'missing', ...problem } : resolution;
}

/** In ECS's words, with the field that says so. */
function fargateRefusal(content: TaskDefinitionSpec, terms: PlacementTerms): string | undefined {
  if (constraintsOf(terms, content).length > 0) {
    return 'Placement constraints are not supported with FARGATE launch type: leave placementConstraints out, of the task definition too.';
  }
  if (terms.strategy.length === 0) return undefined;
  return 'Placement strategies are not supported with FARGATE launch type: leave placementStrategy out.';
}

/** Why no task of that content can be started: what binds it cannot be read, or its pod cannot say it. */
export function placementProblem(
  { taskDefinition, content }: { readonly taskDefinition: string; readonly content: TaskDefinitionSpec },
  terms: PlacementTerms,
  known: KnownNodes,
): PlacementProblem | undefined {
  const unread =
    constraintProblem(terms.constraints, 'placementConstraints') ??
    constraintProblem(content.placementConstraints ?? [], `placementConstraints of ${taskDefinition}`);
  if (unread !== undefined) return { reason: 'InvalidPlacementConstraint', message: `${unread}.` };
  const { inexpressible } = askedOf(terms, content, known);
  if (inexpressible.length === 0) return undefined;
  const message = `A pod cannot say all that the placement constraints ask. ${clip(inexpressible.join(' '), longestList)} No task is started without it: set kubernetes.placement to operator, which keeps all constraints, or change them.`;
  return { reason: 'PlacementNotExpressible', message };
}
