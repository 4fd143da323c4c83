import { annotations } from '../../api/labels.ts';
import { defined } from '../../base/defined.ts';
import { clip } from '../../base/text.ts';
import type { Snapshot } from '../task/snapshot.ts';
import { newDeployment, type DeploymentOrigin, type DeploymentRecord } from './deployment.ts';
import { isEnded } from './outcome.ts';
import { rejectedOf } from './rejection.ts';
import { hasTasks, rollbackStep } from './rollback.ts';
import { isWanted, wantedOf } from './wanted.ts';
import type { ServiceStep, ServiceWorld } from './world.ts';

/** What a status takes. */
const longestCause = 256;

/**
 * The step that makes what the spec asks for the PRIMARY deployment, or, where that has failed, what is deployed in its
 * place; undefined when it is, or cannot be yet. What is rejected is not begun.
 */
export function beginDeployment(world: ServiceWorld, primary: DeploymentRecord | undefined): ServiceStep | undefined {
  const wanted = wantedOf(world);
  if (primary && (!wanted || isWanted(world, primary) || rejectedOf(world))) return rollbackStep(world, primary);
  if (!wanted) return undefined;
  const { service, deployments } = world;
  const origin = originOf(world, primary, wanted.snapshot);
  const earlier = deployments.find((each) => isWanted(world, each) && !isEnded(each) && hasTasks(world, each));
  if (earlier && primary) {
    return { kind: 'promoteDeployment', deployment: earlier, sequence: primary.sequence + 1, origin };
  }
  const next = newDeployment(service.metadata.uid, deployments, wanted.snapshot);
  return { kind: 'createDeployment', deployment: { ...next, origin } };
}

function originOf(
  { service }: ServiceWorld,
  primary: DeploymentRecord | undefined,
  wanted: Snapshot,
): DeploymentOrigin {
  const given = service.metadata.annotations?.[annotations.changeCause] ?? '';
  const cause = primary ? causeOf(service.spec.taskDefinition, primary.snapshot, wanted) : 'SERVICE_CREATED';
  return { cause, ...defined('changeCause', given === '' ? undefined : clip(given, longestCause)) };
}

/** A family that is followed has a new revision; whoever names a revision has changed the spec. */
function causeOf(reference: string, before: Snapshot, wanted: Snapshot): DeploymentOrigin['cause'] {
  if (wanted.taskDefinition !== before.taskDefinition) return reference.includes(':') ? 'SPEC_CHANGED' : 'NEW_REVISION';
  return wanted.force !== undefined && wanted.force !== before.force ? 'FORCED' : 'SPEC_CHANGED';
}
