import { labels, managedBy } from '../../api/labels.ts';
import type { DisruptionBudget } from '../../api/meta.ts';
import type { Service } from '../../api/service.ts';
import { contentHash } from '../../base/hash.ts';
import { selects, type Labels } from '../../base/label-selector.ts';
import { percentsOf } from './desired.ts';
import { lowerBound } from './rolling.ts';

/** All that a decision about a service's budget rests on. */
export interface BudgetWorld {
  readonly service: Service;
  /** The one under the service's own name for it, if there is one. */
  readonly own: DisruptionBudget | undefined;
  /** Those of the namespace that belong to no service. */
  readonly others: readonly DisruptionBudget[];
  /** The labels of the pods of its tasks. */
  readonly tasks: readonly Labels[];
}

export type BudgetStep =
  | { readonly kind: 'createBudget'; readonly budget: NewBudget }
  | { readonly kind: 'changeBudget'; readonly budget: DisruptionBudget; readonly spec: BudgetSpec }
  | { readonly kind: 'removeBudget'; readonly budget: DisruptionBudget };

/** A budget that does not exist yet. */
export interface NewBudget {
  readonly apiVersion: 'policy/v1';
  readonly kind: 'PodDisruptionBudget';
  readonly metadata: { readonly name: string; readonly labels: Labels };
  readonly spec: BudgetSpec;
}

interface BudgetSpec {
  readonly minAvailable: number;
  readonly selector: { readonly matchLabels: Labels };
  /** Tasks that are not Ready may always be evicted: a service that is down must not keep its nodes. */
  readonly unhealthyPodEvictionPolicy: 'AlwaysAllow';
}

/**
 * One look at a service's PodDisruptionBudget, which has evictions by others (drains, upgrades, consolidation) keep the
 * healthy minimum. Where somebody else's budget selects its tasks there is none: the API server evicts no pod that two
 * of them select.
 */
export function planBudget(world: BudgetWorld): { readonly steps: readonly BudgetStep[] } {
  const { service, own, others } = world;
  const name = budgetNameOf(service);
  if (own?.metadata.deletionTimestamp !== undefined) return { steps: [] };
  if (others.some(({ metadata }) => metadata.name === name)) return { steps: [] };
  const spec = isCovered(world) ? undefined : budgetSpec(service);
  if (own === undefined) return { steps: spec ? [{ kind: 'createBudget', budget: newBudget(service, spec) }] : [] };
  if (spec === undefined) return { steps: [{ kind: 'removeBudget', budget: own }] };
  return { steps: isSame(own, spec) ? [] : [{ kind: 'changeBudget', budget: own, spec }] };
}

/**
 * How many tasks evictions leave; undefined when that is no business of ours. One less than all of them, so that nodes
 * can be emptied one task after another, unless the user wants the whole minimum.
 */
export function minAvailableOf({ spec }: Service): number | undefined {
  const { desiredCount, kubernetes, schedulingStrategy } = spec;
  // A node that is emptied takes its DAEMON's task along.
  if (schedulingStrategy === 'DAEMON') return undefined;
  const lower = lowerBound({ desiredCount, ...percentsOf(spec) });
  const kept = kubernetes?.disruptionBudget === 'strict' ? lower : Math.min(lower, desiredCount - 1);
  return kubernetes?.disruptionBudget === 'none' || kept <= 0 ? undefined : kept;
}

/** Of the service's uid too: a budget that somebody has named after the service is another one. */
export function budgetNameOf({ metadata: { name, uid } }: Service): string {
  return `${name}-${contentHash([uid]).slice(0, 12)}`;
}

function isCovered({ others, tasks }: BudgetWorld): boolean {
  return others.some(({ spec }) => tasks.some((task) => selects(spec?.selector, task)));
}

function budgetSpec(service: Service): BudgetSpec | undefined {
  const minAvailable = minAvailableOf(service);
  if (minAvailable === undefined) return undefined;
  const selector = { matchLabels: { [labels.service]: service.metadata.name } };
  return { minAvailable, selector, unhealthyPodEvictionPolicy: 'AlwaysAllow' };
}

function newBudget(service: Service, spec: BudgetSpec): NewBudget {
  const own = { [labels.managedBy]: managedBy, [labels.service]: service.metadata.name };
  const metadata = { name: budgetNameOf(service), labels: own };
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec };
}

function isSame({ spec }: DisruptionBudget, wanted: BudgetSpec): boolean {
  return contentHash([spec]) === contentHash([wanted]);
}
