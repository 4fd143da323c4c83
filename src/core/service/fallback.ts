import type { ServiceStatus } from '../../api/service-status.ts';
import { instantOf } from '../../base/clock.ts';
import { memo } from '../../base/memo.ts';
import type { Capacity } from '../capacity/capacity.ts';
import { nextOutages, roomOf, type FallbackTerms, type Outage, type ProviderSight } from '../capacity/fallback.ts';
import type { Share } from '../capacity/resolve.ts';
import { countByProvider } from '../capacity/strategy.ts';
import { waitsForNode, type TaskView } from '../task/view.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceWorld } from './world.ts';

/** What becomes of a service's tasks where capacity providers have no room, if it has others to stand in. */
export interface Fallback {
  readonly outages: readonly Outage[];
  /** Tasks to be moved: to a provider that stands in, or back. */
  readonly moving: ReadonlySet<TaskView>;
  /** Tasks that wait for a node of a provider that is being tried: beside those that the service needs. */
  readonly onTrial: ReadonlySet<TaskView>;
  /** Epoch ms at which it is to be looked at again. */
  readonly turnsAtMs?: number;
}

const none: Fallback = { outages: [], moving: new Set(), onTrial: new Set() };

/** Told once for each world. */
export const fallbackOf = memo((world: ServiceWorld): Fallback => {
  const terms = termsOf(world);
  if (!terms || world.capacity.kind === 'missing') return none;
  const { live } = whereaboutsOf(world);
  const names = [...world.capacity.shares, ...fallbacksOf(world)].map(({ capacityProvider }) => capacityProvider);
  const sights = [...new Set(names)].map((provider) => sightOf(provider, live));
  const at = { terms, nowMs: world.now.epochMs };
  const { outages, turnsAtMs } = nextOutages(outagesIn(world.service.status), sights, at);
  const tried = new Set(outages.filter(({ trial }) => trial).map(({ provider }) => provider));
  return {
    outages,
    moving: new Set([...stranded(world, live, outages), ...returning(live, outages)]),
    onTrial: new Set(live.filter((task) => waitsForNode(task) && tried.has(task.provider ?? ''))),
    ...(turnsAtMs !== undefined && { turnsAtMs }),
  };
});

/** What each of these is started on: on itself while it has room, else on the first that stands in and has some. */
export function placedOn(wanted: readonly Share[], world: ServiceWorld): Capacity[] {
  const { outages } = fallbackOf(world);
  if (outages.length === 0) return wanted.map(({ capacity }) => capacity);
  const { live } = whereaboutsOf(world);
  const counts = new Map(countByProvider(live));
  const tasksOf = (provider: string): number => counts.get(provider) ?? 0;
  return wanted.map((share) => {
    const found =
      [share, ...fallbacksOf(world)].find(
        ({ capacityProvider: provider }) => roomOf({ provider, tasks: tasksOf(provider) }, outages) > 0,
      ) ?? share;
    counts.set(found.capacityProvider, tasksOf(found.capacityProvider) + 1);
    if (found.capacityProvider === share.capacityProvider) return share.capacity;
    return { ...found.capacity, standsFor: share.capacityProvider };
  });
}

/** As the status has them. */
export function shownOutages({ outages }: Fallback): Pick<ServiceStatus, 'capacityProviders'> {
  if (outages.length === 0) return {};
  return {
    capacityProviders: outages.map(({ provider, sinceMs, changedAtMs, trial }) => ({
      name: provider,
      outSince: instantOf(sinceMs).iso,
      changedAt: instantOf(changedAtMs).iso,
      ...(trial && { tryTasks: trial.size, tryGoal: trial.goal }),
    })),
  };
}

function outagesIn({ capacityProviders = [] }: ServiceStatus = {}): Outage[] {
  return capacityProviders.map(({ name, outSince, changedAt, tryTasks, tryGoal }) => ({
    provider: name,
    sinceMs: Date.parse(outSince),
    changedAtMs: Date.parse(changedAt),
    ...(tryTasks !== undefined && { trial: { size: tryTasks, goal: tryGoal ?? 0 } }),
  }));
}

function termsOf({ service }: ServiceWorld): FallbackTerms | undefined {
  const given = service.spec.kubernetes?.capacityProviderFallback;
  return given && { afterMs: given.afterSeconds * 1000, retryAfterMs: given.retryAfterSeconds * 1000 };
}

function fallbacksOf({ capacity }: ServiceWorld): readonly Share[] {
  return capacity.kind === 'found' ? (capacity.fallbacks ?? []) : [];
}

function sightOf(provider: string, live: readonly TaskView[]): ProviderSight {
  const own = live.filter((task) => task.provider === provider);
  const waiting = own.filter(waitsForNode).map(({ createdAtMs }) => createdAtMs);
  return {
    provider,
    placed: own.length - waiting.length,
    waitingSinceMs: waiting.length === 0 ? undefined : Math.min(...waiting),
    standIns: live.filter(({ standsFor }) => standsFor === provider).length,
  };
}

/** Tasks that wait where there is no room, though there is some elsewhere. */
function stranded(world: ServiceWorld, live: readonly TaskView[], outages: readonly Outage[]): TaskView[] {
  const isOut = (name: string | undefined): boolean =>
    outages.some(({ provider, trial }) => provider === name && !trial);
  return live.filter((task) => {
    if (!waitsForNode(task) || !isOut(task.provider)) return false;
    const others = [task.standsFor, ...fallbacksOf(world).map(({ capacityProvider }) => capacityProvider)];
    return others.some((name) => name !== undefined && name !== task.provider && !isOut(name));
  });
}

/** Of the tasks that stand in for a provider that is being tried, as many as are tried. */
function returning(live: readonly TaskView[], outages: readonly Outage[]): TaskView[] {
  return outages.flatMap(({ provider, trial }) => {
    if (!trial) return [];
    const { placed } = sightOf(provider, live);
    const standIns = live.filter(({ standsFor }) => standsFor === provider).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return standIns.slice(0, Math.max(0, trial.goal - placed));
  });
}
