import { apiVersionOf, normalized, pathOf, type KubeObject, type Location, type Resource } from './resource.ts';
import type { KubeRequest, Transport } from './transport.ts';
import { parseEvent, type WatchEvent } from './cache/watch-event.ts';

export type { WatchEvent } from './cache/watch-event.ts';

/** Which objects of a kind. */
export interface Selection {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListOptions extends Selection {
  /** Objects per page. */
  readonly limit?: number;
  /** From the page before; the server forgets it after some minutes (410). */
  readonly continue?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Of the whole list, the same on every page. */
  readonly resourceVersion: string;
  /** Present when there is another page. */
  readonly continue?: string;
}

export interface WatchOptions extends Selection {
  /** The version after which events are wanted. */
  readonly resourceVersion: string;
  /** After which the server ends the watch. */
  readonly timeoutSeconds: number;
}

export interface Patch {
  readonly type: 'merge' | 'json' | 'apply';
  readonly body: unknown;
  /** Required by the server for `apply`, which is always forced: the operator owns the fields it applies. */
  readonly fieldManager?: string;
}

export interface DeleteOptions {
  /** The object is deleted only if it still has this uid; otherwise a conflict. */
  readonly uid?: string;
  /** The object is deleted only while it is at this version; otherwise a conflict. */
  readonly resourceVersion?: string | undefined;
  readonly gracePeriodSeconds?: number;
}

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const satisfies Record<Patch['type'], string>;

/* oxlint-disable max-params -- what, where, how and, last, the signal: one order for all verbs */

/** The Kubernetes verbs, typed by resource. Objects come with apiVersion and kind and without managedFields. */
export class Client {
  readonly #transport: Pick<Transport, 'request' | 'lines'>;

  constructor(transport: Pick<Transport, 'request' | 'lines'>) {
    this.#transport = transport;
  }

  async get<T extends KubeObject>(resource: Resource<T>, at: Location, signal?: AbortSignal): Promise<T> {
    return this.#object(resource, { ...call('get', resource, at), signal });
  }

  /** One page of a list, as consistent as etcd. */
  async list<T extends KubeObject>(
    resource: Resource<T>,
    options: ListOptions = {},
    signal?: AbortSignal,
  ): Promise<Page<T>> {
    const { namespace, ...rest } = options;
    const list = await this.#transport.request<RawList<T>>({
      ...call('list', resource, { namespace }),
      query: queryOf(rest),
      signal,
    });
    const { resourceVersion, continue: next = '' } = list.metadata;
    const items = (list.items ?? []).map((item) => normalized(resource, item));
    return { items, resourceVersion, ...(next !== '' && { continue: next }) };
  }

  /** `namespace` is undefined for cluster-scoped kinds; apiVersion and kind of the body are filled in. */
  async create<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    body: object,
    signal?: AbortSignal,
  ): Promise<T> {
    const typed = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...body };
    return this.#object(resource, { ...call('create', resource, { namespace }), body: typed, signal });
  }

  /** Writes the whole object; its resourceVersion must be the current one (else a conflict). */
  async replace<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options: { readonly subresource?: string } = {},
    signal?: AbortSignal,
  ): Promise<T> {
    const { namespace, name } = object.metadata;
    const at = { namespace, name, subresource: options.subresource };
    return this.#object(resource, { ...call('update', resource, at), body: object, signal });
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    at: Location,
    patch: Patch,
    signal?: AbortSignal,
  ): Promise<T> {
    const query = queryOf({ fieldManager: patch.fieldManager, force: patch.type === 'apply' ? true : undefined });
    const contentType = patchTypes[patch.type];
    return this.#object(resource, { ...call('patch', resource, at), query, contentType, body: patch.body, signal });
  }

  /** The server's answer: the object while it is still ending, else a Status. */
  delete(
    resource: Resource<KubeObject>,
    at: Location,
    options: DeleteOptions = {},
    signal?: AbortSignal,
  ): Promise<unknown> {
    const { uid, resourceVersion, gracePeriodSeconds } = options;
    const isFree = uid === undefined && resourceVersion === undefined;
    const preconditions = isFree ? undefined : { uid, resourceVersion };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, gracePeriodSeconds };
    return this.#transport.request({ ...call('delete', resource, at), body, signal });
  }

  /**
   * Changes after a version, in order, until the server ends the watch.
   * @throws ApiError, also for an error the server reports in mid-watch: 410 means that a new list is needed.
   */
  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
    signal?: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const { namespace, ...rest } = options;
    const query = queryOf({ ...rest, watch: true, allowWatchBookmarks: true });
    for await (const line of this.#transport.lines({ ...call('watch', resource, { namespace }), query, signal })) {
      yield parseEvent(resource, line);
    }
  }

  async #object<T extends KubeObject>(resource: Resource<T>, request: KubeRequest): Promise<T> {
    return normalized(resource, await this.#transport.request<T>(request));
  }
}

interface RawList<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

function call(verb: KubeRequest['verb'], resource: Resource<KubeObject>, at: Location): KubeRequest {
  return { verb, resource: resource.plural, path: pathOf(resource, at) };
}

function queryOf(options: Readonly<Record<string, string | number | boolean | undefined>>): Record<string, string> {
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}
