import { primaryOf, type DeploymentRecord } from './deployment.ts';
import { isRejected } from './outcome.ts';
import { isWanted, wantedOf } from './wanted.ts';
import type { ServiceStep, ServiceWorld } from './world.ts';

/** Those whose content the spec asks for though they have failed, or were stopped, in this very way; newest first. */
function rejections(world: ServiceWorld): readonly DeploymentRecord[] {
  const primary = primaryOf(world.deployments);
  const asked =
    primary && isWanted(world, primary) ? [primary] : world.deployments.filter((each) => isWanted(world, each));
  return asked.filter(isRejected).toSorted((a, b) => b.sequence - a.sequence);
}

/** The rejected deployment that the spec asks for: nothing is started for it, however often it is applied. */
export function rejectedOf(world: ServiceWorld): DeploymentRecord | undefined {
  return rejections(world)[0];
}

/** Once the spec asks for something else, what was rejected may be asked for again. */
export function liftSteps(world: ServiceWorld): ServiceStep[] {
  if (!wantedOf(world)) return [];
  const kept = new Set(rejections(world));
  return world.deployments.flatMap((deployment): ServiceStep[] => {
    const { outcome } = deployment;
    if (!outcome || !isRejected(deployment) || kept.has(deployment)) return [];
    return [{ kind: 'recordOutcome', deployment, outcome: { ...outcome, isRejected: false } }];
  });
}
