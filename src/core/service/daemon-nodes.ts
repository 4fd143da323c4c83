import type { NodeView } from '../../api/meta.ts';
import type { TaskDefinitionSpec } from '../../api/task-definition.ts';
import { memo } from '../../base/memo.ts';
import { hasToLeave, nodeStandingAt, type NodeStanding } from '../capacity/node-state.ts';
import { isFargateNode } from '../capacity/nodes.ts';
import { findBlockingTaint } from '../capacity/tolerations.ts';
import { ec2InstanceIdOf } from '../placement/attributes.ts';
import { compileStatic } from '../placement/engine/eligible.ts';
import { queriesOf } from '../placement/query/constraints.ts';
import { constraintsOf } from '../placement/terms.ts';
import { daemonTolerations } from '../task/pod/daemon.ts';
import { podSettings } from '../task/pod/settings.ts';
import { isHealthyAt, type TaskView } from '../task/view.ts';
import { primaryOf } from './deployment.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceWorld } from './world.ts';

/**
 * How a node that matches stands with a DAEMON: `open`, it is to have a task; `silent`, it is not Ready, so that nothing
 * is started or stopped there; `held`, it gets no new task, and keeps the one it has. One that does not match, or is
 * drained and has no other tasks of ours left, has no task at all.
 */
export type DaemonStanding = 'open' | 'silent' | 'held';

/** Whether each node has a task of its own, instead of a number of tasks that somebody places. */
export function isDaemon({ service }: Pick<ServiceWorld, 'service'>): boolean {
  return service.spec.schedulingStrategy === 'DAEMON';
}

/**
 * The nodes that a DAEMON has tasks on, by name (Developer Guide, "Amazon ECS services": one task on each active
 * container instance that meets the constraints, whose attributes are looked at again and again). Told once for each
 * world.
 */
export const daemonNodesOf = memo((world: ServiceWorld): ReadonlyMap<string, DaemonStanding> => {
  const content = contentOf(world);
  if (!isDaemon(world) || !content) return new Map();
  const matches = compileMatch(world, content);
  const found = [...world.nodes].flatMap(([name, node]) => {
    const standing = matches(node) ? standingOf(node, world, content) : undefined;
    return standing ? [[name, standing] as const] : [];
  });
  return new Map([...unknownNodes(world), ...found]);
});

/** Nodes that tasks are bound to and nobody knows: they are gone, or have not been heard of yet. */
function unknownNodes(world: ServiceWorld): (readonly [string, DaemonStanding])[] {
  const names = whereaboutsOf(world).live.flatMap(({ node }) => node ?? []);
  return names.filter((name) => !world.nodes.has(name)).map((name) => [name, 'silent']);
}

/** The node that a task is on, or is for. */
export function nodeFor({ node, pinnedTo }: TaskView): string | undefined {
  return node ?? pinnedTo;
}

/** The nodes that make up the desired count: those that are to have a task, and those that keep the one they have. */
export function countedNodes(
  nodes: ReadonlyMap<string, DaemonStanding>,
  live: readonly { readonly node?: string | undefined }[],
): ReadonlySet<string> {
  const open = [...nodes].filter(([, standing]) => standing === 'open').map(([name]) => name);
  const kept = live.flatMap(({ node }) => (node !== undefined && nodes.has(node) ? [node] : []));
  return new Set([...open, ...kept]);
}

/** How many nodes make up the desired count of a DAEMON. */
export const daemonCountOf = memo((world: ServiceWorld): number => {
  const live = whereaboutsOf(world).live.map((task) => ({ node: nodeFor(task) }));
  return countedNodes(daemonNodesOf(world), live).size;
});

/**
 * Live tasks of a DAEMON that are in no count, since its bounds are about nodes: those on nodes that are to have none, and
 * on the others all but one, a healthy one where there is one. None of any other service.
 */
export function uncountedOf(world: ServiceWorld): readonly TaskView[] {
  if (!isDaemon(world)) return [];
  const nodes = daemonNodesOf(world);
  const digits = primaryOf(world.deployments)?.digits;
  const worth = (task: TaskView): number =>
    Number(isHealthyAt(task, world.now.epochMs)) * 2 + Number(task.deployment === digits);
  const onNode = Map.groupBy(whereaboutsOf(world).live, (task) => nodeFor(task) ?? '');
  return [...onNode].flatMap(([name, tasks]) => {
    const byWorth = tasks.toSorted(
      (a, b) => worth(b) - worth(a) || a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1),
    );
    return nodes.has(name) ? byWorth.slice(1) : tasks;
  });
}

/**
 * Tasks that a deployment does not wait for, since nothing new is started where they are: those on nodes that are drained
 * and have other tasks left, or that have a taint which keeps new tasks off. None of any other service.
 */
export const setAsideOf = memo((world: ServiceWorld): ReadonlySet<TaskView> => {
  const nodes = daemonNodesOf(world);
  if (nodes.size === 0) return new Set();
  return new Set(whereaboutsOf(world).live.filter((task) => nodes.get(nodeFor(task) ?? '') === 'held'));
});

/** What tasks are started from: it says what their nodes have to be. */
function contentOf({ deployments, resolution }: ServiceWorld): TaskDefinitionSpec | undefined {
  const primary = primaryOf(deployments);
  return primary?.snapshot.content ?? (resolution.kind === 'found' ? resolution.content : undefined);
}

/** Whether a node is what constraints and node selectors ask for. */
function compileMatch({ placement }: ServiceWorld, content: TaskDefinitionSpec): (node: NodeView) => boolean {
  const nodeSelector = { ...content.kubernetes?.nodeSelector, ...podSettings(content).nodeSelector };
  const queries = queriesOf(constraintsOf(placement, content));
  const isAsked = compileStatic({ nodeSelector, tolerations: [], queries }, []);
  return (node) => {
    const { metadata, spec } = node;
    const known = {
      name: metadata.name,
      labels: metadata.labels ?? {},
      ec2InstanceId: ec2InstanceIdOf(spec?.providerID),
      registeredAtMs: Date.parse(metadata.creationTimestamp),
    };
    return !isFargateNode(node) && isAsked({ ...known, taints: [], allocatable: {}, standing: 'active' });
  };
}

/** Undefined where no task is to be: a lost node has none that counts. */
function standingOf(node: NodeView, world: ServiceWorld, content: TaskDefinitionSpec): DaemonStanding | undefined {
  const standing = nodeStandingAt(node, { nowMs: world.now.epochMs, lossMs: world.nodeLossMs });
  if (standing.kind === 'lost') return undefined;
  if (isLeft(standing, content)) return world.hasOthersOn?.(node.metadata.name) === true ? 'held' : undefined;
  if (standing.turnsAtMs !== undefined) return 'silent';
  return findBlockingTaint(node.spec?.taints ?? [], daemonTolerations(content)) ? 'held' : 'open';
}

/** Whether the node is drained, for tasks of that content. Whatever is there was there before its deletion. */
function isLeft(standing: NodeStanding, { kubernetes }: TaskDefinitionSpec): boolean {
  const { tolerations = [] } = kubernetes ?? {};
  return standing.kind === 'draining' && hasToLeave(standing, { tolerations, createdAtMs: 0 });
}
