import type { EarlyContainer } from './order.ts';
import { endsTask, nameOf, type Edge, type Graph } from './graph.ts';

/** What of the order a pod cannot keep: each edge and why, in a sentence. Empty when it can. */
export function refusalsOf(graph: Graph, early: readonly EarlyContainer[]): string[] {
  const roles = new Map(early.map(({ definition, role }) => [definition, role]));
  const refusals = graph.edges.flatMap((edge) => {
    const why = roles.get(edge.to) === 'init' ? initRefusal(graph, edge) : sidecarRefusal(graph, edge);
    return why === undefined ? [] : [`${nameOf(edge)}: ${why}`];
  });
  return [...refusals, ...endRefusal(graph)];
}

/** An init container that fails fails the pod: right only where its failure ends the task on ECS too. */
function initRefusal(graph: Graph, { to, condition }: Edge): string | undefined {
  if (condition === 'HEALTHY') return `${to.name} is to end as well, and what ends has no health check in a pod`;
  if (to.startTimeout !== undefined) {
    return `startTimeout of ${to.name} cannot be kept: nothing in a pod ends an init container in time`;
  }
  if (condition === 'START' || endsTask(graph, to, 'SUCCESS')) return undefined;
  return condition === 'COMPLETE'
    ? `COMPLETE takes any exit code, but a pod fails with its init container, and no wrapper can be put into the image of ${to.name} to hide the code; use SUCCESS`
    : `no essential container waits for the success of ${to.name}, so its failure would not end the task on ECS, but does end a pod`;
}

/** A startup probe that gives up ends its sidecar: right only where that ends the task on ECS too. */
function sidecarRefusal(graph: Graph, { to, condition }: Edge): string | undefined {
  const { startTimeout, healthCheck } = to;
  if (condition !== 'HEALTHY' || startTimeout === undefined || healthCheck === undefined) return undefined;
  if (startTimeout < healthCheck.interval) {
    return `startTimeout ${String(startTimeout)} of ${to.name} is over before its first health check, after ${String(healthCheck.interval)} seconds`;
  }
  if (to.essential && endsTask(graph, to, 'HEALTHY')) return undefined;
  return to.essential
    ? `startTimeout of ${to.name} would end the task, though no essential container waits for its health`
    : `startTimeout of ${to.name} cannot be kept: it is not essential, and the kubelet would start it again`;
}

/** A pod ends with its last ordinary container, a task with its first essential one. */
function endRefusal({ definitions, edges }: Graph): string[] {
  const isAwaited = new Set(edges.map(({ to }) => to));
  if (definitions.some((each) => each.essential && !isAwaited.has(each))) return [];
  return edges
    .filter(({ to }) => to.essential)
    .map(
      (edge) =>
        `${nameOf(edge)}: ${edge.to.name} would be a sidecar, which ends with the other containers of a pod; an essential container that nobody waits for is needed`,
    );
}
