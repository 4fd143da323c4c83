import { readFile } from 'node:fs/promises';
import { errorMessage } from '../base/errors.ts';
import { clip } from '../base/text.ts';
import type { AlarmReading } from '../core/service/alarm-watch.ts';
import { dataOf, errorOf, readingOfQuery, readingsOfRules } from './answers.ts';
import { PrometheusError } from './errors.ts';

/** Where Prometheus is, and how it lets us in. */
export interface PrometheusSettings {
  /** http or https, with the path that its API is under, if any. */
  readonly url: string;
  /** A file that holds a bearer token, or the whole value of an Authorization header; read for each request. */
  readonly authorizationFile?: string;
}

/** How long one answer may take, to its end. */
const timeoutMs = 10_000;

/** Longest answer that is read: some ten thousand rules. */
const longestBytes = 16 * 1024 * 1024;

/** Prometheus's HTTP API, as far as alarms need it. Every method throws PrometheusError, and nothing else. */
export class PrometheusClient {
  readonly #settings: PrometheusSettings;
  readonly #limits: { readonly timeoutMs: number; readonly longestBytes: number };

  constructor(settings: PrometheusSettings, limits: Partial<{ timeoutMs: number; longestBytes: number }> = {}) {
    this.#settings = settings;
    this.#limits = { timeoutMs, longestBytes, ...limits };
  }

  /** Every alerting rule, by its name. */
  async rules(): Promise<ReadonlyMap<string, AlarmReading>> {
    // Older versions do not know the second, and tell the alerts of each rule too.
    return readingsOfRules(await this.#get('rules', { type: 'alert', exclude_alerts: 'true' }));
  }

  /** What the alarm of an expression is like now. */
  async query(expression: string): Promise<AlarmReading> {
    return readingOfQuery(await this.#get('query', { query: expression }));
  }

  async #get(endpoint: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const url = `${this.#settings.url.replace(/\/+$/, '')}/api/v1/${endpoint}?${new URLSearchParams(parameters).toString()}`;
    const signal = AbortSignal.timeout(this.#limits.timeoutMs);
    const headers = { accept: 'application/json', ...(await this.#authorization()) };
    let answer: { readonly status: number; readonly body: string };
    try {
      // A redirect is a login page, if anything; credentials go nowhere but to the server that was named.
      const response = await fetch(url, { headers, signal, redirect: 'manual' });
      answer = { status: response.status, body: await this.#read(response) };
    } catch (error) {
      throw error instanceof PrometheusError ? error : this.#failure(this.#wordsOf(error), error);
    }
    if (answer.status !== 200) throw this.#failure(refusalWords(answer), undefined);
    const data = dataOf(answer.body);
    if (data === undefined) throw this.#failure('answers with what is not of its API', undefined);
    return data;
  }

  async #read(response: Response): Promise<string> {
    const decoder = new TextDecoder();
    let [text, bytes] = ['', 0];
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength;
      if (bytes > this.#limits.longestBytes) {
        throw this.#failure(`answers with more than ${String(this.#limits.longestBytes)} bytes`, undefined);
      }
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  }

  async #authorization(): Promise<{ readonly authorization?: string }> {
    const { authorizationFile } = this.#settings;
    if (authorizationFile === undefined) return {};
    try {
      const value = (await readFile(authorizationFile, 'utf8')).trim();
      if (!/^[\x21-\x7e]+( [\x20-\x7e]+)?$/.test(value)) throw new Error('it holds no line of text');
      return { authorization: value.includes(' ') ? value : `Bearer ${value}` };
    } catch (error) {
      throw new PrometheusError(`${authorizationFile} cannot be used: ${errorMessage(error)}`, { cause: error });
    }
  }

  #failure(what: string, cause: unknown): PrometheusError {
    return new PrometheusError(`Prometheus at ${this.#settings.url} ${what}`, { cause });
  }

  #wordsOf(error: unknown): string {
    if (error instanceof Error && error.name === 'TimeoutError') {
      return `has not answered within ${String(this.#limits.timeoutMs / 1000)} s`;
    }
    // What fetch throws says only that it failed; why is in its cause, of which a code is the same each time.
    const { cause = error } = error as { readonly cause?: unknown };
    const { code } = cause as { readonly code?: unknown };
    return `cannot be reached: ${typeof code === 'string' ? code : errorMessage(cause)}`;
  }
}

/** What went wrong, in the server's words, where it says it as Prometheus does. */
function refusalWords({ status, body }: { readonly status: number; readonly body: string }): string {
  const said = errorOf(body);
  return `answers with status ${String(status)}${said === undefined ? '' : `: ${clip(said, 300)}`}`;
}
