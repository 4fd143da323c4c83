import type { KubeConfig } from '@kubernetes/client-node';
import { Pool, type Dispatcher } from 'undici';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { Credentials, type Credential } from './credentials.ts';

/** Where a request goes and what it carries to be let in. */
export interface Route {
  readonly dispatcher: Dispatcher;
  /** Path of the API under the server's address, for servers behind a gateway; empty for most. */
  readonly basePath: string;
  readonly credential: Credential;
}

/** Watches hold a connection each for minutes: in a pool of their own, without limit, they never starve calls. */
interface Pools {
  readonly tlsId: string;
  readonly calls: Pool;
  readonly streams: Pool;
}

const connectTimeoutMs = 10_000;
/** Below the 90 s after which the API server closes an idle connection, so that none is closed as it is taken. */
const keepAliveMs = 60_000;
/**
 * Silence after which TCP asks whether the server is still there; Node gives up ten seconds later. A watch may be
 * silent for minutes: with a node or a load balancer that died without a word it would wait for its whole term.
 */
const probeAfterMs = 15_000;

/** The kept-alive connections to one API server; made anew when the client certificate or the CA changes. */
export class Connections {
  readonly #server: URL;
  readonly #basePath: string;
  readonly #limit: number;
  readonly #credentials: Credentials;
  #pools: Pools | undefined;
  /** Pools of former certificates, until their last answer is in. */
  readonly #retired = new Set<Pool>();
  #closing: Promise<void> | undefined;

  /** @throws Error when the kubeconfig has no current cluster, or needs a proxy, which is not supported. */
  constructor(options: {
    readonly kubeConfig: KubeConfig;
    readonly clock: Clock;
    readonly log: Log;
    readonly connections: number;
  }) {
    const cluster = options.kubeConfig.getCurrentCluster();
    if (cluster === null) throw new Error('The kubeconfig has no current cluster');
    if ((cluster.proxyUrl ?? '') !== '') throw new Error(`Cluster ${cluster.name}: proxy-url is not supported`);
    this.#server = new URL(cluster.server);
    this.#basePath = this.#server.pathname.replace(/\/$/, '');
    this.#limit = options.connections;
    this.#credentials = new Credentials(options);
  }

  /** The way of most requests, which wait for no credential; undefined when one has to be looked up. */
  readyRoute(kind: 'calls' | 'streams'): Route | undefined {
    const credential = this.#credentials.held();
    return credential && this.#routeWith(credential, kind);
  }

  async route(kind: 'calls' | 'streams'): Promise<Route> {
    return this.#routeWith(await this.#credentials.current(), kind);
  }

  #routeWith(credential: Credential, kind: 'calls' | 'streams'): Route {
    return { dispatcher: this.#poolsFor(credential)[kind], basePath: this.#basePath, credential };
  }

  /** The server did not accept the route's credential (401). Tells whether trying again may help. */
  reject(route: Route): boolean {
    return this.#credentials.reject(route.credential);
  }

  /** Cuts the streams and waits for the calls under way. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { calls, streams } = this.#pools ?? {};
    await Promise.all([calls?.close(), streams?.destroy(), ...[...this.#retired].map((pool) => pool.destroy())]);
  }

  #poolsFor(credential: Credential): Pools {
    if (this.#pools?.tlsId === credential.tlsId) return this.#pools;
    if (this.#pools !== undefined) this.#retire(this.#pools);
    const calls = this.#pool(credential, this.#limit);
    this.#pools = { tlsId: credential.tlsId, calls, streams: this.#pool(credential, null) };
    return this.#pools;
  }

  #pool(credential: Credential, connections: number | null): Pool {
    return new Pool(this.#server.origin, {
      connections,
      // HTTP/2 puts everything on one connection and was not faster.
      allowH2: false,
      keepAliveTimeout: keepAliveMs,
      // Deadlines are the transport's: undici's would cut every quiet watch.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        ...credential.tls,
        timeout: connectTimeoutMs,
        keepAlive: true,
        keepAliveInitialDelay: probeAfterMs,
      },
    });
  }

  #retire(pools: Pools): void {
    for (const pool of [pools.calls, pools.streams]) {
      this.#retired.add(pool);
      void pool.close().finally(() => this.#retired.delete(pool));
    }
  }
}
