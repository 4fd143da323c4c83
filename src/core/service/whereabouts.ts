import { memo } from '../../base/memo.ts';
import { goneStandingAt, hasToLeave, nodeStandingAt, type NodeStanding } from '../capacity/node-state.ts';
import { isLive, type TaskView } from '../task/view.ts';
import type { ServiceWorld } from './world.ts';

/** Where the tasks of a service are, and what becomes of them for that. */
export interface Whereabouts {
  /** All but those on lost nodes, which count nowhere: they are replaced, and the surplus stops when they come back. */
  readonly present: readonly TaskView[];
  /** Of those, the ones that are to run. */
  readonly live: readonly TaskView[];
  /** Those on lost nodes that have not stopped. */
  readonly lost: readonly TaskView[];
  /** Live ones that have to leave their nodes. */
  readonly leaving: ReadonlySet<TaskView>;
  /** Of those, the ones whose Spot Instance EC2 takes back. */
  readonly interrupted: ReadonlySet<TaskView>;
  /** Live ones whose nodes are silent. */
  readonly cutOff: ReadonlySet<TaskView>;
  /** The nodes of the leaving and of the lost ones, each with why, in order of their names. */
  readonly drainingNodes: readonly string[];
  readonly lostNodes: readonly string[];
  /** Epoch ms at which the first silent node is lost. */
  readonly turnsAtMs?: number;
}

/** A task, and how its node stands. */
interface Sight {
  readonly task: TaskView;
  readonly standing: NodeStanding;
}

/** Told once for each world. */
export const whereaboutsOf = memo((world: ServiceWorld): Whereabouts => {
  const sights = sightsOf(world);
  const lost = sights.filter(({ standing }) => standing.kind === 'lost');
  const isLost = new Set(lost.map(({ task }) => task));
  const live = sights.filter(({ task }) => isLive(task) && !isLost.has(task));
  const leaving = live.filter((sight) => isLeaving(sight, world));
  const cutOff = live.filter(({ standing }) => turnOf(standing) !== undefined);
  const turns = cutOff.flatMap(({ standing }) => turnOf(standing) ?? []);
  const present = world.tasks.filter((task) => !isLost.has(task));
  return {
    present,
    live: present.filter(isLive),
    lost: tasksOf(lost),
    leaving: new Set(tasksOf(leaving)),
    interrupted: new Set(tasksOf(leaving.filter(({ standing }) => standing.kind === 'draining' && standing.isSpot))),
    cutOff: new Set(tasksOf(cutOff)),
    drainingNodes: nodesOf(leaving),
    lostNodes: nodesOf(lost),
    ...(turns.length > 0 && { turnsAtMs: Math.min(...turns) }),
  };
});

/** Those that have not stopped, and have a node. */
function sightsOf({ tasks, nodes, nodeLossMs, now }: ServiceWorld): Sight[] {
  const clock = { nowMs: now.epochMs, lossMs: nodeLossMs };
  const standings = new Map([...nodes].map(([name, node]) => [name, nodeStandingAt(node, clock)]));
  return tasks.flatMap((task) => {
    if (task.node === undefined || task.lastStatus === 'STOPPED') return [];
    return [{ task, standing: standings.get(task.node) ?? goneStandingAt(task.boundAtMs ?? task.createdAtMs, clock) }];
  });
}

function isLeaving({ task, standing }: Sight, { deployments }: ServiceWorld): boolean {
  if (standing.kind !== 'draining') return false;
  const deployment = deployments.find(({ digits }) => digits === task.deployment);
  const tolerations = deployment?.snapshot.content.kubernetes?.tolerations ?? [];
  return hasToLeave(standing, { tolerations, createdAtMs: task.createdAtMs });
}

function turnOf(standing: NodeStanding): number | undefined {
  return standing.kind === 'lost' ? undefined : standing.turnsAtMs;
}

function tasksOf(sights: readonly Sight[]): TaskView[] {
  return sights.map(({ task }) => task);
}

function nodesOf(sights: readonly Sight[]): string[] {
  const named = sights.flatMap(({ task: { node = '' }, standing }) =>
    standing.kind === 'active' ? [] : [`${node} (${standing.why})`],
  );
  return [...new Set(named)].sort();
}
