import type { Instant } from '../base/clock.ts';
import { isNodeNews } from '../core/placement/operator/node.ts';
import { pinnedTo } from '../core/placement/operator/pin.ts';
import { planPlacement } from '../core/placement/operator/plan.ts';
import { gatesAfterPlacement, isOnItsWay, isToBePlaced } from '../core/placement/operator/pod-placement.ts';
import {
  nothingKnown,
  type Placer,
  type PlacementMemory,
  type PlacementPlan,
  type PlacementStep,
  type PlacementWorld,
} from '../core/placement/operator/world.ts';
import { withdrawn } from '../core/service/reasons.ts';
import type { Stores } from '../kube/cache/stores.ts';
import { watch, type Controller } from '../kube/controller.ts';
import { isConflict } from '../kube/errors.ts';
import { defineSoleController, soleKey } from '../kube/sole-controller.ts';
import type { Outcome, Write } from '../kube/writes/act.ts';
import { deletes, patches } from '../kube/writes/permissions.ts';
import { indexes, onItsWay, toBePlaced } from './caches.ts';
import { liveModelOf, type LiveModel } from './placement-model.ts';
import { nodes, pods } from './resources.ts';

/** How long a pod is left alone that the API server did not let us pin: the others must not wait for it. */
const putOffMs = 10_000;

interface Look extends PlacementWorld {
  readonly live: LiveModel | undefined;
}

/**
 * Chooses the nodes of the tasks that we place. One look after the other for all of them: a node is never promised
 * twice, and what a look has promised the next one sees.
 */
export function placementController(): Controller {
  let memory: PlacementMemory = nothingKnown;
  return defineSoleController<Look, PlacementStep, PlacementPlan>({
    name: 'placement',
    watches: [
      watch(pods, (pod, stores) => (isToBePlaced(pod) || isOnItsWay(pod) || isAnyWaiting(stores) ? [soleKey] : [])),
      watch(nodes, (_, stores) => (isAnyWaiting(stores) ? [soleKey] : []), isNodeNews),
    ],
    writes: [patches(pods), deletes(pods)],
    observe: (stores, now) => observe(stores, now, memory),
    plan: planPlacement,
    render,
    conclude: ({ live, now }, plan, outcome) => {
      live?.reserve(plan.steps.filter(({ kind }) => kind === 'pin').map(({ pod }) => pod));
      memory = puttingOff(plan.memory, outcome, now);
    },
  });
}

function isAnyWaiting(stores: Stores): boolean {
  return stores.of(pods).byIndex(indexes.placement, toBePlaced).length > 0;
}

function observe(stores: Stores, now: Instant, memory: PlacementMemory): Look {
  const store = stores.of(pods);
  const waiting = store.byIndex(indexes.placement, toBePlaced);
  const seen = { now, memory, waiting, onItsWay: store.byIndex(indexes.placement, onItsWay) };
  // Where nobody waits for us nothing is worth keeping a model for.
  if (waiting.length === 0) return { ...seen, live: undefined, isBehind: false, placer: nobody };
  const live = liveModelOf(stores);
  live.release();
  return { ...seen, live, isBehind: !live.catchUp(), placer: live.model };
}

const nobody: Placer = { place: () => undefined };

function render(step: PlacementStep): Write {
  const { pod } = step;
  const { namespace = '', name, uid, resourceVersion } = pod.metadata;
  const at = { namespace, name };
  if (step.kind === 'withdraw') return { verb: 'delete', resource: pods, at, uid, resourceVersion, note: withdrawn };
  const spec = { schedulingGates: gatesAfterPlacement(pod), affinity: pinnedTo(step.node, pod.spec?.affinity) };
  return { verb: 'patch', resource: pods, at, body: { metadata: { resourceVersion }, spec } };
}

/** A conflict passes: what has changed is looked at again at once. */
function puttingOff(memory: PlacementMemory, { failed }: Outcome<PlacementStep>, now: Instant): PlacementMemory {
  const refused = failed.filter(({ item, error }) => item.kind === 'pin' && !isConflict(error));
  const untilMs = now.epochMs + putOffMs;
  const putOff = refused.map(({ item }) => [item.pod.metadata.uid, untilMs] as const);
  return { ...memory, putOffUntilMs: new Map([...memory.putOffUntilMs, ...putOff]) };
}
