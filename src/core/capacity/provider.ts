import type { CapacityProvider } from '../../api/capacity-provider.ts';
import type { Cluster } from '../../api/cluster.ts';
import { holderOf } from '../task-definition/resolve.ts';
import { fargate, fargateSpot, spotAdvice } from './fargate.ts';
import type { CapacityProblem } from './problem.ts';

/** What there is for the services and tasks of a cluster to run on. */
export interface CapacityOffer {
  readonly namespace: string;
  /** Undefined when there is none. */
  readonly cluster: Cluster | undefined;
  /** All of them, of whatever namespaces. */
  readonly providers: readonly CapacityProvider[];
}

/** A provider that tasks can run on. */
export interface UsableProvider {
  readonly kind: 'usable';
  /** What ECS would show. */
  readonly name: string;
  /** Undefined of FARGATE, which nobody has to make. */
  readonly object: CapacityProvider | undefined;
}

/** So many names are told. */
const mostNames = 10;

/** What ECS would call a provider. */
export function providerNameOf({ metadata, spec }: CapacityProvider): string {
  return spec.providerName ?? metadata.name;
}

/** The one that has the provider's name, where several claim it. */
export function holderOfName(name: string, providers: readonly CapacityProvider[]): CapacityProvider | undefined {
  return holderOf(providers.filter((each) => providerNameOf(each) === name));
}

/** The provider of that name, by metadata.name first; or why nothing can run on it, beginning with what it is. */
export function providerOf(reference: string, offer: CapacityOffer): UsableProvider | CapacityProblem {
  const { providers } = offer;
  const object = providers.find(({ metadata }) => metadata.name === reference) ?? holderOfName(reference, providers);
  const name = object ? providerNameOf(object) : reference;
  if (!object && reference !== fargate) return problem('CapacityProviderNotFound', unknown(reference, offer));
  return (object && objectProblem(object, offer)) ?? clusterProblem(name, offer) ?? { kind: 'usable', name, object };
}

function unknown(reference: string, { providers, namespace }: CapacityOffer): string {
  if (reference === fargateSpot) return `capacity provider ${fargateSpot}, and ${spotAdvice}.`;
  const allowed = providers.filter((each) => isAllowed(each, namespace)).map(providerNameOf);
  const names = [...new Set([...allowed, fargate])].toSorted();
  const rest = names.length > mostNames ? ` and ${String(names.length - mostNames)} more` : '';
  return `capacity provider ${reference}, which does not exist: there are ${names.slice(0, mostNames).join(', ')}${rest}.`;
}

function objectProblem(object: CapacityProvider, { providers, namespace }: CapacityOffer): CapacityProblem | undefined {
  const name = providerNameOf(object);
  const holder = holderOfName(name, providers);
  const own = object.metadata.name;
  if (holder !== undefined && holder !== object) {
    const message = `ECSCapacityProvider ${own}, whose providerName ${name} belongs to ECSCapacityProvider ${holder.metadata.name}.`;
    return problem('CapacityProviderClash', message);
  }
  if (object.metadata.deletionTimestamp !== undefined) {
    return problem('CapacityProviderDeleting', `capacity provider ${name}, which is being deleted.`);
  }
  if (isAllowed(object, namespace)) return undefined;
  const allowed = (object.spec.allowedNamespaces ?? []).join(', ') || '(none)';
  const message = `capacity provider ${name}, which namespace ${namespace} may not use: its allowedNamespaces are ${allowed}.`;
  return problem('CapacityProviderNotAllowed', message);
}

function isAllowed({ spec }: CapacityProvider, namespace: string): boolean {
  return spec.allowedNamespaces?.includes(namespace) ?? true;
}

/** A cluster that lists none leaves it to the providers themselves. */
function clusterProblem(name: string, { cluster, providers }: CapacityOffer): CapacityProblem | undefined {
  const listed = cluster?.spec.capacityProviders;
  if (cluster === undefined || listed === undefined) return undefined;
  const isListed = listed.some((each) => {
    const object = providers.find(({ metadata }) => metadata.name === each);
    return name === (object ? providerNameOf(object) : each);
  });
  if (isListed) return undefined;
  const message = `capacity provider ${name}, which is not among the capacityProviders of ECSCluster ${cluster.metadata.name} (${listed.join(', ') || 'none'}).`;
  return problem('CapacityProviderNotInCluster', message);
}

function problem(reason: CapacityProblem['reason'], message: string): CapacityProblem {
  return { kind: 'missing', reason, message };
}
