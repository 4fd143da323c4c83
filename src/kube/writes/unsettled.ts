import { refresh, type LiveContext, type Named } from './live.ts';
import type { KubeObject, Resource } from '../resource.ts';

/** An object that a write of unknown outcome was about. */
export interface Place {
  readonly resource: Resource<KubeObject>;
  readonly at: Named;
}

/** A write may or may not have taken effect, and no live read could tell. `cause` says why neither. */
export class UnsettledError extends Error {
  override readonly name = 'UnsettledError';
  readonly place: Place;

  constructor(place: Place, options: { readonly cause: unknown }) {
    super(`Outcome unknown, and ${place.resource.kind} ${place.at.name} could not be read`, options);
    this.place = place;
  }
}

/**
 * What has to be read live before anything is planned for a key again, because a write made for it is of unknown
 * outcome. Without that a plan would rest on what the store held before the write: a pod that was started would be
 * counted as missing.
 */
export class Unsettled {
  readonly #byKey = new Map<string, Map<string, Place>>();

  /** Blocks the key until that place has been read. */
  add(key: string, place: Place): void {
    const places = this.#byKey.get(key) ?? new Map<string, Place>();
    this.#byKey.set(key, places.set(idOf(place), place));
  }

  /**
   * Reads whatever the key waits for, and brings the stores up to date.
   * @throws what a read fails with; the key is blocked still.
   */
  async settle(key: string, context: LiveContext): Promise<void> {
    const places = this.#byKey.get(key);
    if (places === undefined) return;
    for (const [id, { resource, at }] of places) {
      await refresh(resource, at, context);
      places.delete(id);
    }
    this.#byKey.delete(key);
  }
}

function idOf({ resource, at }: Place): string {
  return `${resource.group}/${resource.plural} ${at.namespace}/${at.name}`;
}
