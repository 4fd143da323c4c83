import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { parse } from 'yaml';

/** Any Kubernetes object as plain JSON; the parts this folder looks at, the rest unknown. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly [member: string]: unknown;
}

/** The API server refused a request. `status` is the HTTP status. */
export class LocalApiError extends Error {
  override readonly name = 'LocalApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface LocalRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  /** Of the body; JSON unless told otherwise. */
  readonly contentType?: string;
}

/**
 * A few requests to one API server over kept-alive connections. It exists because this folder must run without the
 * operator's own client: a cluster that needs the code under test to start would hide its faults.
 */
export class LocalApi {
  readonly server: string;
  readonly #pool: Pool;
  readonly #token: string;

  /** @param kubeconfig path of a kubeconfig as `credentials.ts` writes it: one cluster, one user with a token. */
  constructor(kubeconfig: string) {
    const config = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
    const { server, 'certificate-authority-data': authority } = config.clusters[0].cluster;
    this.server = server;
    this.#token = config.users[0].user.token;
    const ca = Buffer.from(authority, 'base64');
    // a watch holds its connection, hence no timeout for bodies
    this.#pool = new Pool(server, { connections: 50, connect: { ca }, bodyTimeout: 0 });
  }

  /**
   * Sends one request and returns the parsed answer.
   * @throws LocalApiError for any status of 400 and above; undici's errors when there is no connection.
   */
  async request<T = KubeObject>(path: string, { method = 'GET', body, contentType }: LocalRequest = {}): Promise<T> {
    const answer = await this.#pool.request({
      path,
      method,
      headers: { ...this.#headers(), 'content-type': contentType ?? 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 400) throw new LocalApiError(answer.statusCode, `${method} ${path}: ${shorten(text)}`);
    return (text.startsWith('{') ? JSON.parse(text) : text) as T;
  }

  /** Yields the watch's events from `path` (which names the resourceVersion to start from) until the server ends it. */
  async *watch(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const answer = await this.#pool.request({ path, method: 'GET', headers: this.#headers(), signal });
    if (answer.statusCode >= 400) throw new LocalApiError(answer.statusCode, shorten(await answer.body.text()));
    let rest = '';
    for await (const chunk of answer.body.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as WatchEvent;
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#token}`, accept: 'application/json', 'user-agent': 'local-cluster' };
  }
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject;
}

interface Kubeconfig {
  readonly clusters: readonly [{ cluster: { server: string; 'certificate-authority-data': string } }];
  readonly users: readonly [{ user: { token: string } }];
}

function shorten(text: string): string {
  const message = /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
  return message.slice(0, 500);
}
