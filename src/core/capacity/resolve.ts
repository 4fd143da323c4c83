import type { Cluster } from '../../api/cluster.ts';
import type { CapacityProviderStrategyItem, LaunchType } from '../../api/placement.ts';
import { capacityOf, type Capacity } from './capacity.ts';
import { fargate, fargateSpot } from './fargate.ts';
import type { CapacityProblem } from './problem.ts';
import { providerOf, type CapacityOffer } from './provider.ts';

/** What a service or a task says of what it runs on. */
export interface CapacityRequest {
  readonly launchType?: LaunchType | undefined;
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[] | undefined;
  /** Of a service. */
  readonly fallback?: readonly string[] | undefined;
}

/** A provider's part of a strategy, by the name that ECS would show. */
export interface Share extends CapacityProviderStrategyItem {
  readonly capacity: Capacity;
}

/** What tasks run on, or why nothing can be started. */
export type CapacityResolution =
  | {
      readonly kind: 'found';
      /** What a task definition has to fit: FARGATE for both of ECS's Fargate providers, whatever they are mapped to. */
      readonly launchType: LaunchType;
      /** None when tasks are started by their launch type. */
      readonly shares: readonly Share[];
      /** Those that stand in for what has no room, the first one first; absent when there are none. */
      readonly fallbacks?: readonly Share[];
    }
  | CapacityProblem;

/**
 * What a service or a task runs on, in ECS's order (Developer Guide, "Amazon ECS capacity providers"): its launch type,
 * its strategy, the default strategy of its cluster, EC2.
 */
export function resolveCapacity(request: CapacityRequest, offer: CapacityOffer): CapacityResolution {
  const resolution = resolveOwn(request, offer);
  const { fallback: order = [] } = request;
  if (resolution.kind === 'missing' || resolution.shares.length === 0 || order.length === 0) return resolution;
  const items = order.map((capacityProvider) => ({ capacityProvider, weight: 0, base: 0 }));
  const where = 'kubernetes.capacityProviderFallback.order';
  const fallbacks = resolveStrategy(items, offer, where);
  if (fallbacks.kind === 'missing') return fallbacks;
  const mixed =
    resolution.launchType === fallbacks.launchType
      ? undefined
      : problemOf([...resolution.shares, ...fallbacks.shares], where);
  return mixed ?? { ...resolution, fallbacks: fallbacks.shares };
}

function resolveOwn(request: CapacityRequest, offer: CapacityOffer): CapacityResolution {
  const { launchType, capacityProviderStrategy = [] } = request;
  if (launchType !== undefined) return { kind: 'found', launchType, shares: [] };
  if (capacityProviderStrategy.length > 0) {
    return resolveStrategy(capacityProviderStrategy, offer, 'capacityProviderStrategy');
  }
  if (offer.cluster === undefined) {
    const message = 'There is no cluster whose default strategy says what tasks run on.';
    return { kind: 'missing', reason: 'ClusterNotFound', message };
  }
  return resolveDefault(offer.cluster, offer);
}

/** What the default strategy of a cluster comes to: EC2 when it has none. */
export function resolveDefault({ metadata, spec }: Cluster, offer: CapacityOffer): CapacityResolution {
  const { defaultCapacityProviderStrategy: strategy = [] } = spec;
  if (strategy.length === 0) return { kind: 'found', launchType: 'EC2', shares: [] };
  return resolveStrategy(strategy, offer, `defaultCapacityProviderStrategy of ECSCluster ${metadata.name}`);
}

function resolveStrategy(
  strategy: readonly CapacityProviderStrategyItem[],
  offer: CapacityOffer,
  where: string,
): CapacityResolution {
  const shares: Share[] = [];
  for (const { capacityProvider, weight, base } of strategy) {
    const provider = providerOf(capacityProvider, offer);
    if (provider.kind === 'missing') return { ...provider, message: `${where} names ${provider.message}` };
    const name = provider.name;
    shares.push({ capacityProvider: name, weight, base, capacity: capacityOf(name, provider.object) });
  }
  return problemOf(shares, where) ?? { kind: 'found', launchType: launchTypeOf(shares), shares };
}

/** What is wrong with providers that are all right by themselves. */
function problemOf(shares: readonly Share[], where: string): CapacityProblem | undefined {
  const names = shares.map(({ capacityProvider }) => capacityProvider);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  const reason = 'InvalidCapacityProviderStrategy';
  if (twice !== undefined) {
    return {
      kind: 'missing',
      reason,
      message: `${where} names capacity provider ${twice} twice, by both of its names.`,
    };
  }
  const onFargate = shares.filter(isFargate).map(({ capacityProvider }) => capacityProvider);
  if (onFargate.length === 0 || onFargate.length === shares.length) return undefined;
  const onNodes = names.filter((name) => !onFargate.includes(name));
  const message = `${where} mixes Fargate (${onFargate.join(', ')}) with nodes (${onNodes.join(', ')}): a strategy has one of the two.`;
  return { kind: 'missing', reason, message };
}

function launchTypeOf(shares: readonly Share[]): LaunchType {
  return shares.some(isFargate) ? 'FARGATE' : 'EC2';
}

function isFargate({ capacityProvider, capacity }: Share): boolean {
  return capacityProvider === fargate || capacityProvider === fargateSpot || capacity.launchType === 'FARGATE';
}

/** How its tasks are launched, in ECS's sense: EC2 where that cannot be told. */
export function familyOfCapacity(capacity: CapacityResolution): LaunchType {
  return capacity.kind === 'found' ? capacity.launchType : 'EC2';
}
