import type { ContainerFacts, TaskFacts } from './facts.ts';

/**
 * Why a container never starts though nothing is wrong with itself: what it waits for has failed, or will never start.
 * Undefined when it has run, or may yet. In the words of the ECS agent (dependency graph).
 * @param hasFailed whether a container that has not run never will, for a reason of its own.
 */
export function unmetDependency(
  target: ContainerFacts,
  { containers }: Pick<TaskFacts, 'containers'>,
  hasFailed: (container: ContainerFacts) => boolean,
): string | undefined {
  if (target.hasRun) return undefined;
  // Who waits for what waits for it: in the annotation, which anybody may damage, that may go round in circles.
  const others = containers.filter((each) => each !== target);
  for (const { containerName, condition } of target.dependsOn ?? []) {
    const dependency = others.find(({ name }) => name === containerName);
    const failure = dependency && failureOf(dependency, condition);
    if (failure !== undefined) return `${failure[0]} [${containerName}] for target [${target.name}]${failure[1]}.`;
    if (dependency && !dependency.hasRun && neverStarts(dependency, others)) {
      return `failed to resolve the container ordering dependency [${containerName}] for target [${target.name}].`;
    }
  }
  return undefined;

  function neverStarts(dependency: ContainerFacts, among: readonly ContainerFacts[]): boolean {
    return hasFailed(dependency) || unmetDependency(dependency, { containers: among }, hasFailed) !== undefined;
  }
}

/** How a dependency that has run fails those that wait for it: what to say before its name, and after. */
function failureOf(
  dependency: ContainerFacts,
  condition: NonNullable<ContainerFacts['dependsOn']>[number]['condition'],
): readonly [string, string] | undefined {
  if (!dependency.hasRun) return undefined;
  if (condition === 'HEALTHY' && hasTimedOut(dependency)) return ['container ordering dependency', ' has timed out'];
  if (condition !== 'SUCCESS' || dependency.exit === undefined || dependency.exit.exitCode === 0) return undefined;
  return ['failed to resolve container ordering dependency', ' as dependency did not exit successfully'];
}

/**
 * Whether its startup probe has ended a container: then it has lasted until the last check in its startTimeout. Of one
 * that was HEALTHY before, all that wait for it have started, and do not ask any more.
 */
function hasTimedOut({ startedAt, exitedAt, healthyWithin }: ContainerFacts): boolean {
  if (startedAt === undefined || exitedAt === undefined || healthyWithin === undefined) return false;
  return Date.parse(exitedAt) - Date.parse(startedAt) >= healthyWithin * 1000;
}
