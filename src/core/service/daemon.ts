import { countedNodes, daemonNodesOf, isDaemon, nodeFor, type DaemonStanding } from './daemon-nodes.ts';
import { percentsOf } from './desired.ts';
import { lowerBound, upperBound, type RollingBounds, type RollingPlan, type RollingTask } from './rolling.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceWorld } from './world.ts';

/**
 * On which nodes a DAEMON's tasks are started, and which of them stop (Developer Guide, "Amazon ECS services"; service
 * definition parameters `minimumHealthyPercent` and `maximumPercent`, which is 100).
 *
 * With D the number of nodes that have a task or are to have one, and lower = ceil(D × min%) nodes with a healthy task:
 *
 *   start on each open node that has none, once the one before is gone
 *   stop  what is on nodes that are to have none; all but one of the tasks of a node; of the older ones that are not
 *         healthy all, and as many healthy ones as there are nodes with a healthy task above lower
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
  return planDaemon(percentsOf(world.service.spec), { nodes: daemonNodesOf(world), live: own, occupied });
}

export function planDaemon(percents: Omit<RollingBounds, 'desiredCount'>, sight: DaemonSight): RollingPlan {
  const { nodes, live, occupied } = sight;
  const counted = countedNodes(nodes, live);
  const bounds = { desiredCount: counted.size, ...percents };
  const onNode = Map.groupBy(live, ({ node = '' }) => node);
  const crews = [...counted].toSorted().map((name) => crewOf(nodes.get(name), onNode.get(name) ?? []));
  const healthy = crews.filter(({ isHealthy }) => isHealthy).length;
  const held = crews.flatMap(({ due }) => due);
  const spare = Math.max(0, healthy - lowerBound(bounds));
  const strays = live.filter(({ node = '' }) => !counted.has(node));
  const stop = [...strays, ...crews.flatMap(({ surplus }) => surplus), ...held.slice(0, spare)];
  const empty = [...nodes].filter(
    ([name, standing]) => standing === 'open' && !onNode.has(name) && !occupied.has(name),
  );
  const room = Math.max(0, upperBound(bounds) - (live.length - strays.length));
  const starts = empty
    .map(([name]) => name)
    .toSorted()
    .slice(0, room);
  const inFlight = occupied.size > 0 || live.some((task) => !task.isHealthy);
  return {
    start: starts.length,
    nodes: starts,
    stop: stop.map(({ id }) => id),
    isStuck: starts.length + stop.length === 0 && !inFlight && held.length > 0,
    isDrainStuck: false,
  };
}

/** The tasks of one node. */
interface Crew {
  /** Whether it has a healthy one. */
  readonly isHealthy: boolean;
  /** Those that go whatever the bounds are: the node is as healthy without them. */
  readonly surplus: readonly DaemonTask[];
  /** Those that go once the bounds allow it, of which each is the last healthy one of the node. */
  readonly due: readonly DaemonTask[];
}

function crewOf(standing: DaemonStanding | undefined, tasks: readonly DaemonTask[]): Crew {
  const isHealthy = tasks.some((task) => task.isHealthy);
  if (standing === 'silent') return { isHealthy, surplus: [], due: [] };
  const [first, ...others] = tasks.toSorted(byWorth);
  // What is older than the PRIMARY deployment goes too, where something else may be started.
  const going = first && !first.isNew && standing === 'open' ? [first, ...others] : others;
  if (first?.isHealthy === true && !going.includes(first)) return { isHealthy, surplus: going, due: [] };
  const last = going.find((task) => task.isHealthy);
  return { isHealthy, surplus: going.filter((task) => task !== last), due: last ? [last] : [] };
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
