/**
 * The start order of a task (`dependsOn`, and FireLens) as the form of a pod. The kubelet goes through the init containers one after
 * the other: a plain one has to end with 0 before the next starts, a native sidecar (restartPolicy Always) has to have
 * started and, if it has one, to pass its startup probe. Then all other containers start together.
 *
 * The rule: a container that nobody waits for is an ordinary container. One that others wait for comes earlier, after
 * all that it waits for itself: as an init container if somebody waits for its end, else as a sidecar, with its health
 * check as startup probe if somebody waits for that.
 *
 *   app -> migrate (SUCCESS)                          init migrate; app
 *   app -> proxy (START)                              sidecar proxy; app
 *   app -> cache (HEALTHY)                            sidecar cache with startup probe; app
 *   app -> migrate (SUCCESS), migrate -> db (HEALTHY) sidecar db with startup probe, init migrate; app
 *
 * What a pod would do differently in a way that cannot be put up with is refused (`refusals.ts`); what can be noticed
 * but not harm the order is told (`differences.ts`).
 */
import type { ContainerDefinition } from '../../../api/container-definition.ts';
import { routerOf } from '../router.ts';
import { orderDifferencesOf } from './differences.ts';
import { findCycle, graphOf, startSequence, type Graph } from './graph.ts';
import type { EarlyContainer, RefusedOrder, StartOrder } from './order.ts';
import { refusalsOf } from './refusals.ts';

/** The pod's form for the containers' `dependsOn`, or why there is none. Same definitions, same form. */
export function compileStartOrder(definitions: readonly ContainerDefinition[]): StartOrder | RefusedOrder {
  const graph = graphOf(definitions);
  const cycle = findCycle(graph);
  if (cycle) {
    const message = `dependsOn has a cycle: ${cycle.join(' -> ')}${routerNote(definitions)}`;
    return { kind: 'refused', reason: 'DependencyCycle', message };
  }
  const early = earlyOf(graph);
  const together = definitions.filter((each) => early.every(({ definition }) => definition !== each));
  const refusals = refusalsOf(graph, early);
  if (refusals.length > 0) {
    return { kind: 'refused', reason: 'StartOrderNotPossible', message: refusals.join('; ') };
  }
  return { kind: 'possible', early, together, mode: modeOf(early), differences: orderDifferencesOf(graph, early) };
}

/** Nobody wrote down who waits for a log router. */
function routerNote(definitions: readonly ContainerDefinition[]): string {
  const router = routerOf(definitions);
  return router ? ` (what has the log driver awsfirelens waits for ${router.name})` : '';
}

function earlyOf(graph: Graph): EarlyContainer[] {
  return startSequence(graph).flatMap((definition): EarlyContainer[] => {
    const conditions = graph.edges.filter(({ to }) => to === definition).map(({ condition }) => condition);
    if (conditions.length === 0) return [];
    const isAwaited = conditions.includes('SUCCESS') || conditions.includes('COMPLETE');
    if (isAwaited) return [{ definition, role: 'init', isProbed: false }];
    return [{ definition, role: 'sidecar', isProbed: conditions.includes('HEALTHY') }];
  });
}

function modeOf(early: readonly EarlyContainer[]): StartOrder['mode'] {
  const [only, ...others] = new Set(early.map(({ role }) => role));
  if (only === undefined) return 'none';
  return others.length === 0 ? only : 'mixed';
}
