import type { TaskView } from '../task/view.ts';
import { countedNodes, daemonNodesOf, isDaemon, nodeFor, type DaemonStanding } from './daemon-nodes.ts';
import { percentsOf } from './desired.ts';
import { lowerBound, type RollingBounds, type RollingPlan, type RollingTask } from './rolling.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceWorld } from './world.ts';

/**
 * On which nodes a DAEMON's tasks are started, and which of them stop (Developer Guide, "Amazon ECS services"; service
 * definition parameters `minimumHealthyPercent` and `maximumPercent`, which is 100).
 *
 * With D the number of nodes that have a task or are to have one, of which lower = ceil(D × min%) keep a healthy one:
 *
 *   start on each open node that has none, once the one before is gone
 *   stop  what is on nodes that are to have none; all but one of the tasks of a node; those of older deployments that are
 *         not healthy, and as many healthy ones as there are nodes with a healthy one above lower; those whose health
 *         checks fail, since the next one has no place beside them
 *
 * Worked examples of an update (no task in flight, minimum percent):
 *   D 4, 50: stop 2, start 2 where those are gone, and when they are healthy the other 2.
 *   D 4,  0: stop 4, start 4.   D 4, 75: one after the other.   D 4, 100: stuck.
 */

/** A live task of a DAEMON, with the node that it is on or is for. */
export interface DaemonTask extends RollingTask {
  readonly createdAtMs: number;
}

/** What there is of a DAEMON. */
export interface DaemonSight {
  /** Nodes by name; those that are to have no task are left out. */
  readonly nodes: ReadonlyMap<string, DaemonStanding>;
  readonly live: readonly DaemonTask[];
  /** Nodes on which one of its tasks is about to be gone. */
  readonly occupied: ReadonlySet<string>;
  /** Epoch ms at which the last task of a node was made, of those that are remembered. */
  readonly triedAtMs: ReadonlyMap<string, number>;
}

/** The plan of a DAEMON; undefined of any other service. */
export function daemonPlanOf(world: ServiceWorld, tasks: readonly RollingTask[]): RollingPlan | undefined {
  if (!isDaemon(world)) return undefined;
  const { live, present } = whereaboutsOf(world);
  const views = new Map(live.map((task) => [task.id, task]));
  const own = tasks.flatMap((task): DaemonTask[] => {
    const view = views.get(task.id);
    return view ? [{ ...task, node: nodeFor(view), createdAtMs: view.createdAtMs }] : [];
  });
  const stopping = present.filter(({ id, lastStatus }) => !views.has(id) && lastStatus !== 'STOPPED');
  const occupied = new Set(stopping.flatMap((task) => nodeFor(task) ?? []));
  const nodes = daemonNodesOf(world);
  return planDaemon(percentsOf(world.service.spec), { nodes, live: own, occupied, triedAtMs: triedAtMs(present) });
}

function triedAtMs(tasks: readonly TaskView[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const task of tasks) {
    const node = nodeFor(task) ?? '';
    last.set(node, Math.max(last.get(node) ?? 0, task.createdAtMs));
  }
  return last;
}

export function planDaemon(
  { minimumHealthyPercent }: Pick<RollingBounds, 'minimumHealthyPercent'>,
  { nodes, live, occupied, triedAtMs: tried }: DaemonSight,
): RollingPlan {
  const counted = countedNodes(nodes, live);
  const onNode = Map.groupBy(live, ({ node = '' }) => node);
  const manned = [...onNode].filter(([name]) => counted.has(name)).toSorted(byName);
  const [silent, heard] = partition(manned, ([name]) => nodes.get(name) === 'silent');
  // What is on a silent node was healthy when it was heard of last: nobody relies on it.
  const healthy = heard.filter(([, tasks]) => tasks.some((task) => task.isHealthy));
  const lower = lowerBound({ desiredCount: counted.size, minimumHealthyPercent });
  const spare = Math.max(0, healthy.length - lower);
  const strays = live.filter(({ node = '' }) => !counted.has(node)).filter(isStoppable);
  const going = heard.flatMap(([name, tasks]) => goingOf(nodes.get(name), tasks)).filter(isStoppable);
  const [missed, idle] = partition(going, ({ isHealthy, isLast }) => isHealthy && isLast);
  const stop = [...strays, ...idle, ...missed.slice(0, spare)];
  const start = [...nodes]
    .filter(([name, standing]) => standing === 'open' && !onNode.has(name) && !occupied.has(name))
    .map(([name]) => name)
    // Where one node breaks all its tasks, and few may be started, the others come first.
    .toSorted((a, b) => (tried.get(a) ?? 0) - (tried.get(b) ?? 0) || (a < b ? -1 : 1));
  const inFlight = occupied.size + silent.length > 0 || live.some((task) => !task.isHealthy);
  return {
    start: start.length,
    startOld: 0,
    replacing: 0,
    nodes: start,
    stop: stop.map(({ id }) => id),
    sick: [],
    heldBack: 0,
    isStuck: start.length + stop.length === 0 && !inFlight && missed.length > 0,
    isDrainStuck: false,
  };
}

/** A task that is to go. */
interface Going extends DaemonTask {
  /** Whether its node has no healthy task without it. */
  readonly isLast: boolean;
}

/**
 * The tasks of a node that are to go: all but one, and that one too where it is older or its health checks fail and a new
 * one may be started.
 */
function goingOf(standing: DaemonStanding | undefined, tasks: readonly DaemonTask[]): readonly Going[] {
  const [first, ...others] = tasks.toSorted(byWorth);
  if (first === undefined) return [];
  const isStaying = standing === 'held' || (first.isNew && first.isSick !== true);
  const going = isStaying ? others : [first, ...others];
  const last = isStaying && first.isHealthy ? undefined : going.find((task) => task.isHealthy);
  return going.map((task) => ({ ...task, isLast: task === last }));
}

function isStoppable({ isProtected = false }: DaemonTask): boolean {
  return !isProtected;
}

/** The one that stays first: of the PRIMARY deployment, healthy, and there the longest. */
function byWorth(a: DaemonTask, b: DaemonTask): number {
  return (
    Number(b.isNew) - Number(a.isNew) ||
    Number(b.isHealthy) - Number(a.isHealthy) ||
    a.createdAtMs - b.createdAtMs ||
    (a.id < b.id ? -1 : 1)
  );
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Those that are so, and the others. */
function partition<T>(all: readonly T[], isSo: (each: T) => boolean): readonly [T[], T[]] {
  return [all.filter(isSo), all.filter((each) => !isSo(each))];
}
