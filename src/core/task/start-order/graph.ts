import type { ContainerDefinition } from '../../../api/container-definition.ts';
import { routerOf, usesRouter } from '../router.ts';

/** What a container may wait for (ECS API reference, ContainerDependency). */
export type Condition = NonNullable<ContainerDefinition['dependsOn']>[number]['condition'];

/** `from` does not start before `to` has met the condition. */
export interface Edge {
  readonly from: ContainerDefinition;
  readonly to: ContainerDefinition;
  readonly condition: Condition;
}

/** Containers and what each waits for. */
export interface Graph {
  readonly definitions: readonly ContainerDefinition[];
  readonly edges: readonly Edge[];
}

/** What the containers wait for, by `dependsOn` (the schema has seen to it that it names containers) or FireLens. */
export function graphOf(definitions: readonly ContainerDefinition[]): Graph {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  const edges = definitions.flatMap((from) =>
    (from.dependsOn ?? []).flatMap(({ containerName, condition }): Edge[] => {
      const to = byName.get(containerName);
      return to ? [{ from, to, condition }] : [];
    }),
  );
  return { definitions, edges: [...edges, ...routerEdges(definitions, edges)] };
}

/**
 * Whoever uses the log router of the task starts after it, unless its own `dependsOn` says something of the router
 * (Developer Guide, "Send Amazon ECS logs to an AWS service": that overrides the default).
 */
function routerEdges(definitions: readonly ContainerDefinition[], edges: readonly Edge[]): Edge[] {
  const router = routerOf(definitions);
  if (!router) return [];
  return definitions
    .filter((from) => from !== router && usesRouter(from))
    .filter((from) => !edges.some((edge) => edge.from === from && edge.to === router))
    .map((from) => ({ from, to: router, condition: 'START' }));
}

/** The edge in words, for messages. */
export function nameOf({ from, to, condition }: Edge): string {
  return `${from.name} -> ${to.name} (${condition})`;
}

/** The containers, each after those it waits for and otherwise in their order; those on or behind a cycle are left out. */
export function startSequence({ definitions, edges }: Graph): ContainerDefinition[] {
  const sequence: ContainerDefinition[] = [];
  const isFree = (candidate: ContainerDefinition): boolean =>
    !sequence.includes(candidate) && edges.every(({ from, to }) => from !== candidate || sequence.includes(to));
  for (let next = definitions.find(isFree); next !== undefined; next = definitions.find(isFree)) sequence.push(next);
  return sequence;
}

/** A cycle as the names on it, the first again at the end; undefined when there is none. */
export function findCycle(graph: Graph): readonly string[] | undefined {
  const sequence = startSequence(graph);
  let current = graph.definitions.find((definition) => !sequence.includes(definition));
  const path: ContainerDefinition[] = [];
  while (current !== undefined && !path.includes(current)) {
    path.push(current);
    // What waits on or behind a cycle waits for something else that does.
    current = graph.edges.find(({ from, to }) => from === path.at(-1) && !sequence.includes(to))?.to;
  }
  if (current === undefined) return undefined;
  return [...path.slice(path.indexOf(current)), current].map(({ name }) => name);
}

/**
 * Whether the task ends on ECS when `target` can no longer meet `condition`: those that wait for that never start, nor
 * those that wait for them, and one of all these is essential.
 */
export function endsTask({ edges }: Graph, target: ContainerDefinition, condition: Condition): boolean {
  const never = new Set(edges.filter((edge) => edge.to === target && edge.condition === condition).map(fromOf));
  // A set is walked to its end, also over what is added on the way.
  for (const each of never) for (const edge of edges) if (edge.to === each) never.add(edge.from);
  return [...never].some(({ essential }) => essential);
}

function fromOf({ from }: Edge): ContainerDefinition {
  return from;
}
