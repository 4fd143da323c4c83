import { settleAll } from '../../base/concurrency.ts';
import type { Client } from '../client.ts';
import { isAlreadyExists, isConflict, isNotFound, UnknownOutcomeError } from '../errors.ts';
import { refresh, forget, type Named } from './live.ts';
import { normalized, type KubeObject, type Resource } from '../resource.ts';
import type { Stores } from '../cache/stores.ts';
import { UnsettledError } from './unsettled.ts';

/**
 * A change to the cluster. Each is harmless when it comes late, twice or with unknown outcome: a create has a
 * deterministic name, a delete carries the uid it means, a patch carries a resourceVersion in its body.
 */
export type Write =
  | {
      readonly verb: 'create';
      readonly resource: Resource<KubeObject>;
      readonly namespace: string;
      readonly body: CreateBody;
    }
  | {
      readonly verb: 'delete';
      readonly resource: Resource<KubeObject>;
      readonly at: Named;
      readonly uid: string;
      /** Only while it is at this version: what has changed since is looked at again. */
      readonly resourceVersion?: string;
      /** Why, for whoever reads the object's last state from the store's departures. */
      readonly note?: string;
    }
  | { readonly verb: 'patch'; readonly resource: Resource<KubeObject>; readonly at: Named; readonly body: object };

/** An object to create: named by us, and owned, so that a name already taken can be told from a repeated create. */
export interface CreateBody {
  readonly metadata: {
    readonly name: string;
    readonly ownerReferences?: readonly { readonly uid: string; readonly blockOwnerDeletion?: boolean }[];
  };
}

export interface ActContext {
  readonly client: Client;
  readonly stores: Stores;
  readonly signal: AbortSignal;
}

/** What became of the items: those done, and those that failed with why. Items after a failed batch are in neither. */
export interface Outcome<Item> {
  readonly done: readonly Item[];
  readonly failed: readonly { readonly item: Item; readonly error: unknown }[];
}

/** Writes of one reconcile that are under way at once, at most. */
const widestBatch = 32;

/**
 * Does `act` for each item, in batches of 1, 2, 4 … 32: when the API server refuses (a quota, a webhook that is down),
 * it has been asked once or twice and not five hundred times. Stops after the first batch with a failure.
 */
export async function actWithSlowStart<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<void>,
): Promise<Outcome<Item>> {
  const done: Item[] = [];
  const failed: { item: Item; error: unknown }[] = [];
  for (
    let from = 0, size = 1;
    from < items.length && failed.length === 0;
    from += size, size = Math.min(size * 2, widestBatch)
  ) {
    const batch = items.slice(from, from + size);
    const results = await settleAll(batch, size, act);
    results.forEach((result, index) => {
      const item = batch[index] as Item;
      if (result.status === 'fulfilled') done.push(item);
      else failed.push({ item, error: result.reason });
    });
  }
  return { done, failed };
}

/**
 * Does one write and feeds what it learned back into the stores. Absorbs the outcomes that mean "done already", and
 * settles an unknown one by a live read.
 * @throws UnknownOutcomeError when the read does not show the effect: what it showed is what the next plan starts from;
 * UnsettledError when nothing could be read.
 */
export async function performWrite(write: Write, context: ActContext): Promise<void> {
  try {
    await attempt(write, context);
  } catch (error) {
    if (!(error instanceof UnknownOutcomeError)) throw error;
    const live = await settle(write, error, context);
    if (!shows(live, write)) throw error;
  }
}

async function settle(write: Write, unknown: Error, context: ActContext): Promise<KubeObject | undefined> {
  const { resource } = write;
  try {
    return await refresh(resource, placeOf(write), context);
  } catch (error) {
    throw new UnsettledError({ resource, at: placeOf(write) }, { cause: new AggregateError([unknown, error]) });
  }
}

/** Whether what a live read found, if anything, tells that the write has taken effect. */
function shows(live: KubeObject | undefined, write: Write): boolean {
  switch (write.verb) {
    case 'create':
      return live !== undefined && isSameOwner(live, write.body);
    case 'delete':
      return live?.metadata.uid !== write.uid || live.metadata.deletionTimestamp !== undefined;
    case 'patch':
      // A version that has moved on may be somebody else's work.
      return live === undefined;
  }
}

async function attempt(write: Write, context: ActContext): Promise<void> {
  switch (write.verb) {
    case 'create':
      await create(write, context);
      return;
    case 'delete':
      await remove(write, context);
      return;
    case 'patch':
      await patch(write, context);
      return;
  }
}

async function create(write: Extract<Write, { verb: 'create' }>, context: ActContext): Promise<void> {
  const { resource, namespace, body } = write;
  try {
    context.stores.find(resource)?.apply(await context.client.create(resource, namespace, body, context.signal));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const existing = await refresh(resource, placeOf(write), context);
    if (!existing || !isSameOwner(existing, body)) throw error;
  }
}

/** Whether what has the name is what an earlier attempt made: of the same owner, or of none as well. */
function isSameOwner(existing: KubeObject, body: CreateBody): boolean {
  const owner = body.metadata.ownerReferences?.[0]?.uid;
  const owners = existing.metadata.ownerReferences ?? [];
  return owner === undefined ? owners.length === 0 : owners.some(({ uid }) => uid === owner);
}

async function remove(write: DeleteWrite, context: ActContext): Promise<void> {
  const { resource, at, uid } = write;
  try {
    const answer = await deleteNoted(write, context);
    if (isLeaving(answer)) context.stores.find(resource)?.apply(normalized(resource, answer));
    else forget(resource, { ...at, uid }, context);
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
    await refresh(resource, at, context);
  }
}

type DeleteWrite = Extract<Write, { verb: 'delete' }>;

/** Notes why before it is sent, for a watch may tell that the object is gone before the answer comes. */
async function deleteNoted(
  { resource, at, uid, resourceVersion, note }: DeleteWrite,
  context: ActContext,
): Promise<unknown> {
  const { client, stores, signal } = context;
  const departures = stores.find(resource)?.departures;
  if (note !== undefined) departures?.note(uid, note);
  try {
    return await client.delete(resource, at, { uid, resourceVersion }, signal);
  } catch (error) {
    if (note !== undefined && !(error instanceof UnknownOutcomeError)) departures?.note(uid, undefined);
    throw error;
  }
}

/** A graceful delete answers with the object, marked; any other answer means that it is gone already. */
function isLeaving(answer: unknown): answer is KubeObject {
  const metadata = (answer as Partial<KubeObject> | undefined)?.metadata;
  return metadata?.deletionTimestamp !== undefined;
}

async function patch(write: Extract<Write, { verb: 'patch' }>, context: ActContext): Promise<void> {
  const { resource, at, body } = write;
  try {
    const patched = await context.client.patch(resource, at, { type: 'merge', body }, context.signal);
    context.stores.find(resource)?.apply(patched);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await refresh(resource, at, context);
  }
}

function placeOf(write: Write): Named {
  return write.verb === 'create' ? { namespace: write.namespace, name: write.body.metadata.name } : write.at;
}
