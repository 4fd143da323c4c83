import type { Permission } from '../writes/permissions.ts';
import type { KubeObject, Resource } from '../resource.ts';

/** `coordination.k8s.io/v1` LeaseSpec, as far as it is ours. Times are MicroTime and for people only. */
export interface LeaseSpec {
  /** Empty or absent: nobody holds the lease. */
  readonly holderIdentity?: string;
  /** How long the holder may be silent before others take the lease. */
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  /** How often the lease has changed hands. */
  readonly leaseTransitions?: number;
}

export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

export const leases: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

/** What electing a leader takes, in the namespace of the lease. */
export const leasePermissions: readonly Permission[] = [
  { verb: 'get', resource: leases },
  { verb: 'create', resource: leases },
  { verb: 'update', resource: leases },
];

/** As in client-go; the holder gives up 5 s before the others may take over. */
export const leaseSeconds = 15;

/** Who looks at a lease, and since when it has looked the same. */
export interface Observation {
  readonly identity: string;
  /** On the looker's own monotonic clock, milliseconds. */
  readonly sinceMs: number;
}

export type Decision =
  | { readonly kind: 'acquire' }
  | { readonly kind: 'renew' }
  /** Until `untilMs`, monotonic, unless the record changes before. */
  | { readonly kind: 'wait'; readonly untilMs: number };

/**
 * What to do about a lease: renew one's own, take one that nobody holds, and of another's wait for the end. It has
 * ended when the record has stood still for its whole duration before the eyes of the looker: the times written in it
 * are never compared with a clock, since the holder's clock is another one.
 *
 * Worked example: a record of 15 s, first seen so at 100 s, is waited for until 115 s; if it is renewed at 110 s, until
 * 125 s.
 */
export function decide(record: LeaseSpec | undefined, observation: Observation, nowMs: number): Decision {
  const holder = holderOf(record);
  if (holder === '') return { kind: 'acquire' };
  if (holder === observation.identity) return { kind: 'renew' };
  const untilMs = observation.sinceMs + (record?.leaseDurationSeconds ?? leaseSeconds) * 1000;
  return nowMs < untilMs ? { kind: 'wait', untilMs } : { kind: 'acquire' };
}

/** Empty when nobody holds the lease. */
export function holderOf(record: LeaseSpec | undefined): string {
  return record?.holderIdentity ?? '';
}

/** The record with which `identity` takes or keeps the lease. `nowMs` is epoch milliseconds. */
export function heldBy(identity: string, record: LeaseSpec | undefined, nowMs: number): LeaseSpec {
  const renewTime = microTime(nowMs);
  const common = { ...record, holderIdentity: identity, leaseDurationSeconds: leaseSeconds, renewTime };
  if (holderOf(record) === identity) return common;
  const leaseTransitions = record === undefined ? 0 : (record.leaseTransitions ?? 0) + 1;
  return { ...common, acquireTime: renewTime, leaseTransitions };
}

/** The record with which the holder lets go: nobody has to wait for its end. `nowMs` is epoch milliseconds. */
export function released(record: LeaseSpec | undefined, nowMs: number): LeaseSpec {
  // 1 s, the shortest there is, for those who look at the times alone.
  return { ...record, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(nowMs) };
}

/** Six decimals, or the API server refuses it. */
function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}
