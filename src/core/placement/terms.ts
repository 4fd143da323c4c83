import type { ClusterSpec } from '../../api/cluster.ts';
import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import type { PlacementConstraint, PlacementMode, PlacementStrategy } from '../../api/placement.ts';

/** Whether tasks are packed: what is free on nodes counts then, for scale-in too. */
export function isPacked({ strategy }: PlacementTerms): boolean {
  return strategy.some(({ type }) => type === 'binpack');
}

/** How the tasks of a service, or a standalone one, are to be placed; the constraints of their definition come on top. */
export interface PlacementTerms {
  /** Who chooses their nodes. `daemon`: nobody, each node has a task of its own. */
  readonly mode: PlacementMode | 'daemon';
  readonly strategy: readonly PlacementStrategy[];
  readonly constraints: readonly PlacementConstraint[];
}

/** What of a service or a task says how its tasks are placed. */
interface Placed {
  readonly schedulingStrategy?: 'REPLICA' | 'DAEMON' | undefined;
  readonly placementStrategy?: readonly PlacementStrategy[] | undefined;
  readonly placementConstraints?: readonly PlacementConstraint[] | undefined;
  readonly kubernetes?: { readonly placement?: PlacementMode | undefined } | undefined;
}

/** The terms of a service or a task; who places is said by itself, else by its cluster, and else the kube-scheduler does. */
export function placementOf(
  { schedulingStrategy, placementStrategy = [], placementConstraints = [], kubernetes }: Placed,
  cluster: ClusterSpec | undefined,
): PlacementTerms {
  const placer = kubernetes?.placement ?? cluster?.kubernetes?.placement ?? 'kube-scheduler';
  return {
    mode: schedulingStrategy === 'DAEMON' ? 'daemon' : placer,
    strategy: placementStrategy,
    constraints: placementConstraints,
  };
}

/** All that binds a task: what its service or itself asks, and what its definition does. */
export function constraintsOf(
  { constraints }: PlacementTerms,
  { placementConstraints = [] }: Pick<TaskDefinitionSpec, 'placementConstraints'>,
): readonly PlacementConstraint[] {
  return [...constraints, ...placementConstraints];
}
