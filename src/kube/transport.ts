import type { KubeConfig } from '@kubernetes/client-node';
import { sleep, type Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Meter } from '../base/meter.ts';
import { asError, readJson, readRefusal } from './answer.ts';
import { Connections } from './connections.ts';
import { startDeadline } from './deadline.ts';
import { ApiError } from './errors.ts';
import { Exchange, type Incoming } from './exchange.ts';
import { splitLines } from './lines.ts';
import { kubeMetrics } from './metrics.ts';
import { isWrite, renderRequest, type KubeRequest } from './request.ts';

export { loadKubeConfig } from './kubeconfig.ts';
export type { KubeRequest } from './request.ts';

const defaultTimeoutMs = 30_000;
const defaultConnections = 32;
const maxRetries = 5;

/** JSON over kept-alive connections to one API server, with authentication, deadlines, retries and metrics. */
export class Transport {
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #userAgent: string;
  readonly #requests: ReturnType<Meter['counter']>;
  readonly #seconds: ReturnType<Meter['histogram']>;

  /** `connections` bounds the calls in flight (default 32); watches have connections of their own. */
  constructor(options: {
    readonly kubeConfig: KubeConfig;
    readonly log: Log;
    readonly meter: Meter;
    readonly clock: Clock;
    readonly connections?: number;
    readonly userAgent?: string;
  }) {
    this.#connections = new Connections({ ...options, connections: options.connections ?? defaultConnections });
    this.#clock = options.clock;
    this.#userAgent = options.userAgent ?? 'operator';
    this.#requests = options.meter.counter(kubeMetrics.requests);
    this.#seconds = options.meter.histogram(kubeMetrics.requestSeconds);
  }

  /**
   * One call and its JSON answer.
   * @throws ApiError when the server refuses; UnknownOutcomeError when a write may have taken effect;
   * ConnectionError when nothing did; DeadlineError when the time is up; the signal's reason when that aborts.
   */
  async request<T>(request: KubeRequest): Promise<T> {
    const deadline = startDeadline(this.#clock, request.timeoutMs ?? defaultTimeoutMs, request.signal);
    try {
      return (await this.#withRetries(request, deadline.signal)) as T;
    } finally {
      deadline.release();
    }
  }

  /**
   * The lines of a watch's answer as they come, until the server ends it. Leaving the loop closes the connection.
   * @throws as `request` does; nothing is retried.
   */
  async *lines(request: KubeRequest): AsyncGenerator<string, void, undefined> {
    const deadline = startDeadline(this.#clock, request.timeoutMs ?? defaultTimeoutMs, request.signal);
    const { signal } = deadline;
    try {
      const incoming = await this.#attempt(request, signal, (head) => Promise.resolve(head));
      deadline.disarm();
      yield* splitLines(incoming.body);
    } catch (error) {
      throw asError(request, { error, sent: true, signal });
    } finally {
      deadline.release();
    }
  }

  /** Ends watches at once and calls when they are answered. */
  close(): Promise<void> {
    return this.#connections.close();
  }

  async #withRetries(request: KubeRequest, signal: AbortSignal): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#attempt(request, signal, readJson);
      } catch (error) {
        const delayMs = this.#retryDelay(request, error, attempt);
        if (delayMs === undefined) throw error;
        if (delayMs > 0) await sleep(this.#clock, delayMs, signal);
        // What the server said tells more than that the time was up while waiting.
        if (signal.aborted) throw request.signal?.aborted === true ? request.signal.reason : error;
      }
    }
  }

  /** Milliseconds until the next attempt, undefined for none. Only reads, and what was refused, are ever repeated. */
  #retryDelay(request: KubeRequest, error: unknown, attempt: number): number | undefined {
    if (!(error instanceof ApiError) || attempt >= maxRetries) return undefined;
    if (error.status === 401) return attempt === 0 && this.#connections.rejectCredential() ? 0 : undefined;
    const repeatable = error.status === 429 || (error.status === 503 && !isWrite(request));
    return repeatable ? error.retryAfterMs : undefined;
  }

  async #attempt<R>(request: KubeRequest, signal: AbortSignal, read: (incoming: Incoming) => Promise<R>): Promise<R> {
    const startedMs = this.#clock.now();
    let exchange: Exchange | undefined;
    let code = 'none';
    try {
      exchange = await this.#send(request, signal);
      const incoming = await exchange.incoming;
      code = String(incoming.status);
      if (incoming.status >= 300) throw await readRefusal(incoming);
      return await read(incoming);
    } catch (error) {
      throw asError(request, { error, sent: exchange?.sent === true, signal });
    } finally {
      const labels = { verb: request.verb, resource: request.resource };
      this.#requests.add({ ...labels, code });
      this.#seconds.observe(labels, (this.#clock.now() - startedMs) / 1000);
    }
  }

  async #send(request: KubeRequest, signal: AbortSignal): Promise<Exchange> {
    const { dispatcher, basePath, headers } = await this.#connections.route(isStream(request) ? 'streams' : 'calls');
    const outgoing = renderRequest(request, basePath, { ...headers, 'user-agent': this.#userAgent });
    return new Exchange(dispatcher, outgoing, signal);
  }
}

function isStream(request: KubeRequest): boolean {
  return request.verb === 'watch';
}
