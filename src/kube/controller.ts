import { instantOf, type Clock, type Instant } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { EventRecord } from '../base/events.ts';
import type { Log } from '../base/log.ts';
import type { Meter } from '../base/meter.ts';
import type { Plan } from '../base/plan.ts';
import type { Refusal } from '../base/refusal.ts';
import { ApiError, UnknownOutcomeError } from './errors.ts';
import { actWithSlowStart, performWrite, type ActContext, type Outcome, type Write } from './writes/act.ts';
import { withhold, type Promises } from './promises.ts';
import { requireDeclared, type DeclaredWrite } from './writes/permissions.ts';
import type { Recorder } from './events/recorder.ts';
import { refusalOf } from './refusal.ts';
import type { KubeObject, Resource } from './resource.ts';
import { isConditionChange } from './writes/state-change.ts';
import type { StatusWriter, WithStatus } from './writes/status.ts';
import type { TerminatingNamespaces } from './writes/terminating.ts';
import type { Stores } from './cache/stores.ts';
import { UnsettledError, type Unsettled } from './writes/unsettled.ts';

/** Which keys of the controller's own kind a change of some other object concerns. */
export interface Watch {
  readonly resource: Resource<KubeObject>;
  readonly keysOf: (object: KubeObject, stores: Stores) => readonly string[];
  /** Whether a change of an object is one for anybody; every change is when absent. */
  readonly isNews?: (before: KubeObject, after: KubeObject) => boolean;
}

/**
 * Declares a watch with the type of its objects.
 * @param isNews which changes of an object count: a node's heartbeat, say, is none of its tasks' business.
 */
export function watch<T extends KubeObject>(
  resource: Resource<T>,
  keysOf: (object: T, stores: Stores) => readonly string[],
  isNews?: (before: T, after: T) => boolean,
): Watch {
  return { resource, keysOf, ...(isNews && { isNews }) } as unknown as Watch;
}

/** What a step's failure is told as. */
export interface FailedStep<Step> {
  readonly step: Step;
  readonly message: string;
  /** What a refused create means, where it means something. */
  readonly refusal?: Refusal;
}

/** One kind's reconciliation, in the parts that `reconcile` walks through. Everything but the walk is synchronous. */
export interface ControllerDefinition<T extends WithStatus, World, Status, Step> {
  readonly name: string;
  readonly resource: Resource<T>;
  readonly watches: readonly Watch[];
  /** All that `render` may ask for: the operator's role is made of it. */
  readonly writes: readonly DeclaredWrite[];
  /** Reads the stores; without an await between the reads they are one consistent snapshot. */
  readonly observe: (object: T, stores: Stores, now: Instant) => World;
  /** Pure. */
  readonly plan: (world: World) => Plan<Status, Step>;
  /** What no plan may break, whatever a bug makes of it. */
  readonly promises?: Promises<World, Step>;
  readonly render: (step: Step, world: World) => Write;
  /** What is told and written once it is known what was done. */
  readonly conclude: (
    world: World,
    plan: Plan<Status, Step>,
    outcome: { readonly done: readonly Step[]; readonly failed: readonly FailedStep<Step>[] },
  ) => { readonly status: Status; readonly events: readonly EventRecord[] };
  /** Pure. Whether the status is written at once, for another reason than its conditions or observedGeneration. */
  readonly isStateChange?: (before: Status, after: Status) => boolean;
}

/** What a reconcile works with. */
export interface ReconcileContext extends ActContext {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly unsettled: Unsettled;
  readonly statuses: StatusWriter;
  readonly terminating: TerminatingNamespaces;
  readonly log: Log;
  readonly meter: Meter;
}

/** A controller with its types closed over, as the manager sees it. */
export interface Controller {
  readonly name: string;
  /** Absent: it has one key, whatever changes (`sole-controller.ts`). */
  readonly resource?: Resource<KubeObject>;
  readonly watches: readonly Watch[];
  readonly writes: readonly DeclaredWrite[];
  /**
   * Brings the object of that key one step nearer to its spec. After a write of unknown outcome, not before a live
   * read has told what became of it.
   * @returns epoch ms at which to look again, or undefined.
   * @throws that steps broke a promise, or what a step failed with, after the status is written or kept; or what the status write failed with.
   */
  readonly reconcile: (key: string, context: ReconcileContext) => Promise<number | undefined>;
}

/** Closes the definition's types over, so that controllers of different kinds stand in one list. */
export function defineController<T extends WithStatus, World, Status, Step>(
  definition: ControllerDefinition<T, World, Status, Step>,
): Controller {
  const { name, resource, watches, writes } = definition;
  return { name, resource, watches, writes, reconcile: (key, context) => reconcile(definition, key, context) };
}

async function reconcile<T extends WithStatus, World, Status, Step>(
  definition: ControllerDefinition<T, World, Status, Step>,
  key: string,
  context: ReconcileContext,
): Promise<number | undefined> {
  const id = `${definition.name} ${key}`;
  await context.unsettled.settle(id, context);
  const { resource } = definition;
  const stored = context.stores.of(resource).get(key);
  if (!stored || stored.metadata.deletionTimestamp !== undefined) {
    context.statuses.forget(resource, key);
    return undefined;
  }
  const object = context.statuses.overlay(resource, stored);
  const world = definition.observe(object, context.stores, instantOf(context.clock.now()));
  const plan = definition.plan(world);
  const write = (step: Step): Write => requireDeclared(definition.render(step, world), definition);
  const { steps, broken } = withhold(definition, { world, steps: plan.steps }, context.meter);
  const outcome = await actAll(id, steps, { write, context });
  const { status, events } = definition.conclude(world, plan, { done: outcome.done, failed: messagesOf(outcome) });
  const isUrgent = isStateChange(definition, stored, status);
  let dueAtMs: number | undefined;
  try {
    dueAtMs = await context.statuses.write({ resource, object: stored, status, isUrgent });
  } finally {
    // Also when the write failed: the status stays pending, and the next plan takes for told what it says.
    context.recorder.record(object, events);
  }
  if (broken) throw broken;
  if (outcome.failed[0]) throw outcome.failed[0].error;
  return earliest(plan.wakeAtMs, dueAtMs);
}

/**
 * Does the steps, kind by kind, and has what is left of unknown outcome block the key of that id. No plan has a step that
 * needs one of another kind before it: that the API server refuses a stop, say, is no reason to hold back all starts.
 */
export async function actAll<Step>(
  id: string,
  steps: readonly Step[],
  { write, context }: { readonly write: (step: Step) => Write; readonly context: ReconcileContext },
): Promise<Outcome<Step>> {
  const perform = (each: Write): Promise<void> => performWrite(each, context);
  const act = async (step: Step): Promise<void> => context.terminating.perform(write(step), perform);
  const done: Step[] = [];
  const failed: Outcome<Step>['failed'][number][] = [];
  for (const ofKind of Map.groupBy(steps, kindOf).values()) {
    const outcome = await actWithSlowStart(ofKind, act);
    done.push(...outcome.done);
    failed.push(...outcome.failed);
    if (!outcome.failed.every(({ error }) => hasAnswered(error))) break;
  }
  for (const { error } of failed) if (error instanceof UnsettledError) context.unsettled.add(id, error.place);
  return { done, failed };
}

/** Whether the API server has, if only to a read after it: one that does not, or a lost lease, holds back everything. */
function hasAnswered(error: unknown): boolean {
  return error instanceof ApiError || error instanceof UnknownOutcomeError;
}

function kindOf(step: unknown): unknown {
  return typeof step === 'object' && step !== null && 'kind' in step ? step.kind : undefined;
}

/** Compares with what is written, not with what is pending. */
function isStateChange<T extends WithStatus, World, Status, Step>(
  definition: ControllerDefinition<T, World, Status, Step>,
  { status: before }: T,
  after: Status,
): boolean {
  if (before === undefined || isConditionChange(before, after)) return true;
  return definition.isStateChange?.(before as Status, after) ?? false;
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function messagesOf<Step>(outcome: Outcome<Step>): FailedStep<Step>[] {
  return outcome.failed.map(({ item, error }) => {
    const refusal = refusalOf(error);
    return { step: item, message: errorMessage(error), ...(refusal && { refusal }) };
  });
}
