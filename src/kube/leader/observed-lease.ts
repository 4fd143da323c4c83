import { dequal } from 'dequal/lite';
import type { Clock } from '../../base/clock.ts';
import type { Client } from '../client.ts';
import { startDeadline } from '../wire/deadline.ts';
import { isNotFound } from '../errors.ts';
import { holderOf, leases, type Lease, type LeaseSpec } from './lease.ts';
import { apiVersionOf } from '../resource.ts';

export interface ObservedLeaseOptions {
  readonly client: Pick<Client, 'get' | 'create' | 'replace'>;
  readonly namespace: string;
  readonly name: string;
  readonly clock: Clock;
  /** Milliseconds that never jump, unlike the clock's. */
  readonly monotonicMs: () => number;
}

/** After a write and a read without an answer there is time for one more of each in the holder's renew deadline. */
const requestTimeoutMs = 3_000;

const typeMeta = { apiVersion: apiVersionOf(leases), kind: leases.kind };

/** A Lease as this process sees it, and since when it has looked the same. Every write is a compare-and-swap. */
export class ObservedLease {
  readonly #options: ObservedLeaseOptions;
  /** Absent when there is no such object (any more). */
  #metadata: Lease['metadata'] | undefined;
  #record: LeaseSpec | undefined;
  #sinceMs = 0;
  #isKnown = false;

  constructor(options: ObservedLeaseOptions) {
    this.#options = options;
  }

  get record(): LeaseSpec | undefined {
    return this.#record;
  }

  /** Since when, on the monotonic clock, the record has looked as it does. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Who was last seen to hold it: empty for nobody, undefined before the first look. */
  get holder(): string | undefined {
    return this.#isKnown ? holderOf(this.#record) : undefined;
  }

  /** Reads it. */
  async look(signal: AbortSignal): Promise<void> {
    const { client, clock, namespace, name } = this.#options;
    const deadline = startDeadline(clock, requestTimeoutMs, signal);
    try {
      this.#take(await client.get(leases, { namespace, name }, deadline.signal));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#take(undefined);
    } finally {
      deadline.release();
    }
  }

  /**
   * Writes a record over the one last seen. No signal cuts it short: a lease taken without knowing it would stand in
   * everybody's way until its end.
   * @throws ApiError, a conflict among them, when somebody else has written since; UnknownOutcomeError.
   */
  async write(spec: LeaseSpec): Promise<void> {
    const { client, clock, namespace, name } = this.#options;
    const deadline = startDeadline(clock, requestTimeoutMs, undefined);
    // With its uid: an update of a lease that is gone makes a new one, whatever resourceVersion it carries.
    const metadata = this.#metadata;
    try {
      this.#take(
        metadata === undefined
          ? await client.create(leases, namespace, { metadata: { name }, spec }, deadline.signal)
          : await client.replace(leases, { ...typeMeta, metadata, spec }, {}, deadline.signal),
      );
    } finally {
      deadline.release();
    }
  }

  #take(lease: Lease | undefined): void {
    this.#isKnown = true;
    this.#metadata = lease?.metadata;
    // Who held a lease that was deleted works on until its next renewal, and then makes it again.
    const isHeldAndDeleted = lease === undefined && holderOf(this.#record) !== '';
    if (isHeldAndDeleted || dequal(lease?.spec, this.#record)) return;
    this.#record = lease?.spec;
    this.#sinceMs = this.#options.monotonicMs();
  }
}
