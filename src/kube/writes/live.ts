import type { Client } from '../client.ts';
import { isNotFound } from '../errors.ts';
import type { KubeObject, Location, Resource } from '../resource.ts';
import type { Stores } from '../cache/stores.ts';

/** One object of a namespaced kind. */
export interface Named extends Location {
  readonly namespace: string;
  readonly name: string;
}

/** What a live read needs. */
export interface LiveContext {
  readonly client: Pick<Client, 'get'>;
  readonly stores: Stores;
  readonly signal: AbortSignal;
}

/** Reads the object live and brings its store up to date with what is there, or is not. */
export async function refresh(
  resource: Resource<KubeObject>,
  at: Named,
  context: LiveContext,
): Promise<KubeObject | undefined> {
  const store = context.stores.find(resource);
  const uid = store?.get(`${at.namespace}/${at.name}`)?.metadata.uid;
  try {
    const live = await context.client.get(resource, at, context.signal);
    store?.apply(live);
    return live;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    forget(resource, { ...at, uid }, context);
    return undefined;
  }
}

/** The object of that uid is gone; another one may have its name by now, which a watch told before the answer came. */
export function forget(
  resource: Resource<KubeObject>,
  { namespace, name, uid }: Named & { readonly uid: string | undefined },
  context: LiveContext,
): void {
  const store = context.stores.find(resource);
  const held = store?.get(`${namespace}/${name}`);
  if (held && held.metadata.uid === uid) store?.remove(held);
}
