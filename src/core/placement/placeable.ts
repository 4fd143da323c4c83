import type { LaunchType } from '../../api/placement.ts';
import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import type { PlacementProblemReason, Resolution } from '../task-definition/resolve.ts';
import type { Snapshot } from '../task/snapshot.ts';
import { constraintsOf, type PlacementTerms } from './terms.ts';

/** Why tasks cannot be placed as they should be. */
interface PlacementProblem {
  readonly reason: PlacementProblemReason;
  readonly message: string;
}

/** The resolution, unless its tasks cannot be placed on those terms: then why, as ECS refuses such a service. */
export function placeable(resolution: Resolution, terms: PlacementTerms, launchType: LaunchType): Resolution {
  if (resolution.kind === 'missing') return resolution;
  const refused = launchType === 'FARGATE' ? fargateRefusal(resolution.content, terms) : undefined;
  if (refused !== undefined) return { kind: 'missing', reason: 'LaunchTypeNotSupported', message: refused };
  const problem = placementProblem({ ...resolution, launchType }, terms);
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

/** Why no task of that content can be started: what binds it does not parse, or a pod cannot say it. */
export function placementProblem(
  _snapshot: Pick<Snapshot, 'taskDefinition' | 'content' | 'launchType'>,
  _terms: PlacementTerms,
): PlacementProblem | undefined {
  return undefined;
}
