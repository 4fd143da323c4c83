import { waitsForNode } from '../task/view.ts';
import { placementLookMs } from '../placement/look.ts';
import type { ServiceWorld } from './world.ts';

/** Tasks of a cluster that are PROVISIONING at once, at most (Amazon ECS service quotas). */
const mostProvisioning = 500;

/** How many of `count` tasks may be started now: those that we place count as PROVISIONING until they are. */
export function startable({ provisioning = 0 }: ServiceWorld, count: number): number {
  return Math.min(count, Math.max(0, mostProvisioning - provisioning));
}

/** When to look again for tasks that wait for a node, or may not even do that; undefined when none does. */
export function nextPlacementLook(world: ServiceWorld, count: number): number | undefined {
  const isLooked = startable(world, count) < count || world.tasks.some(waitsForNode);
  return isLooked ? world.now.epochMs + placementLookMs : undefined;
}
