import type { Store } from './store.ts';
import { noFeatures, type ServerFeatures } from '../features.ts';
import type { KubeObject, Resource } from '../resource.ts';

/** What is known of the API server: what it can do, and the stores of everything watched, found by resource. */
export class Stores {
  /** Found out once, before anything is planned. */
  features: ServerFeatures = noFeatures;
  readonly #stores = new Map<string, Store<KubeObject>>();

  /** Adds the store of a resource; each resource has one. */
  add<T extends KubeObject>(resource: Resource<T>, store: Store<T>): void {
    this.#stores.set(idOf(resource), store as unknown as Store<KubeObject>);
  }

  /** @throws Error when nothing watches the resource: a controller forgot to declare it. */
  of<T extends KubeObject>(resource: Resource<T>): Store<T> {
    const store = this.find(resource);
    if (!store) throw new Error(`Nothing watches ${idOf(resource)}: add it to the caches`);
    return store;
  }

  find<T extends KubeObject>(resource: Resource<T>): Store<T> | undefined {
    return this.#stores.get(idOf(resource)) as unknown as Store<T> | undefined;
  }

  get isSynced(): boolean {
    return [...this.#stores.values()].every((store) => store.synced);
  }
}

function idOf({ group, plural }: Resource<KubeObject>): string {
  return `${group}/${plural}`;
}
