import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Dispatcher } from 'undici';
import { conclude, cut, write, type Exchange, type Passed } from './fault-proxy/exchange.ts';
import type { Fault } from './fault-proxy/faults.ts';
import {
  isCalled,
  isMeant,
  readRequest,
  type Called,
  type Matcher,
  type ProxiedRequest,
} from './fault-proxy/request.ts';
import { ActiveRule, type Choice, type Rule } from './fault-proxy/rule.ts';
import { Upstream, withoutHopByHop } from './fault-proxy/upstream.ts';

export * from './fault-proxy/faults.ts';
export type { Passed } from './fault-proxy/exchange.ts';
export type { Called, Matcher, ProxiedRequest } from './fault-proxy/request.ts';
export type { Choice, Rule } from './fault-proxy/rule.ts';

/** Where a client's requests are held back, until they are let go. */
export interface Hold {
  release(): void;
}

/**
 * A way to the API server on which things go wrong as a test says. Without rules it forwards everything as it came, and
 * hands answers on as they come, watches among them. Clients speak plain HTTP to it and prove who they are themselves;
 * a client certificate of the kubeconfig is used on their behalf.
 */
export class FaultProxy {
  readonly #upstream: Upstream;
  readonly #listener = createServer((request, response) => void this.#accept(request, response));
  readonly #open = new Set<Exchange>();
  readonly #rules = new Set<ActiveRule>();
  readonly #holds = new Set<{ readonly matcher: Matcher; readonly released: Promise<void> }>();
  readonly #passed: Passed[] = [];
  readonly #mistakes: unknown[] = [];
  /** Any, the first time. */
  #port = 0;
  readonly #dir = mkdtempSync(join(tmpdir(), 'ecs-operator-proxy-'));

  private constructor(upstream: Upstream) {
    this.#upstream = upstream;
    // Idle connections stay, as they do on the API server for longer than any client keeps them.
    Object.assign(this.#listener, { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
  }

  /** A proxy in front of the server that a kubeconfig file names. */
  static async to(kubeconfig: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(await Upstream.of(kubeconfig));
    await proxy.#listen();
    writeFileSync(proxy.kubeconfig, proxy.#upstream.kubeconfigFor(proxy.url), { mode: 0o600 });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  /** A kubeconfig file with the users of the original one, which leads here. */
  get kubeconfig(): string {
    return join(this.#dir, 'kubeconfig');
  }

  /** Applies a fault to the requests chosen that arrive from now on. Of several rules for one the oldest counts. */
  on(choice: Choice, fault: Fault): Rule {
    const rule = new ActiveRule(choice, fault, () => this.#rules.delete(rule));
    this.#rules.add(rule);
    return rule;
  }

  /** What has come by, in order of arrival. */
  passed(wanted: Partial<Called> = {}): readonly Passed[] {
    return this.#passed.filter((each) => isCalled(wanted, each));
  }

  /**
   * From now on, nothing of what is meant gets through, either way, and nobody is told: open connections stay open,
   * also those of watches begun before. What was held back goes on when it is released, however late that is.
   */
  hold(matcher: Matcher = {}): Hold {
    const { promise, resolve } = Promise.withResolvers<void>();
    const hold = { matcher, released: promise };
    this.#holds.add(hold);
    return {
      release: () => {
        this.#holds.delete(hold);
        resolve();
      },
    };
  }

  /** Resets the connections of what is under way, open watches among them. */
  reset(matcher: Matcher = {}): void {
    for (const exchange of this.#open) if (isMeant(matcher, exchange.request)) cut(exchange);
  }

  /** Resets what is under way, closes every connection and refuses new ones until `mend`. */
  async cut(): Promise<void> {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    this.reset();
    this.#listener.closeAllConnections();
    await closed;
  }

  async mend(): Promise<void> {
    await this.#listen();
  }

  /** @throws what a hook or a fault has thrown meanwhile. */
  async close(): Promise<void> {
    if (this.#listener.listening) await this.cut();
    await this.#upstream.close();
    rmSync(this.#dir, { recursive: true, force: true });
    if (this.#mistakes.length > 0) throw this.#mistakes[0];
  }

  async #listen(): Promise<void> {
    this.#listener.listen(this.#port, '127.0.0.1');
    await once(this.#listener, 'listening');
    this.#port = (this.#listener.address() as AddressInfo).port;
  }

  async #accept(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    // A client that goes away in the middle of its request has asked for nothing.
    const body = await buffer(incoming).catch(() => undefined);
    if (body === undefined) return;
    const request = readRequest({ method, url, headers, body });
    const { verb, resource, subresource, namespace, name } = request;
    const called = { verb, resource, subresource, namespace, name };
    const fault = [...this.#rules].find((rule) => rule.takes(request))?.fault ?? {};
    const exchange: Exchange = {
      request,
      response,
      fault,
      passed: { ...called, answered: undefined, forwarded: false },
    };
    this.#passed.push(exchange.passed);
    this.#open.add(exchange);
    response.once('close', () => this.#open.delete(exchange));
    await this.#serve(exchange).catch((error: unknown) => {
      // What has no code is no failure of a connection, but a mistake of a hook or a fault.
      if (!(error instanceof Error && 'code' in error)) this.#mistakes.push(error);
      cut(exchange);
    });
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { request, fault, passed, response } = exchange;
    await this.#unheld(request);
    const instead = await fault.before?.(request);
    if (instead !== undefined) {
      conclude(exchange, instead);
      return;
    }
    passed.forwarded = true;
    const gone = new AbortController();
    // What was asked is done though nobody waits for the answer any more; only a watch would never end.
    if (request.verb === 'watch') response.once('close', () => gone.abort());
    await this.#handOn(exchange, await this.#upstream.send(request, gone.signal));
  }

  async #handOn(exchange: Exchange, { statusCode, headers, body }: Dispatcher.ResponseData): Promise<void> {
    const { request, response, passed, fault } = exchange;
    try {
      const instead = await fault.after?.(request);
      await this.#unheld(request);
      if (instead !== undefined) {
        conclude(exchange, instead);
        return;
      }
      passed.answered = statusCode;
      response.writeHead(statusCode, withoutHopByHop(headers));
      response.flushHeaders();
      for await (const chunk of fault.body?.(body) ?? (body as AsyncIterable<Buffer>)) {
        await this.#unheld(request);
        await write(response, chunk);
      }
      response.end();
    } finally {
      body.on('error', () => undefined).destroy();
    }
  }

  async #unheld(request: ProxiedRequest): Promise<void> {
    for (const { matcher, released } of this.#holds) if (isMeant(matcher, request)) await released;
  }
}
