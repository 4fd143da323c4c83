/**
 * Capacity providers without room, of which ECS knows nothing: there a task waits for ever. A provider is out once a task
 * has waited for it so long; then others stand in for it. After a while it is tried again, with one task, two, four and so
 * on for as long as all of them find room, until nobody stands in for it any more; at the first that does not it is out
 * again. So it changes hands no more often than it is tried, and what is moved at once is as much as has just gone well.
 */
export interface Outage {
  readonly provider: string;
  /** Epoch ms at which it was found to be out. */
  readonly sinceMs: number;
  /** Epoch ms at which it was found so the last time, or at which the present try began. */
  readonly changedAtMs: number;
  /** Absent while none is made. */
  readonly trial?: Trial;
}

export interface Trial {
  /** How many tasks are tried at once. */
  readonly size: number;
  /** How many tasks the provider has to hold for the try to have gone well. */
  readonly goal: number;
}

export interface FallbackTerms {
  readonly afterMs: number;
  readonly retryAfterMs: number;
}

/** How the tasks of one service are on a provider. */
export interface ProviderSight {
  readonly provider: string;
  /** Tasks on it that have a node. */
  readonly placed: number;
  /** Epoch ms since when the task waits that has waited longest for a node of it. */
  readonly waitingSinceMs: number | undefined;
  /** Tasks elsewhere that stand in for it. */
  readonly standIns: number;
}

export interface Outlook {
  readonly outages: readonly Outage[];
  /** Epoch ms at which the first of them changes though nothing else does. */
  readonly turnsAtMs: number | undefined;
}

/** Which providers are out from now on. */
export function nextOutages(previous: readonly Outage[], sights: readonly ProviderSight[], at: Now): Outlook {
  const outages = sights.flatMap((sight) => {
    const outage = previous.find(({ provider }) => provider === sight.provider);
    return nextOutage(outage, sight, at) ?? [];
  });
  const turns = sights.flatMap((sight) => {
    const outage = outages.find(({ provider }) => provider === sight.provider);
    return turnOf(outage, sight, at.terms) ?? [];
  });
  return { outages, turnsAtMs: turns.length === 0 ? undefined : Math.min(...turns) };
}

interface Now {
  readonly terms: FallbackTerms;
  readonly nowMs: number;
}

function nextOutage(outage: Outage | undefined, sight: ProviderSight, { terms, nowMs }: Now): Outage | undefined {
  const turnsAtMs = turnOf(outage, sight, terms);
  const isDue = turnsAtMs !== undefined && turnsAtMs <= nowMs;
  const out = outFrom(outage, sight, nowMs);
  const tried = (size: number): Outage => ({ ...out, trial: { size, goal: sight.placed + size } });
  if (outage?.trial) return isDue ? out : afterTrial(outage, outage.trial, { sight, tried });
  if (outage) return isDue ? tried(1) : outage;
  if (isDue) return out;
  // Who they stand in for is known to tasks, though the status was lost.
  return sight.standIns > 0 ? tried(1) : undefined;
}

function outFrom(outage: Outage | undefined, { provider }: ProviderSight, nowMs: number): Outage {
  return { provider, sinceMs: outage?.sinceMs ?? nowMs, changedAtMs: nowMs };
}

/** What becomes of a provider that is being tried, and at which no task has waited too long. */
function afterTrial(
  outage: Outage,
  trial: Trial,
  { sight, tried }: { readonly sight: ProviderSight; readonly tried: (size: number) => Outage },
): Outage | undefined {
  if (sight.waitingSinceMs !== undefined) return outage;
  if (sight.standIns === 0) return undefined;
  return sight.placed >= trial.goal ? tried(trial.size * 2) : outage;
}

/** When a provider has been waited for long enough, or is to be tried again. */
function turnOf(outage: Outage | undefined, sight: ProviderSight, terms: FallbackTerms): number | undefined {
  if (outage && !outage.trial) return outage.changedAtMs + terms.retryAfterMs;
  if (sight.waitingSinceMs === undefined) return undefined;
  return Math.max(sight.waitingSinceMs, outage?.changedAtMs ?? 0) + terms.afterMs;
}

/** How many more tasks may be started on a provider. */
export function roomOf(
  sight: Pick<ProviderSight, 'provider'> & { readonly tasks: number },
  outages: readonly Outage[],
): number {
  const outage = outages.find(({ provider }) => provider === sight.provider);
  if (!outage) return Infinity;
  return outage.trial ? Math.max(0, outage.trial.goal - sight.tasks) : 0;
}
