import { dequal } from 'dequal/lite';
import type { ActContext } from './act.ts';
import { isConflict, isNotFound } from './errors.ts';
import type { KubeObject, Resource } from './resource.ts';

/** An object whose status is ours alone to write. */
export type WithStatus = KubeObject & { readonly status?: unknown };

const attempts = 4;

/**
 * Writes the whole status, if it differs from what is stored. We are its only writer, so a conflict means that
 * somebody changed the rest of the object: the same status is written again onto the newer one.
 * @returns whether something was written.
 */
export async function writeStatus<T extends WithStatus>(
  target: { readonly resource: Resource<T>; readonly object: T },
  status: unknown,
  context: ActContext,
): Promise<boolean> {
  const { resource } = target;
  if (dequal(target.object.status, status)) return false;
  let { object } = target;
  for (let attempt = 1; ; attempt++) {
    try {
      const next = { ...object, status };
      const written = await context.client.replace(resource, next, { subresource: 'status' }, context.signal);
      context.stores.of(resource).apply(written);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      if (!isConflict(error) || attempt === attempts) throw error;
      const newer = await reread(resource, object, context);
      if (!newer) return false;
      object = newer;
    }
  }
}

/** The object as it is by now; undefined when it is gone, though another one may have its name. */
async function reread<T extends WithStatus>(
  resource: Resource<T>,
  { metadata }: T,
  context: ActContext,
): Promise<T | undefined> {
  try {
    const newer = await context.client.get(resource, metadata, context.signal);
    if (newer.metadata.uid !== metadata.uid) return undefined;
    context.stores.of(resource).apply(newer);
    return newer;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return undefined;
  }
}
