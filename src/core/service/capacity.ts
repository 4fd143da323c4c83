import type { CapacityProviderStrategyItem } from '../../api/placement.ts';
import type { Service } from '../../api/service.ts';
import type { Capacity } from '../capacity/capacity.ts';
import type { CapacityOffer } from '../capacity/provider.ts';
import { resolveCapacity, type CapacityResolution, type Share } from '../capacity/resolve.ts';
import { countByProvider, nextProviders } from '../capacity/strategy.ts';
import type { TaskView } from '../task/view.ts';
import type { DeploymentRecord } from './deployment.ts';
import { fallbackOf, placedOn } from './fallback.ts';
import { outdatedOf } from './outdated.ts';
import type { Rollout } from './progress.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceWorld } from './world.ts';

/** What each of the tasks runs on that a roll-out starts; as many as may be started. */
export function nextCapacities(world: ServiceWorld, { primary, rolling }: Rollout): Capacity[] {
  const shares = sharesOf(world, primary);
  if (!shares) return [];
  const { launchType } = primary.snapshot;
  if (rolling.nodes) return rolling.nodes.slice(0, rolling.start).map((node) => ({ launchType, node }));
  if (shares.length === 0) return Array.from({ length: rolling.start }, () => ({ launchType }));
  const own = staying(world, { primary, rolling }).map(({ provider, standsFor = provider }) => ({
    provider: standsFor,
  }));
  return placedOn(nextProviders(shares, countByProvider(own), rolling.start), world);
}

/**
 * The tasks that the shares are counted by: of older deployments, on nodes that are drained or lost, and among those that
 * are moved to another provider, none stays, and the shares are right once those are gone.
 */
function staying(world: ServiceWorld, { primary }: Rollout): readonly TaskView[] {
  const { live, leaving } = whereaboutsOf(world);
  const { moving } = fallbackOf(world);
  const own = live.filter((task) => task.deployment === primary.digits);
  const outdated = outdatedOf(world);
  return own.filter((task) => !moving.has(task) && !leaving.has(task) && !outdated.has(task));
}

/**
 * The strategy that tasks of the PRIMARY deployment are started by; none of its items when they are by its launch type.
 * ECS refuses a strategy that names what there is not, and the service goes on with the one before: so it does here, as
 * far as the status remembers it. Undefined when that is gone as well: then nothing can be started.
 */
export function sharesOf(world: ServiceWorld, { snapshot }: DeploymentRecord): readonly Share[] | undefined {
  const { capacity, lastCapacity } = world;
  const fits = [capacity, lastCapacity].find(
    (each) => each.kind === 'found' && each.launchType === snapshot.launchType,
  );
  if (fits?.kind === 'found') return fits.shares;
  return lastCapacity.kind === 'found' ? [] : undefined;
}

/** What the spec says that the tasks of a service run on: a DAEMON is on nodes, whatever the default strategy is. */
export function capacityOfService({ spec }: Service, offer: CapacityOffer): CapacityResolution {
  if (spec.schedulingStrategy === 'DAEMON') return resolveCapacity({ launchType: 'EC2' }, offer);
  return resolveCapacity({ ...spec, fallback: spec.kubernetes?.capacityProviderFallback?.order }, offer);
}

/** What the status says that the tasks of a service run on: by their launch type where it says nothing. */
export function lastCapacityOf({ status }: Service, offer: CapacityOffer): CapacityResolution {
  const { capacityProviderStrategy = [] } = status ?? {};
  if (capacityProviderStrategy.length === 0) return { kind: 'found', launchType: 'EC2', shares: [] };
  return resolveCapacity({ capacityProviderStrategy }, offer);
}

/** A strategy as ECS shows it. */
export function shownStrategy(shares: readonly Share[]): CapacityProviderStrategyItem[] {
  return shares.map(({ capacityProvider, weight, base }) => ({ capacityProvider, weight, base }));
}
