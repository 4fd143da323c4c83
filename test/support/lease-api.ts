import assert from 'node:assert/strict';
import { ApiError, ConnectionError, DeadlineError, UnknownOutcomeError } from '../../src/kube/errors.ts';
import type { Lease } from '../../src/kube/leader/lease.ts';
import type { KubeRequest, Transport } from '../../src/kube/transport.ts';

const collection = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

/**
 * What becomes of the requests on a connection: `lost` ones never arrive, `unanswered` ones do and their answer is
 * lost; those that hang do so for ever.
 */
export type Fate = 'answered' | 'refused' | 'lost' | 'unanswered' | 'hanging';

/** One process's way to the lease. */
export interface Connection extends Pick<Transport, 'request' | 'lines'> {
  fate: Fate;
  /** Verbs of the requests, in order. */
  readonly verbs: string[];
}

/**
 * One Lease with compare-and-swap on its resourceVersion, in memory. That is all of the API server's behaviour it has;
 * the API tier runs the same election on the real one.
 */
export class LeaseApi {
  /** What is stored; a test may change it, through `put`, as somebody else would. */
  lease: Lease | undefined;
  #version = 0;

  connect(): Connection {
    const connection: Connection = {
      fate: 'answered',
      verbs: [],
      request: async <T>(request: KubeRequest): Promise<T> => {
        connection.verbs.push(request.verb);
        return (await this.#answer(request, connection.fate)) as T;
      },
      lines: () => {
        throw new Error('Leases are not watched');
      },
    };
    return connection;
  }

  /** Stores a lease, or the lack of one, as a new version. */
  put(lease: Pick<Lease, 'spec'> | undefined): Lease | undefined {
    const uid = this.lease?.metadata.uid ?? `uid-${String(this.#version)}`;
    const metadata = { name: 'operator', namespace: 'default', uid, resourceVersion: String(++this.#version) };
    this.lease = lease && { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', ...lease, metadata };
    return this.lease;
  }

  async #answer(request: KubeRequest, fate: Fate): Promise<unknown> {
    const isRead = request.verb === 'get';
    switch (fate) {
      case 'answered':
        return this.#serve(request);
      case 'refused':
        throw new ApiError(503, { message: 'Down' });
      case 'lost':
        throw isRead ? new ConnectionError('Reset') : new UnknownOutcomeError('Reset');
      case 'unanswered':
        if (!isRead) this.#serve(request);
        throw isRead ? new ConnectionError('Reset') : new UnknownOutcomeError('Reset');
      case 'hanging':
        await aborted(request.signal);
        throw isRead ? new DeadlineError(0) : new UnknownOutcomeError('Too late');
    }
  }

  #serve({ verb, body, path }: KubeRequest): Lease | undefined {
    assert.equal(path, verb === 'create' ? collection : `${collection}/operator`);
    if (verb === 'create') {
      if (this.lease) throw new ApiError(409, { reason: 'AlreadyExists' });
      return this.put(body as Lease);
    }
    if (!this.lease) throw new ApiError(404, { reason: 'NotFound' });
    if (verb === 'get') return this.lease;
    assert.equal(verb, 'update');
    const sent = body as Lease;
    const isCurrent = sent.metadata.resourceVersion === this.lease.metadata.resourceVersion;
    if (!isCurrent) throw new ApiError(409, { reason: 'Conflict' });
    return this.put(sent);
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    signal?.addEventListener('abort', () => resolve());
  });
}
