import type { Service } from '../../api/service.ts';
import { defined } from '../../base/defined.ts';
import { memo } from '../../base/memo.ts';
import { launchVolumesOf } from '../task/launch-volumes.ts';
import type { Snapshot } from '../task/snapshot.ts';
import { deploymentHash, type DeploymentRecord } from './deployment.ts';
import { routingContentOf } from './routing/content.ts';
import type { ServiceWorld } from './world.ts';

/** What the spec asks to be deployed. */
export interface Wanted {
  readonly snapshot: Snapshot;
  readonly hash: string;
}

/** Undefined while that is not known, or nothing can be deployed. Told once for each world. */
export const wantedOf = memo((world: ServiceWorld): Wanted | undefined => {
  const { service, cluster, resolution, capacity } = world;
  if (cluster === undefined || resolution.kind === 'missing' || capacity.kind === 'missing') return undefined;
  const { taskDefinition, content } = resolution;
  const { launchType } = capacity;
  const snapshot = {
    taskDefinition,
    content,
    launchType,
    ...launchVolumesOf(service.spec),
    ...routingContentOf(service.spec),
    ...forceOf(service),
  };
  return { snapshot, hash: deploymentHash(snapshot) };
});

function forceOf({ spec: { kubernetes } }: Service): Pick<Snapshot, 'force'> {
  return defined('force', kubernetes?.forceNewDeployment);
}

/**
 * Whether the spec asks for what the deployment deploys. A spec without `forceNewDeployment` asks for the content alone:
 * whoever takes the text away again has forced nothing.
 */
export function isWanted(world: ServiceWorld, { hash, snapshot: { force } }: DeploymentRecord): boolean {
  const wanted = wantedOf(world);
  if (!wanted) return false;
  if (force === undefined || wanted.snapshot.force !== undefined) return hash === wanted.hash;
  return hash === deploymentHash({ ...wanted.snapshot, force });
}
