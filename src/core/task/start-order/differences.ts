import type { ContainerDefinition } from '../../../api/container-definition.ts';
import { differenceOf, type FieldDifference } from '../../differences.ts';
import type { EarlyContainer } from './order.ts';
import { startSequence, type Edge, type Graph } from './graph.ts';

/** What can be noticed of the pod's form by somebody who knows ECS. */
export function orderDifferencesOf(graph: Graph, early: readonly EarlyContainer[]): FieldDifference[] {
  const sidecars = early.filter(({ role }) => role === 'sidecar');
  return [...heldBack(graph, early), ...sidecars.map(restarted), ...stoppedLast(sidecars)];
}

/** Sidecars stop after the others, in reverse order, as on ECS; there each has its stopTimeout to itself. */
function stoppedLast(sidecars: readonly EarlyContainer[]): FieldDifference[] {
  if (sidecars.length === 0) return [];
  const names = sidecars.map(({ definition }) => definition.name);
  return [differenceOf(names, 'stopped after the others, in what those leave of the grace period')];
}

/** A sidecar is started again when it exits, even in a pod with restartPolicy Never. */
function restarted({ definition: { name, essential } }: EarlyContainer): FieldDifference {
  const what = essential
    ? 'its exit ends the task, but the kubelet starts it again until then'
    : 'it is started again when it exits, where ECS leaves it stopped';
  return differenceOf([name], what);
}

/** The init phase is one after the other, where ECS starts at once whatever waits for nothing. */
function heldBack(graph: Graph, early: readonly EarlyContainer[]): FieldDifference[] {
  const awaited = awaitedBy(graph);
  return early.flatMap((gate, index) => {
    if (gate.role === 'sidecar' && !gate.isProbed) return [];
    const before = early.slice(0, index + 1).map(({ definition }) => definition);
    const held = graph.definitions.filter(
      (each) => !before.includes(each) && awaited.get(each)?.has(gate.definition) !== true,
    );
    if (held.length === 0) return [];
    const until = gate.role === 'init' ? 'has ended' : 'is HEALTHY';
    const names = held.map(({ name }) => name);
    return [differenceOf(names, `not started before ${gate.definition.name} ${until}`)];
  });
}

/** Whose end or health each container waits for on ECS, directly or through others. */
function awaitedBy(graph: Graph): ReadonlyMap<ContainerDefinition, ReadonlySet<ContainerDefinition>> {
  const awaited = new Map<ContainerDefinition, ReadonlySet<ContainerDefinition>>();
  for (const each of startSequence(graph)) {
    const own = graph.edges.filter(({ from }) => from === each);
    awaited.set(each, new Set(own.flatMap((edge) => [...ownGate(edge), ...(awaited.get(edge.to) ?? [])])));
  }
  return awaited;
}

function ownGate({ to, condition }: Edge): ContainerDefinition[] {
  return condition === 'START' ? [] : [to];
}
