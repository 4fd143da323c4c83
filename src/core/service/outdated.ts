import { memo } from '../../base/memo.ts';
import type { Share } from '../capacity/resolve.ts';
import { askedOf } from '../placement/kube-scheduler/asked.ts';
import { placementProblem } from '../placement/placeable.ts';
import { serviceGroup } from '../placement/task-group.ts';
import { bindingOf } from '../task/pod/binding.ts';
import { waitsForNode, type TaskView } from '../task/view.ts';
import { primaryOf, type DeploymentRecord } from './deployment.ts';
import { displayName } from './events.ts';
import { whereaboutsOf } from './whereabouts.ts';
import type { ServiceWorld } from './world.ts';

/**
 * Tasks of the PRIMARY deployment that wait for a node by terms that hold no more: constraints, a capacity provider or a
 * mode that its service has given up since, or values of nodes that have changed. ECS asks when it places a task, and a
 * pod is told once: without another pod it would wait for what nobody asks for any longer. None while nothing could be
 * started instead. Told once for each world.
 */
export const outdatedOf = memo((world: ServiceWorld): ReadonlySet<TaskView> => {
  const { capacity, placement, knownNodes } = world;
  const primary = primaryOf(world.deployments);
  const waiting = whereaboutsOf(world).live.filter((task) => isBound(task) && task.deployment === primary?.digits);
  if (!primary || waiting.length === 0 || capacity.kind === 'missing' || placement.mode === 'daemon') return new Set();
  if (capacity.launchType !== primary.snapshot.launchType) return new Set();
  if (placementProblem(primary.snapshot, placement, knownNodes)) return new Set();
  const bindings = bindingsOf(world, primary, capacity.shares);
  return new Set(waiting.filter(({ provider, binding }) => bindings.get(provider) !== binding));
});

/** Waits for a node by terms of its service: what stands in for another provider is moved by the fallback order. */
function isBound(task: TaskView): boolean {
  return waitsForNode(task) && task.standsFor === undefined && task.binding !== undefined;
}

/** What binds new tasks, by their capacity provider; undefined for that where they have none. */
function bindingsOf(
  { service, placement, knownNodes }: ServiceWorld,
  { snapshot, digits }: DeploymentRecord,
  shares: readonly Share[],
): ReadonlyMap<string | undefined, string> {
  const asked = askedOf(placement, snapshot.content, knownNodes);
  const group = serviceGroup({ name: service.metadata.name, shown: displayName(service) }, digits);
  const rest = { placement, asked, group, snapshot };
  if (shares.length === 0) return new Map([[undefined, bindingOf({ ...rest, capacity: snapshot })]]);
  return new Map(
    shares
      .filter((each) => isUsed(each, shares))
      .map(({ capacityProvider, capacity }) => [capacityProvider, bindingOf({ ...rest, capacity })]),
  );
}

/** Whether it gets tasks at all. */
function isUsed({ weight, base }: Share, shares: readonly Share[]): boolean {
  return weight + base > 0 || shares.length === 1;
}
