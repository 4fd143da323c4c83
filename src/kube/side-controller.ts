import { instantOf, type Instant } from '../base/clock.ts';
import type { Plan } from '../base/plan.ts';
import type { Stores } from './cache/stores.ts';
import { actAll, type Controller, type ReconcileContext, type Watch } from './controller.ts';
import type { KubeObject, Resource } from './resource.ts';
import type { Write } from './writes/act.ts';
import { requireDeclared, type DeclaredWrite } from './writes/permissions.ts';

/** Work that is done for the objects of a kind beside its controller, which alone writes their status. */
export interface SideControllerDefinition<T extends KubeObject, World, Step> {
  readonly name: string;
  readonly resource: Resource<T>;
  readonly watches: readonly Watch[];
  /** All that `render` may ask for: the operator's role is made of it. */
  readonly writes: readonly DeclaredWrite[];
  /** Reads the stores, the object with its status as it is written, without an await between the reads. */
  readonly observe: (object: T, stores: Stores, now: Instant) => World;
  /** Pure. */
  readonly plan: (world: World) => Pick<Plan<never, Step>, 'steps' | 'wakeAtMs'>;
  readonly render: (step: Step, world: World) => Write;
}

/** A controller with a queue and workers of its own, so that its work delays nobody else's on the same object. */
export function defineSideController<T extends KubeObject, World, Step>(
  definition: SideControllerDefinition<T, World, Step>,
): Controller {
  const { name, resource, watches, writes } = definition;
  return { name, resource, watches, writes, reconcile: (key, context) => reconcile(definition, key, context) };
}

async function reconcile<T extends KubeObject, World, Step>(
  definition: SideControllerDefinition<T, World, Step>,
  key: string,
  context: ReconcileContext,
): Promise<number | undefined> {
  const id = `${definition.name} ${key}`;
  await context.unsettled.settle(id, context);
  const object = context.stores.of(definition.resource).get(key);
  if (!object || object.metadata.deletionTimestamp !== undefined) return undefined;
  const world = definition.observe(object, context.stores, instantOf(context.clock.now()));
  const { steps, wakeAtMs } = definition.plan(world);
  const write = (step: Step): Write => requireDeclared(definition.render(step, world), definition);
  const { failed } = await actAll(id, steps, { write, context });
  if (failed[0]) throw failed[0].error;
  return wakeAtMs;
}
