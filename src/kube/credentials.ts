import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { startDeadline, untilAborted } from './deadline.ts';

/** What a TLS connection needs, of the options Node has. */
type TlsOptions = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'rejectUnauthorized' | 'servername'>;

/** How one request proves who it comes from. */
export interface Credential {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsOptions;
  /** Equal for equal `tls`: connections made for another one are of no use. */
  readonly tlsId: string;
}

/** How long a credential from a file or plugin is used before it is looked up again; client-go takes the same. */
const refreshMs = 60_000;
/** After which a lookup, of a plugin that hangs say, is given up for a new one. */
const lookUpTimeoutMs = 20_000;

/**
 * The credentials of a kubeconfig's current context. Those written in the kubeconfig are made once. Token files,
 * certificate files and exec plugins are looked up again every minute, by one lookup at a time, since service account
 * tokens and certificates rotate.
 */
export class Credentials {
  readonly #kubeConfig: KubeConfig;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #rotating: boolean;
  #held: { readonly credential: Credential; readonly untilMs: number } | undefined;
  #loading: Promise<Credential> | undefined;

  constructor(options: { readonly kubeConfig: KubeConfig; readonly clock: Clock; readonly log: Log }) {
    this.#kubeConfig = options.kubeConfig;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#rotating = rotates(options.kubeConfig);
  }

  async current(): Promise<Credential> {
    if (this.#held !== undefined && this.#clock.now() < this.#held.untilMs) return this.#held.credential;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /** The server did not accept that credential. Tells whether another lookup may bring, or has brought, a better one. */
  reject(credential: Credential): boolean {
    if (this.#rotating && this.#held?.credential === credential) this.#held = undefined;
    return this.#rotating;
  }

  async #load(): Promise<Credential> {
    const credential = await this.#lookUp();
    this.#held = { credential, untilMs: this.#rotating ? this.#clock.now() + refreshMs : Infinity };
    return credential;
  }

  /** The credential of old serves on while its replacement cannot be had: it is often still valid. */
  async #lookUp(): Promise<Credential> {
    const deadline = startDeadline(this.#clock, lookUpTimeoutMs, undefined);
    try {
      return await untilAborted(readCredential(this.#kubeConfig), deadline.signal);
    } catch (error) {
      if (this.#held === undefined) throw error;
      this.#log.error('Credentials were not renewed', error);
      return this.#held.credential;
    } finally {
      deadline.release();
    }
  }
}

async function readCredential(kubeConfig: KubeConfig): Promise<Credential> {
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value);
  if (typeof options.auth === 'string') headers['authorization'] = `Basic ${base64(options.auth)}`;
  const tokenFile = tokenFileOf(kubeConfig);
  // Read here because client-node keeps a token for a minute by a clock of its own, newline included.
  if (tokenFile !== undefined) headers['authorization'] = `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`;
  const { ca, cert, key, passphrase, rejectUnauthorized, servername } = options;
  const tls = { ca, cert, key, passphrase, rejectUnauthorized, servername };
  return { headers, tls, tlsId: JSON.stringify(tls) };
}

function tokenFileOf(kubeConfig: KubeConfig): string | undefined {
  const user = kubeConfig.getCurrentUser();
  const provider = user?.authProvider as { readonly config?: { readonly tokenFile?: unknown } } | null | undefined;
  const file = provider?.config?.tokenFile;
  // A token in the kubeconfig itself goes first, as in client-node.
  return typeof file === 'string' && (user?.token ?? '') === '' ? file : undefined;
}

function rotates(kubeConfig: KubeConfig): boolean {
  const user = kubeConfig.getCurrentUser();
  const sources: unknown[] = [user?.exec, user?.authProvider, user?.certFile, user?.keyFile];
  return [...sources, kubeConfig.getCurrentCluster()?.caFile].some(Boolean);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
