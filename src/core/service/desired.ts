import type { ServiceSpec } from '../../api/service.ts';
import { daemonCountOf, isDaemon } from './daemon-nodes.ts';
import type { RollingBounds } from './rolling.ts';
import type { ServiceWorld } from './world.ts';

type Percents = Pick<RollingBounds, 'minimumHealthyPercent' | 'maximumPercent'>;

/** What holds where the spec says nothing (ECS API reference, DeploymentConfiguration). */
const defaults: Readonly<Record<ServiceSpec['schedulingStrategy'], Percents>> = {
  REPLICA: { minimumHealthyPercent: 100, maximumPercent: 200 },
  DAEMON: { minimumHealthyPercent: 0, maximumPercent: 100 },
};

/** The percentages that hold for the service. */
export function percentsOf({ schedulingStrategy, deploymentConfiguration }: ServiceSpec): Percents {
  const { minimumHealthyPercent, maximumPercent } = defaults[schedulingStrategy];
  return {
    minimumHealthyPercent: deploymentConfiguration.minimumHealthyPercent ?? minimumHealthyPercent,
    maximumPercent: deploymentConfiguration.maximumPercent ?? maximumPercent,
  };
}

/** How many tasks there should be. */
export function desiredCountOf(world: ServiceWorld): number {
  return isDaemon(world) ? daemonCountOf(world) : world.service.spec.desiredCount;
}

/** The bounds of the service's deployments. */
export function boundsOf(world: ServiceWorld): RollingBounds {
  return { desiredCount: desiredCountOf(world), ...percentsOf(world.service.spec) };
}
