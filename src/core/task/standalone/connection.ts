import type { TaskStatus } from '../../../api/task.ts';
import type { NextCondition } from '../../../base/conditions.ts';
import { goneStandingAt, nodeStandingAt, type NodeStanding } from '../../capacity/node-state.ts';
import { describeTask } from '../view.ts';
import type { TaskWorld } from './world.ts';

/**
 * Whether anybody hears of a task that has not stopped: on ECS, `connectivity`. On a lost node it stays as it is, for it
 * may run on; unlike a task of a service it is never started elsewhere.
 */
export function connectionConditions(world: TaskWorld, status: TaskStatus): NextCondition[] {
  const { node = '', lastStatus } = status;
  const standing = lastStatus === 'STOPPED' ? undefined : standingOf(world);
  if (standing?.kind !== 'lost') return [];
  return [
    {
      type: 'Disconnected',
      status: 'True',
      reason: 'NodeLost',
      message:
        `The node ${node} is lost (${standing.why}): nobody knows how the task is. It may run on, and is not started ` +
        'again elsewhere.',
      observedGeneration: world.task.metadata.generation ?? 0,
    },
  ];
}

/** Epoch ms at which its node is lost unless it is heard of. */
export function connectionTurn(world: TaskWorld): number | undefined {
  const standing = standingOf(world);
  return standing === undefined || standing.kind === 'lost' ? undefined : standing.turnsAtMs;
}

/** Undefined while the task has no node. */
function standingOf({ pods, nodes, nodeLossMs, now }: TaskWorld): NodeStanding | undefined {
  const task = pods.map(describeTask).find(({ node }) => node !== undefined);
  if (task?.node === undefined) return undefined;
  const clock = { nowMs: now.epochMs, lossMs: nodeLossMs };
  const node = nodes.get(task.node);
  return node ? nodeStandingAt(node, clock) : goneStandingAt(task.boundAtMs ?? task.createdAtMs, clock);
}
