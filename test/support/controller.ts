import { annotations } from '../../src/api/labels.ts';
import { clusterKind, type Cluster, type ClusterSpec } from '../../src/api/cluster.ts';
import { apiVersion, type ControllerRevision, type KubeObject, type ObjectMeta } from '../../src/api/meta.ts';
import type { Service } from '../../src/api/service.ts';
import { caches } from '../../src/controllers/caches.ts';
import { ownedBy } from '../../src/controllers/resources.ts';
import { deploymentBody, revisionBody, type RevisionBody } from '../../src/controllers/revisions.ts';
import type { DeploymentRecord } from '../../src/core/service/deployment.ts';
import type { RevisionRecord } from '../../src/core/task-definition/resolve.ts';
import type { Controller } from '../../src/kube/controller.ts';
import { deepFreeze, deploymentRecord, iso, ms, revisionRecord, service } from './builders.ts';
import { accepts } from './inbox.ts';
import { startWalk, type Walk } from './walk.ts';

type Metadata = Partial<ObjectMeta>;

/** The cluster `default`. */
export function cluster(metadata: Metadata = {}, spec: ClusterSpec = {}): Cluster {
  const { name = 'default' } = metadata;
  const own = { name, namespace: 'shop', uid: `uid-of-${name}`, resourceVersion: '1', creationTimestamp: iso() };
  return deepFreeze({ apiVersion, kind: clusterKind.kind, metadata: { ...own, ...metadata }, spec });
}

/** A revision of a family as the API server has it: revision 1 of `web` unless said otherwise. */
export function revision(record: Partial<RevisionRecord> = {}, metadata: Metadata = {}): ControllerRevision {
  const { uid, registeredAt, ...rest } = revisionRecord(record);
  return stored(revisionBody(rest), { uid, creationTimestamp: registeredAt, ...metadata });
}

/** A deployment as the API server has it: the first one of the service `web` unless said otherwise. */
export function deployment(
  record: Partial<DeploymentRecord> = {},
  owner: Service = service(),
  metadata: Metadata = {},
): ControllerRevision {
  const { uid, createdAt, resourceVersion, ...rest } = deploymentRecord(record);
  const own = { uid, creationTimestamp: createdAt, resourceVersion, ownerReferences: [ownedBy(owner)] };
  return stored(deploymentBody(rest, owner.metadata.name), { ...own, ...metadata });
}

function stored({ metadata: written, revision: number, data }: RevisionBody, given: Metadata): ControllerRevision {
  const ours = { namespace: 'shop', uid: '', resourceVersion: '1', creationTimestamp: iso(), ...written, ...given };
  return deepFreeze({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: ours,
    revision: number,
    data: data as object,
  });
}

/** A controller over stores that the test fills by hand, 100 seconds after the beginning. */
export interface ControllerBench extends Walk {
  /** Puts objects into the stores of their kinds. */
  readonly hold: (...objects: readonly KubeObject[]) => void;
  /** One reconcile; every write is accepted. */
  readonly reconcile: (key?: string) => Promise<number | undefined>;
  /** The writes so far but those of status and events, as `POST /…`, with their bodies. */
  readonly writes: () => readonly (readonly [request: string, body: unknown])[];
  /** The status written last; empty when none was. */
  readonly status: () => Readonly<Record<string, unknown>>;
  /** The keys that a change of that object concerns. */
  readonly keysOf: (object: KubeObject) => readonly string[];
}

export async function startController(controller: Controller): Promise<ControllerBench> {
  const walk = await startWalk(caches, accepts);
  const { clock, inbox, stores, context } = walk;
  clock.advance(ms(100) - clock.now());
  const hold: ControllerBench['hold'] = (...objects) => {
    for (const object of objects) stores.of(resourceOf(object)).apply(object);
  };
  const writes: ControllerBench['writes'] = () =>
    inbox.received
      .map(({ body }, index) => [inbox.requests[index] ?? '', body] as const)
      .filter(([request, body]) => !/\/(status|events)$/.test(request) && !isOutcome(body));
  const status: ControllerBench['status'] = () => {
    const last = inbox.received.findLast(({ path }) => path.endsWith('/status'));
    const { status: written = {} } = (last?.body ?? {}) as { readonly status?: Readonly<Record<string, unknown>> };
    return written;
  };
  const keysOf: ControllerBench['keysOf'] = (object) => {
    const watches = controller.watches.filter(({ resource }) => resource === resourceOf(object));
    return [...new Set(watches.flatMap((watch) => watch.keysOf(object, stores)))].sort();
  };
  const reconcile = (key = 'shop/web'): Promise<number | undefined> => controller.reconcile(key, context);
  return { ...walk, hold, reconcile, writes, status, keysOf };
}

function isOutcome(body: unknown): boolean {
  const { metadata } = (body ?? {}) as Partial<KubeObject>;
  return metadata?.annotations?.[annotations.outcome] !== undefined;
}

function resourceOf({ kind }: KubeObject): (typeof caches)[number]['resource'] {
  const cache = caches.find(({ resource }) => resource.kind === kind);
  if (!cache) throw new Error(`There is no cache of ${kind}`);
  return cache.resource;
}
