import type { Write } from './act.ts';
import type { KubeRequest } from '../wire/request.ts';
import type { KubeObject, Resource } from '../resource.ts';

/** One thing that RBAC grants: a verb on a resource, or on a subresource of it. */
export interface Permission {
  readonly verb: KubeRequest['verb'];
  readonly resource: Resource<KubeObject>;
  readonly subresource?: 'status' | 'finalizers';
}

/** One kind of write that a controller declares beside its watches. */
export interface DeclaredWrite {
  readonly verb: Write['verb'];
  readonly resource: Resource<KubeObject>;
  /** Whether what it creates blocks the deletion of its owner, an object of the controller's own kind. */
  readonly blocksOwner: boolean;
}

/** A write that the controller which asked for it has not declared: the role would not have it. */
export class UndeclaredWriteError extends Error {
  override readonly name = 'UndeclaredWriteError';
}

/** Declares that objects are created that stand alone. */
export function creates(resource: Resource<KubeObject>): DeclaredWrite {
  return declare('create', resource);
}

/** Declares that objects are created that the controller's own object owns, which is not gone before they are. */
export function createsOwned(resource: Resource<KubeObject>): DeclaredWrite {
  return { ...declare('create', resource), blocksOwner: true };
}

/** Declares that objects are patched. */
export function patches(resource: Resource<KubeObject>): DeclaredWrite {
  return declare('patch', resource);
}

/** Declares that objects are deleted. */
export function deletes(resource: Resource<KubeObject>): DeclaredWrite {
  return declare('delete', resource);
}

function declare(verb: Write['verb'], resource: Resource<KubeObject>): DeclaredWrite {
  return { verb, resource, blocksOwner: false };
}

/** By which each verb is declared. */
const declarations = { create: 'creates', patch: 'patches', delete: 'deletes' } as const;

/**
 * Lets a write through that is declared.
 * @throws UndeclaredWriteError that names the controller, the verb and the resource.
 */
export function requireDeclared(
  write: Write,
  { name, writes }: { readonly name: string; readonly writes: readonly DeclaredWrite[] },
): Write {
  const owners = write.verb === 'create' ? (write.body.metadata.ownerReferences ?? []) : [];
  const blocks = owners.some(({ blockOwnerDeletion }) => blockOwnerDeletion === true);
  const isDeclared = writes.some(
    ({ verb, resource, blocksOwner }) =>
      verb === write.verb && isSame(resource, write.resource) && (blocksOwner || !blocks),
  );
  if (isDeclared) return write;
  const what = `${blocks ? 'createsOwned' : declarations[write.verb]}(${write.resource.plural})`;
  throw new UndeclaredWriteError(`The controller ${name} does not declare ${what} among its writes`);
}

function isSame(a: Resource<KubeObject>, b: Resource<KubeObject>): boolean {
  return a.group === b.group && a.plural === b.plural;
}

/** What holding a resource in memory takes. */
export function cachePermissions(resource: Resource<KubeObject>): readonly Permission[] {
  return [
    { verb: 'list', resource },
    { verb: 'watch', resource },
  ];
}

/**
 * What a controller's writes take: those, and live reads wherever a write may meet a conflict or an unknown outcome. The
 * API server may ask for the finalizers' right of whoever keeps an owner from being gone.
 */
export function controllerPermissions(controller: {
  readonly resource?: Resource<KubeObject>;
  readonly writes: readonly DeclaredWrite[];
}): readonly Permission[] {
  const { resource: own, writes } = controller;
  return [
    ...(own ? ownPermissions(own, writes) : []),
    ...writes.flatMap(({ verb, resource }): Permission[] => [
      { verb, resource },
      { verb: 'get', resource },
    ]),
  ];
}

function ownPermissions(resource: Resource<KubeObject>, writes: readonly DeclaredWrite[]): readonly Permission[] {
  const blocksOwner = writes.some((write) => write.blocksOwner);
  return [
    { verb: 'get', resource },
    { verb: 'update', resource, subresource: 'status' },
    ...(blocksOwner ? [{ verb: 'update', resource, subresource: 'finalizers' } as const] : []),
  ];
}
