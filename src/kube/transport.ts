import type { KubeConfig } from '@kubernetes/client-node';
import { sleep, type Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Meter } from '../base/meter.ts';
import { asError, readJson, readRefusal } from './wire/answer.ts';
import { Connections, type Route } from './wire/connections.ts';
import { startDeadline, untilAborted, type Deadline } from './wire/deadline.ts';
import { ApiError, isUnauthorized } from './errors.ts';
import { Exchange, type Incoming } from './wire/exchange.ts';
import { splitLines } from './wire/lines.ts';
import { kubeMetrics } from './metrics.ts';
import { RateLimit, type Rate } from './wire/rate-limit.ts';
import { isWrite, renderRequest, type KubeRequest } from './wire/request.ts';

export { loadKubeConfig } from './kubeconfig.ts';
export type { KubeRequest } from './wire/request.ts';

const defaultTimeoutMs = 30_000;
const defaultConnections = 32;
const maxRetries = 5;

/** JSON over kept-alive connections to one API server, with authentication, deadlines, retries and metrics. */
export class Transport {
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #userAgent: string;
  readonly #limit: RateLimit | undefined;
  readonly #requests: ReturnType<Meter['counter']>;
  readonly #seconds: ReturnType<Meter['histogram']>;

  /**
   * `connections` bounds the calls in flight (default 32); watches have connections of their own. `rateLimit` bounds
   * how fast attempts and watches begin (default: not at all).
   */
  constructor(options: {
    readonly kubeConfig: KubeConfig;
    readonly log: Log;
    readonly meter: Meter;
    readonly clock: Clock;
    readonly connections?: number;
    readonly userAgent?: string;
    readonly rateLimit?: Rate;
  }) {
    this.#connections = new Connections({ ...options, connections: options.connections ?? defaultConnections });
    this.#clock = options.clock;
    this.#userAgent = options.userAgent ?? 'operator';
    this.#limit = options.rateLimit && new RateLimit(options.rateLimit, options);
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
      return (await this.#withRetries(request, deadline)) as T;
    } finally {
      deadline.release();
    }
  }

  /**
   * The lines of a watch's answer as they come, until the server ends it. Leaving the loop closes the connection.
   * @throws as `request` does; nothing is retried, but after a 401 the next one looks up its credentials anew.
   */
  async *lines(request: KubeRequest): AsyncGenerator<string, void, undefined> {
    const deadline = startDeadline(this.#clock, request.timeoutMs ?? defaultTimeoutMs, request.signal);
    const { signal } = deadline;
    let call: Call | undefined;
    try {
      call = await this.#prepare(request, signal);
      const incoming = await this.#attempt(call, (head) => Promise.resolve(head));
      deadline.disarm();
      yield* splitLines(incoming.body);
    } catch (error) {
      if (call !== undefined && isUnauthorized(error)) this.#connections.reject(call.route);
      throw asError(request, { error, sent: true, signal });
    } finally {
      deadline.release();
    }
  }

  /** Ends watches at once and calls when they are answered. */
  close(): Promise<void> {
    return this.#connections.close();
  }

  async #withRetries(request: KubeRequest, { signal, atMs }: Deadline): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      const call = await this.#prepare(request, signal);
      try {
        return await this.#attempt(call, readJson);
      } catch (error) {
        const delayMs = this.#retryDelay(call, error, attempt);
        // A wait that outlasts the call would only keep the caller from what the server said.
        if (delayMs === undefined || this.#clock.now() + delayMs >= atMs) throw error;
        if (delayMs > 0) await sleep(this.#clock, delayMs, signal);
      }
    }
  }

  /** Milliseconds until the next attempt, undefined for none. Only reads, and what was refused, are ever repeated. */
  #retryDelay({ request, route }: Call, error: unknown, attempt: number): number | undefined {
    if (!(error instanceof ApiError) || attempt >= maxRetries) return undefined;
    if (isUnauthorized(error)) return attempt === 0 && this.#connections.reject(route) ? 0 : undefined;
    const repeatable = error.status === 429 || (error.status >= 500 && !isWrite(request));
    return repeatable ? error.retryAfterMs : undefined;
  }

  async #prepare(request: KubeRequest, signal: AbortSignal): Promise<Call> {
    try {
      if (this.#limit) await this.#limit.take(signal);
      const kind = request.verb === 'watch' ? 'streams' : 'calls';
      const ready = signal.aborted ? undefined : this.#connections.readyRoute(kind);
      const route = ready ?? (await untilAborted(this.#connections.route(kind), signal, 'credential'));
      return { request, signal, route };
    } catch (error) {
      throw asError(request, { error, sent: false, signal });
    }
  }

  async #attempt<R>(call: Call, read: (incoming: Incoming) => Promise<R>): Promise<R> {
    const { request, signal } = call;
    const startedMs = this.#clock.now();
    let exchange: Exchange | undefined;
    let code = 'none';
    try {
      exchange = this.#send(call);
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

  #send({ request, route, signal }: Call): Exchange {
    const headers = { ...route.credential.headers, 'user-agent': this.#userAgent };
    return new Exchange(route.dispatcher, renderRequest(request, route.basePath, headers), signal);
  }
}

/** A request on its way. */
interface Call {
  readonly request: KubeRequest;
  readonly route: Route;
  /** Aborts with the caller's, and at the deadline. */
  readonly signal: AbortSignal;
}
