import { told, type AuditEntry } from './entries.ts';
import { nodesOf, type Nodes } from './nodes.ts';
import { specsOf, type Bounds, type SpecVersion } from './specs.ts';
import { tasksOf, type Task } from './tasks.ts';

/** Something that the operator did to a task, and how old its knowledge of others' acts may have been. */
export interface Act {
  readonly entry: AuditEntry;
  /** Identity of the operator. */
  readonly by: string;
  /** It was decided before this, and done by that. */
  readonly decidedMs: number;
  readonly byMs: number;
  readonly staleMs: number;
}

/**
 * The operator's own acts keep each service within its bounds: a start never leaves more live tasks than floor(desired
 * × maximum), the stop of a healthy task never fewer healthy ones than ceil(desired × minimum). Tasks on lost nodes are
 * neither.
 *
 * The log says when a request came and when it was answered, not when in between it took effect, nor what the operator
 * knew. Doubt is in its favour: what others did, and changes of the spec, in the last `staleMs` before an act may be
 * unknown to it. Its own acts it knows.
 */
export function boundsViolations(entries: readonly AuditEntry[], { staleMs, nodeLossMs }: Doubts): string[] {
  const specs = specsOf(entries);
  const nodes = nodesOf(entries, nodeLossMs);
  const services = Map.groupBy(tasksOf(entries), ({ owner }) => owner);
  return [...services.values()].flatMap((own) =>
    own.flatMap((task) => {
      const versions = specs.get(`${task.namespace}/${task.service}`) ?? [];
      const terms = { versions, nodes, staleMs };
      return [...judgeStart(own, task, terms), ...judgeStop(own, task, terms)];
    }),
  );
}

/** What the log does not say. */
export interface Doubts {
  /** How old the operator's knowledge of what others did may be. */
  readonly staleMs: number;
  /** How long a node may not be Ready before the operator takes its tasks for lost. */
  readonly nodeLossMs: number;
}

interface Terms {
  readonly versions: readonly SpecVersion[];
  readonly nodes: Nodes;
  readonly staleMs: number;
}

function judgeStart(own: readonly Task[], { start, service }: Task, { versions, nodes, staleMs }: Terms): string[] {
  if (start.by === undefined) return [];
  const act: Act = { entry: start.entry, by: start.by, decidedMs: start.fromMs, byMs: start.byMs, staleMs };
  const bounds = boundsAt(versions, act);
  const live = own.filter((task) => wasLive(task, act) && !mayHaveBeenLost(task, nodes, act)).length;
  if (bounds === undefined || live <= bounds.upper) return [];
  return [
    told(`A start leaves service ${service} with ${String(live)} live tasks, above ${String(bounds.upper)}`, act.entry),
  ];
}

function judgeStop(own: readonly Task[], victim: Task, { versions, nodes, staleMs }: Terms): string[] {
  const [stop] = victim.stops;
  if (stop?.by === undefined) return [];
  const act: Act = { entry: stop.entry, by: stop.by, decidedMs: stop.fromMs, byMs: stop.byMs, staleMs };
  const bounds = boundsAt(versions, act);
  const wasHealthy = wasKnownHealthy(victim, act) && !mayHaveBeenLost(victim, nodes, act);
  if (bounds === undefined || !wasHealthy) return [];
  const others = own.filter((task) => task !== victim && mayHaveBeenHealthy(task, act));
  const left = others.filter((task) => !wasKnownLost(task, nodes, act)).length;
  if (left >= bounds.lower) return [];
  const what = `A stop leaves service ${victim.service} with ${String(left)} healthy tasks, below ${String(bounds.lower)}`;
  return [told(what, act.entry)];
}

/** The widest bounds that the operator may have known; undefined when it may have known of no service. */
function boundsAt(versions: readonly SpecVersion[], { decidedMs, byMs, staleMs }: Act): Bounds | undefined {
  const known = versions.filter(({ fromMs }, index) => {
    const next = versions[index + 1];
    return fromMs <= byMs && (next === undefined || next.byMs + staleMs > decidedMs);
  });
  const bounds = known.map((version) => version.bounds).filter((each) => each !== undefined);
  if (bounds.length === 0 || bounds.length < known.length) return undefined;
  return {
    lower: Math.min(...bounds.map(({ lower }) => lower)),
    upper: Math.max(...bounds.map(({ upper }) => upper)),
  };
}

/** Started by now, and nobody can have seen its end when the act was decided: it is known to be live. */
function wasLive({ start, stops, states }: Task, { decidedMs, byMs }: Act): boolean {
  const ends = [...stops, ...states.filter(({ hasEnded }) => hasEnded)];
  return start.byMs <= byMs && !ends.some(({ fromMs }) => fromMs < decidedMs);
}

/** Healthy for so long that the operator must have seen it. */
export function wasKnownHealthy({ states }: Task, { decidedMs, byMs, staleMs }: Act): boolean {
  const known = states.findLastIndex((state) => state.byMs + staleMs <= decidedMs);
  const since = states.slice(Math.max(0, known)).filter(({ fromMs }) => fromMs <= byMs);
  return known !== -1 && since.every(({ healthyMs }) => healthyMs !== undefined && healthyMs + staleMs <= decidedMs);
}

/** Healthy when the act was decided, as far as the operator can have known. */
function mayHaveBeenHealthy({ states, stops }: Task, { by, decidedMs, byMs, staleMs }: Act): boolean {
  const isStopped = stops.some((stop) =>
    stop.by === by ? stop.byMs <= byMs : stop.isCertain && stop.byMs + staleMs <= decidedMs,
  );
  if (isStopped) return false;
  return states.some(({ fromMs, healthyMs }, index) => {
    const next = states[index + 1];
    if (healthyMs === undefined || Math.max(fromMs, healthyMs) > decidedMs) return false;
    return next === undefined || next.byMs + staleMs > decidedMs;
  });
}

/** Whether the operator may have taken its node for lost. */
function mayHaveBeenLost({ binding }: Task, nodes: Nodes, { decidedMs, byMs, staleMs }: Act): boolean {
  if (binding === undefined || binding.fromMs > byMs) return false;
  const states = nodes.get(binding.node) ?? [];
  return states.some(({ loss }, index) => {
    const next = states[index + 1];
    if (loss === undefined || loss.fromMs > byMs) return false;
    return next === undefined || next.byMs + staleMs > decidedMs;
  });
}

/** Whether its node was lost for so long that the operator must have taken it for that. */
function wasKnownLost({ binding }: Task, nodes: Nodes, { decidedMs, byMs, staleMs }: Act): boolean {
  const states = binding === undefined ? [] : (nodes.get(binding.node) ?? []);
  const known = states.findLastIndex((state) => state.byMs + staleMs <= decidedMs);
  const since = states.slice(Math.max(0, known)).filter(({ fromMs }) => fromMs <= byMs);
  return known !== -1 && since.every(({ loss }) => loss !== undefined && loss.byMs + staleMs <= decidedMs);
}
