import type { Headers, Outgoing } from './exchange.ts';
import { toJson } from './json.ts';

/** One call to the API server. */
export interface KubeRequest {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
  /** Plural name, for metrics and messages. */
  readonly resource: string;
  /** Percent-encoded: see `pathOf`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
  /** Deadline of the call, its retries included; of a watch, until its answer begins. Default 30 s. */
  readonly timeoutMs?: number;
}

const methods = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
} as const satisfies Record<KubeRequest['verb'], string>;

export function isWrite(request: KubeRequest): boolean {
  return methods[request.verb] !== 'GET';
}

/** The HTTP request of a call, for a server that has its API under `basePath`. */
export function renderRequest(request: KubeRequest, basePath: string, headers: Headers): Outgoing {
  const query = request.query === undefined ? '' : `?${new URLSearchParams(request.query).toString()}`;
  const common = { method: methods[request.verb], path: `${basePath}${request.path}${query}` };
  const accepting = { ...headers, accept: 'application/json' };
  if (request.body === undefined) return { ...common, headers: accepting };
  const contentType = request.contentType ?? 'application/json';
  return { ...common, headers: { ...accepting, 'content-type': contentType }, body: toJson(request.body) };
}
