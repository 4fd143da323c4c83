import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import type { Certificate } from './certificate.ts';

/** A request that arrived, to be answered by the test, in any way a server can answer, or fail to. */
export class Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The same, for headers that were sent several times. */
  readonly headerValues: NodeJS.Dict<string[]>;
  /** JSON; undefined when the request has no body. */
  readonly body: unknown;
  /** The same for requests that came over the same connection. */
  readonly socket: Socket;
  /** Common name of the client's certificate. */
  readonly clientName: string | undefined;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse, body: string) {
    const url = new URL(request.url ?? '/', 'http://server');
    this.method = request.method ?? '';
    this.path = url.pathname;
    this.query = url.searchParams;
    this.headers = request.headers;
    this.headerValues = request.headersDistinct;
    this.body = body === '' ? undefined : (JSON.parse(body) as unknown);
    this.socket = request.socket;
    this.clientName = clientNameOf(request.socket);
    this.#response = response;
  }

  /** Resolves when the connection is gone. */
  get closed(): Promise<void> {
    if (this.socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      this.socket.once('close', () => resolve());
    });
  }

  /** Answers with JSON, or with text as it is. */
  reply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.#response.writeHead(status, { 'content-type': 'application/json', ...headers });
    this.#response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  /** Sends the head of an endless answer. */
  open(): this {
    this.#response.writeHead(200, { 'content-type': 'application/json' });
    this.#response.flushHeaders();
    return this;
  }

  /** Sends part of an answer; each call is a chunk of its own, cut wherever the test likes. */
  async write(chunk: string | Buffer): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#response.write(chunk, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** One line of a watch. */
  async event(type: string, object: object): Promise<void> {
    await this.write(`${JSON.stringify({ type, object })}\n`);
  }

  end(): void {
    this.#response.end();
  }

  /** Breaks the connection with a TCP reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }
}

function clientNameOf(socket: Socket | TLSSocket): string | undefined {
  const certificate = 'getPeerCertificate' in socket ? socket.getPeerCertificate() : undefined;
  // Empty, whatever its type says, when the client showed none.
  return certificate !== undefined && 'subject' in certificate ? String(certificate.subject.CN) : undefined;
}

/**
 * An HTTP(S) server that knows nothing: each request waits until the test takes it with `next()` and answers it; one
 * that is not answered hangs.
 */
export class ScriptedServer {
  readonly #server: Server;
  readonly #arrived: Received[] = [];
  readonly #takers: ((received: Received) => void)[] = [];
  readonly #certificate: Certificate | undefined;
  /** Connections ever made. */
  connections = 0;

  private constructor(certificate: Certificate | undefined) {
    this.#certificate = certificate;
    const accept = (request: IncomingMessage, response: ServerResponse): void => void this.#accept(request, response);
    this.#server =
      certificate === undefined
        ? createServer(accept)
        : createTlsServer({ ...certificate, requestCert: true, rejectUnauthorized: false }, accept);
    this.#server.on(certificate === undefined ? 'connection' : 'secureConnection', () => this.connections++);
  }

  /** With a certificate it speaks HTTPS and asks clients for theirs. */
  static async start(certificate?: Certificate): Promise<ScriptedServer> {
    const server = new ScriptedServer(certificate);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  }

  /** Requests that arrived and were not taken yet. */
  get waiting(): number {
    return this.#arrived.length;
  }

  /** The next request, in order of arrival. */
  next(): Promise<Received> {
    const received = this.#arrived.shift();
    if (received !== undefined) return Promise.resolve(received);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  /** Settings to reach it; `user` and `cluster` are merged into client-node's own. */
  kubeConfig(user: object = {}, cluster: object = {}): KubeConfig {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromOptions({
      clusters: [{ name: 'c', server: this.url, skipTLSVerify: true, ...cluster }],
      users: [{ name: 'u', ...user }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    });
    return kubeConfig;
  }

  /** Breaks every connection and stops listening. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #accept(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.socket.setNoDelay(true);
    const received = new Received(request, response, await text(request));
    const taker = this.#takers.shift();
    if (taker === undefined) this.#arrived.push(received);
    else taker(received);
  }
}
