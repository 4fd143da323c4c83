import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { Pool, type Dispatcher } from 'undici';
import { parse } from 'yaml';
import type { ProxiedRequest } from './request.ts';

/** The API server that a kubeconfig names, over kept-alive connections of our own. */
export class Upstream {
  readonly #pool: Pool;
  readonly #kubeconfig: string;

  private constructor(pool: Pool, kubeconfig: string) {
    this.#pool = pool;
    this.#kubeconfig = kubeconfig;
  }

  static async of(kubeconfig: string): Promise<Upstream> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const { ca, cert, key, rejectUnauthorized } = options;
    const { origin } = new URL(config.getCurrentCluster()?.server ?? '');
    const connect = { ca, cert, key, rejectUnauthorized };
    return new Upstream(new Pool(origin, { connect, allowH2: false, headersTimeout: 0, bodyTimeout: 0 }), kubeconfig);
  }

  /** Forwards a request as it came. Aborting the signal ends it, and an answer that is still coming. */
  send(request: ProxiedRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { method, path, body } = request;
    const headers = withoutHopByHop(request.headers);
    const sent = { method, path, headers, signal };
    return this.#pool.request({ ...sent, body: body.length === 0 ? null : body });
  }

  /** The kubeconfig, as JSON, with its users and contexts, and that server, which speaks HTTP, instead of its own. */
  kubeconfigFor(server: string): string {
    const config = parse(readFileSync(this.#kubeconfig, 'utf8')) as {
      readonly clusters: readonly { readonly name: string }[];
    };
    // client-node gives no token to a server without TLS unless it is told not to mind.
    const cluster = { server, 'insecure-skip-tls-verify': true };
    return JSON.stringify({ ...config, clusters: config.clusters.map(({ name }) => ({ name, cluster })) });
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'expect']);

/** Without the headers that concern one connection alone. */
export function withoutHopByHop<Value>(
  headers: Readonly<Record<string, Value | undefined>>,
): Readonly<Record<string, Value>> {
  const own = Object.entries(headers).filter(([name, value]) => value !== undefined && !hopByHop.has(name));
  return Object.fromEntries(own) as Record<string, Value>;
}
