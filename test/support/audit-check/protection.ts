import { wasKnownHealthy, type Act } from './bounds.ts';
import { bodyOf, doneMs, placeOf, receivedMs, resourceOf, succeeded, told, type AuditEntry } from './entries.ts';
import { tasksOf, type Task } from './tasks.ts';

const annotation = 'ecs-operator.dev/protected-until';

/** What a pod's annotation says from some moment on. */
interface Protection {
  readonly fromMs: number;
  readonly byMs: number;
  /** Epoch ms; undefined when it was taken away, or is no time. */
  readonly untilMs: number | undefined;
}

/**
 * The operator stops no healthy task that is protected from scale-in and deployments. Doubt is in its favour: what was
 * written in the last `staleMs` it may not have known. The log does not tell why a task was stopped: of those that a Spot
 * interruption or the end of their service takes, ECS protects none, and a test of those must not ask here.
 */
export function protectionViolations(entries: readonly AuditEntry[], staleMs: number): string[] {
  const protections = protectionsOf(entries);
  return tasksOf(entries).flatMap((task) => {
    const [stop] = task.stops;
    if (stop?.by === undefined) return [];
    const act: Act = { entry: stop.entry, by: stop.by, decidedMs: stop.fromMs, byMs: stop.byMs, staleMs };
    const own = protections.get(placeOf(task.start.entry)) ?? [];
    const isMeant = own.length > 0 && wasKnownHealthy(task, act) && wasKnownProtected(task, own, act);
    return isMeant ? [told(`A stop of a protected task of service ${task.service}`, stop.entry)] : [];
  });
}

/** Protected by all that it may have known, and for longer than the stop took. */
function wasKnownProtected({ start }: Task, own: readonly Protection[], { decidedMs, byMs, staleMs }: Act): boolean {
  const written = own.filter(({ fromMs }) => fromMs >= start.fromMs && fromMs <= byMs);
  const known = written.findLastIndex((each) => each.byMs + staleMs <= decidedMs);
  return known !== -1 && written.slice(known).every(({ untilMs = 0 }) => untilMs > byMs);
}

/** By the places of pods, in order. */
function protectionsOf(entries: readonly AuditEntry[]): ReadonlyMap<string, readonly Protection[]> {
  const found = entries.filter((entry) => resourceOf(entry) === 'pods' && succeeded(entry)).flatMap(protectionIn);
  return Map.groupBy(found, ({ place }) => place);
}

function protectionIn(entry: AuditEntry): (Protection & { readonly place: string })[] {
  const annotations: Readonly<Record<string, string | null>> = bodyOf(entry).metadata?.annotations ?? {};
  const text = annotations[annotation];
  if (text === undefined || !['create', 'patch', 'update'].includes(entry.verb)) return [];
  const untilMs = Date.parse(text ?? '');
  const until = Number.isNaN(untilMs) ? undefined : untilMs;
  return [{ place: placeOf(entry), fromMs: receivedMs(entry), byMs: doneMs(entry), untilMs: until }];
}
