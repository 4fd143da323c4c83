import type { CapacityProvider, CapacityProviderStatus } from '../../api/capacity-provider.ts';
import type { NodeView } from '../../api/meta.ts';
import type { Instant } from '../../base/clock.ts';
import { nextConditions } from '../../base/conditions.ts';
import type { Plan } from '../../base/plan.ts';
import { readinessConditions, type Readiness } from '../../base/readiness.ts';
import { capacityOf } from './capacity.ts';
import { takesTasks } from './nodes.ts';
import { providerNameOf } from './provider.ts';

/** All that the status of a capacity provider sums up, read at one moment. */
export interface ProviderWorld {
  readonly now: Instant;
  readonly provider: CapacityProvider;
  /** metadata.name of the ECSCapacityProvider that has its name. */
  readonly holder: string;
  /** The nodes that belong to it. */
  readonly nodes: readonly NodeView[];
  /** How many of its tasks are RUNNING, and on their way there; undefined to who does not see all of them. */
  readonly tasks: { readonly running: number; readonly pending: number } | undefined;
}

/** A provider has nothing to start: its status says what belongs to it. */
export function planProvider(world: ProviderWorld): Plan<CapacityProviderStatus, never> {
  const { now, provider, nodes, tasks } = world;
  const observedGeneration = provider.metadata.generation ?? 0;
  const conditions = readinessConditions(readinessOf(world), observedGeneration);
  const status: CapacityProviderStatus = {
    observedGeneration,
    status: 'ACTIVE',
    // On Fargate each pod brings a node of its own, which nobody sizes or counts.
    ...(provider.spec.fargate ? {} : { nodes: nodes.length, readyNodes: nodes.filter(takesTasks).length }),
    ...(tasks && { runningTasksCount: tasks.running, pendingTasksCount: tasks.pending }),
    conditions: nextConditions(provider.status?.conditions, conditions, now.iso),
  };
  return { steps: [], status, events: [] };
}

/** A group may be empty, and grow once a task waits for it: no node is no fault. */
function readinessOf({ provider, holder, nodes }: ProviderWorld): Readiness {
  const { metadata, spec } = provider;
  const name = providerNameOf(provider);
  if (holder !== metadata.name) {
    const message = `providerName ${name} belongs to ECSCapacityProvider ${holder}: give this one another providerName, or delete that one.`;
    return { state: 'stalled', reason: 'CapacityProviderClash', message };
  }
  if (spec.fargate) return { state: 'ready', reason: 'Active', message: fargateMessage(spec.fargate.profile) };
  const ready = nodes.filter(takesTasks).length;
  if (ready > 0) {
    return { state: 'ready', reason: 'Active', message: `${String(ready)} of its nodes take tasks.` };
  }
  const which = nodes.length === 0 ? `No node has ${labelsOf(provider)}` : 'None of its nodes takes tasks';
  return { state: 'ready', reason: 'NoNodes', message: `${which}: tasks wait until one does.` };
}

function fargateMessage(profile: string | undefined): string {
  return profile === undefined
    ? 'Any Fargate profile that matches a pod takes it.'
    : `The Fargate profile ${profile} takes its tasks.`;
}

function labelsOf(provider: CapacityProvider): string {
  const labels = Object.entries(capacityOf(providerNameOf(provider), provider).provider.nodeLabels);
  const shown = labels.map(([key, value]) => `${key}=${value}`).join(' and ');
  return labels.length === 1 ? `the label ${shown}` : `the labels ${shown || '(any)'}`;
}
