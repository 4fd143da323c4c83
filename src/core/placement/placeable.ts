import type { LaunchType } from '../../api/placement.ts';
import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import { clip } from '../../base/text.ts';
import type { PlacementProblemReason, Resolution } from '../task-definition/resolve.ts';
import { askedOf } from './kube-scheduler/asked.ts';
import { constraintProblem, queriesOf, type Constraint } from './query/constraints.ts';
import { isStatic } from './query/evaluate.ts';
import { printQuery } from './query/print.ts';
import type { KnownNodes } from './query/node-affinity/literal.ts';
import { constraintsOf, type PlacementTerms } from './terms.ts';

/** Of what a pod cannot say: there may be ten constraints of two thousand characters. */
const longestList = 1200;

/** Of an expression, in a sentence. */
const longestQuery = 200;

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
  const unsteady = terms.mode === 'daemon' ? unsteadyProblem(constraintsOf(terms, content)) : undefined;
  if (unsteady !== undefined) return { reason: 'InvalidPlacementConstraint', message: unsteady };
  const { inexpressible } = askedOf(terms, content, known);
  if (inexpressible.length === 0) return undefined;
  const message = `A pod cannot say all that the placement constraints ask. ${clip(inexpressible.join(' '), longestList)} No task is started without it: set kubernetes.placement to operator, which keeps all constraints, or change them.`;
  return { reason: 'PlacementNotExpressible', message };
}

/** A node that matches has a task of a DAEMON: it would come and go with the tasks of others. */
function unsteadyProblem(constraints: readonly Constraint[]): string | undefined {
  const unsteady = queriesOf(constraints).find((query) => !isStatic(query));
  if (!unsteady) return undefined;
  return `placementConstraints of a DAEMON service ask for attributes, ec2InstanceId or registeredAt, which a node keeps, and ${clip(printQuery(unsteady), longestQuery)} asks for more.`;
}
