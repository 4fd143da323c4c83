import type { CapacityProvider } from '../api/capacity-provider.ts';
import { hasLabels } from '../base/label-selector.ts';
import { capacityProviderValue, labels } from '../api/labels.ts';
import type { NodeView, PodView } from '../api/meta.ts';
import { capacityOf } from '../core/capacity/capacity.ts';
import { isFargateNode, isProviderNews } from '../core/capacity/nodes.ts';
import { planProvider, type ProviderWorld } from '../core/capacity/plan.ts';
import { holderOfName, providerNameOf } from '../core/capacity/provider.ts';
import { defineController, watch, type Controller } from '../kube/controller.ts';
import { keyOf } from '../kube/resource.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { indexes, providedAs } from './caches.ts';
import { isNewSpec } from './capacity.ts';
import { capacityProviders, nodes, pods } from './resources.ts';

/**
 * Sums up the nodes and tasks of ECSCapacityProviders.
 * @param seesAllTasks an operator of some namespaces counts none: each of several would write another number.
 */
export function capacityProviderController({ seesAllTasks }: { readonly seesAllTasks: boolean }): Controller {
  return defineController({
    name: 'capacity-provider',
    resource: capacityProviders,
    watches: [
      watch(nodes, nodeKeys, isProviderNews),
      watch(pods, podKeys, (before, after) => providedAs(before).join() !== providedAs(after).join()),
      // A name that is free again is for those who waited for it.
      watch(capacityProviders, claimantKeys, isNewSpec),
    ],
    writes: [],
    observe: (provider, stores, now): ProviderWorld => ({
      now,
      provider,
      holder: holderOf(provider, stores),
      nodes: stores
        .of(nodes)
        .list()
        .filter((node) => isOwn(node, provider)),
      tasks: seesAllTasks ? tasksOf(provider, stores) : undefined,
    }),
    plan: planProvider,
    render: (step: never) => step,
    conclude: (_world, plan) => plan,
  });
}

function nodeKeys(node: NodeView, stores: Stores): string[] {
  return providersWhere(stores, (provider) => isOwn(node, provider));
}

function podKeys({ metadata }: PodView, stores: Stores): string[] {
  const value = metadata.labels?.[labels.capacityProvider];
  if (value === undefined) return [];
  return providersWhere(stores, (provider) => capacityProviderValue(providerNameOf(provider)) === value);
}

function claimantKeys(provider: CapacityProvider, stores: Stores): string[] {
  const name = providerNameOf(provider);
  return providersWhere(stores, (each) => each !== provider && providerNameOf(each) === name);
}

function providersWhere(stores: Stores, is: (provider: CapacityProvider) => boolean): string[] {
  return stores.of(capacityProviders).list().filter(is).map(keyOf);
}

/** Whether a node belongs to a provider; none does to Fargate. */
function isOwn(node: NodeView, provider: CapacityProvider): boolean {
  const { launchType, provider: own } = capacityOf(providerNameOf(provider), provider);
  return launchType === 'EC2' && !isFargateNode(node) && hasLabels(node.metadata.labels ?? {}, own.nodeLabels);
}

/** metadata.name of the one that has the name of `provider`. */
function holderOf(provider: CapacityProvider, stores: Stores): string {
  const holder = holderOfName(providerNameOf(provider), stores.of(capacityProviders).list());
  return (holder ?? provider).metadata.name;
}

function tasksOf(provider: CapacityProvider, stores: Stores): NonNullable<ProviderWorld['tasks']> {
  if (holderOf(provider, stores) !== provider.metadata.name) return { running: 0, pending: 0 };
  const value = capacityProviderValue(providerNameOf(provider));
  const count = (state: string): number => stores.of(pods).byIndex(indexes.provided, `${value}/${state}`).length;
  return { running: count('running'), pending: count('pending') };
}
