/** What the kit needs to know of an object's metadata; richer types of the API layer are assignable to it. */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string;
  readonly uid: string;
  /** A decimal number in text: see `compareVersions`. */
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  /** RFC 3339. */
  readonly creationTimestamp?: string;
  /** RFC 3339; present once deletion has begun. */
  readonly deletionTimestamp?: string;
}

/** The part of an owner reference that tells who owns an object. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/** Any object read from the API server. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** A kind as the API server addresses it; carries the type of its objects. */
export interface Resource<T extends KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set: it only ties the object's type to the description. */
  readonly type?: T;
}

/** An object, a collection of one namespace, or (with nothing set) the whole collection. */
export interface Location {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** `status`, `scale`, `eviction` and so on. */
  readonly subresource?: string | undefined;
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(resource: Resource<KubeObject>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** The URL path of a location, each part percent-encoded. A namespace given for a cluster-scoped kind is left out. */
export function pathOf(resource: Resource<KubeObject>, at: Location = {}): string {
  const parts = resource.group === '' ? ['api', resource.version] : ['apis', resource.group, resource.version];
  if (resource.namespaced && at.namespace !== undefined) parts.push('namespaces', at.namespace);
  parts.push(resource.plural);
  if (at.name !== undefined) parts.push(at.name);
  if (at.subresource !== undefined) parts.push(at.subresource);
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

/** `namespace/name`, the key of an object in stores and queues; the namespace is empty for cluster-scoped objects. */
export function keyOf(object: { readonly metadata: { readonly namespace?: string; readonly name: string } }): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/**
 * Orders two resourceVersions of the same resource type: negative when `a` is older. They are decimal numbers that
 * may exceed 2^53 (Kubernetes documents them as comparable from 1.35, and etcd revisions always were), so the longer
 * text is the greater number.
 */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * An object as the kit hands it out: with apiVersion and kind (list items come without) and without `managedFields`,
 * which is about half of an object and interests nobody here. Copies rather than deletes: objects that lose a
 * property become slow and large in V8.
 */
export function normalized<T extends KubeObject>(resource: Resource<T>, raw: T): T {
  const { managedFields: _, ...metadata } = raw.metadata as ObjectMeta & { managedFields?: unknown };
  return Object.assign({ apiVersion: apiVersionOf(resource), kind: resource.kind }, raw, { metadata });
}
