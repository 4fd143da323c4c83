import type { ServiceStatus } from '../../api/service-status.ts';
import type { NextCondition } from '../../base/conditions.ts';
import { isDaemon } from './daemon-nodes.ts';
import { percentsOf } from './desired.ts';
import type { Rollout } from './progress.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceWorld } from './world.ts';

/** Named in one message; the rest is counted. */
const namedNodes = 10;

/** What becomes of tasks for what became of their nodes: each condition is absent while there is none. */
export function nodeConditions(world: ServiceWorld, rollout: Rollout | undefined): NextCondition[] {
  const { leaving, lost } = whereaboutsOf(world);
  return [
    ...(leaving.size > 0 ? [draining(world, rollout?.rolling.isDrainStuck ?? false)] : []),
    ...(lost.length > 0 ? [tasksLost(world)] : []),
  ];
}

/** How many tasks are concerned. */
export function nodeCounts(world: ServiceWorld): Pick<ServiceStatus, 'drainingCount' | 'lostCount'> {
  const { leaving, lost } = whereaboutsOf(world);
  return {
    ...(leaving.size > 0 && { drainingCount: leaving.size }),
    ...(lost.length > 0 && { lostCount: lost.length }),
  };
}

/** ECS says nothing when its bounds keep tasks on a node that drains. */
function draining(world: ServiceWorld, isStuck: boolean): NextCondition {
  const { leaving, drainingNodes } = whereaboutsOf(world);
  const { minimumHealthyPercent, maximumPercent } = percentsOf(world.service.spec);
  const bounds = `minimumHealthyPercent ${String(minimumHealthyPercent)} and maximumPercent ${String(maximumPercent)}`;
  const where = `${String(leaving.size)} tasks are on draining nodes: ${listed(drainingNodes)}.`;
  const observedGeneration = world.service.metadata.generation ?? 0;
  if (isDaemon(world)) {
    const message = `${where} They stop last, when no other tasks are left there.`;
    return { type: 'Draining', status: 'True', reason: 'TasksStopLast', message, observedGeneration };
  }
  return {
    type: 'Draining',
    status: 'True',
    reason: isStuck ? 'DrainingBlocked' : 'TasksMoving',
    message: isStuck
      ? `${where} With ${bounds} none of them can be moved. Lower the first or raise the second.`
      : `${where} They are replaced within ${bounds}.`,
    observedGeneration,
  };
}

function tasksLost(world: ServiceWorld): NextCondition {
  const { lost, lostNodes } = whereaboutsOf(world);
  return {
    type: 'TasksLost',
    status: 'True',
    reason: 'NodesLost',
    message:
      `${String(lost.length)} tasks are on lost nodes: ${listed(lostNodes)}. They count neither as healthy nor ` +
      'against maximumPercent: others take their place, and what is too many stops when the nodes come back.',
    observedGeneration: world.service.metadata.generation ?? 0,
  };
}

function listed(nodes: readonly string[]): string {
  const rest = nodes.length - namedNodes;
  return `${nodes.slice(0, namedNodes).join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}
