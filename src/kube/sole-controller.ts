import { instantOf, type Instant } from '../base/clock.ts';
import type { Plan } from '../base/plan.ts';
import type { Stores } from './cache/stores.ts';
import { actAll, type Controller, type ReconcileContext, type Watch } from './controller.ts';
import type { Outcome, Write } from './writes/act.ts';
import { requireDeclared, type DeclaredWrite } from './writes/permissions.ts';

/** The one key of a sole controller: what its watches give when a change concerns it. */
export const soleKey = '*';

/** What is to be done, when to look again, and what else the plan has to tell `conclude`. */
type SolePlan<Step> = Pick<Plan<never, Step>, 'steps' | 'wakeAtMs'>;

/** Work that is done for everything at once, since what is decided for one object depends on all others. */
export interface SoleControllerDefinition<World, Step, Planned extends SolePlan<Step>> {
  readonly name: string;
  /** Their keys are `soleKey`. */
  readonly watches: readonly Watch[];
  /** All that `render` may ask for: the operator's role is made of it. */
  readonly writes: readonly DeclaredWrite[];
  /** Reads the stores, without an await between the reads. */
  readonly observe: (stores: Stores, now: Instant) => World;
  /** Pure. */
  readonly plan: (world: World) => Planned;
  readonly render: (step: Step, world: World) => Write;
  /** Hears what became of the steps: one that fails each time must not keep the others from being done. */
  readonly conclude: (world: World, plan: Planned, outcome: Outcome<Step>) => void;
}

/** A controller without a kind of its own. Its one key is never worked twice at once: what it decides is serial. */
export function defineSoleController<World, Step, Planned extends SolePlan<Step>>(
  definition: SoleControllerDefinition<World, Step, Planned>,
): Controller {
  const { name, watches, writes } = definition;
  return { name, watches, writes, reconcile: (key, context) => reconcile(definition, key, context) };
}

async function reconcile<World, Step, Planned extends SolePlan<Step>>(
  definition: SoleControllerDefinition<World, Step, Planned>,
  key: string,
  context: ReconcileContext,
): Promise<number | undefined> {
  const id = `${definition.name} ${key}`;
  await context.unsettled.settle(id, context);
  const world = definition.observe(context.stores, instantOf(context.clock.now()));
  const plan = definition.plan(world);
  const write = (step: Step): Write => requireDeclared(definition.render(step, world), definition);
  const outcome = await actAll(id, plan.steps, { write, context });
  definition.conclude(world, plan, outcome);
  if (outcome.failed[0]) throw outcome.failed[0].error;
  return plan.wakeAtMs;
}
