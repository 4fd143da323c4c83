import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { startDeadline, untilAborted } from './deadline.ts';
import type { Headers } from './exchange.ts';
import { ExecPlugin, type ExecConfig, type Grant } from './exec-plugin.ts';
import { impersonationHeaders } from './impersonation.ts';
import { withoutPlugin } from '../kubeconfig.ts';

/** What a TLS connection needs, of the options Node has. */
type TlsOptions = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'rejectUnauthorized' | 'servername'>;

/** How one request proves who it comes from. */
export interface Credential {
  readonly headers: Headers;
  readonly tls: TlsOptions;
  /** Equal for equal `tls`: connections made for another one are of no use. */
  readonly tlsId: string;
}

/** How long a credential from a file is used before it is looked up again; client-go takes the same. */
const refreshMs = 60_000;
/** How long after a lookup that failed the next one begins. */
const retryMs = 10_000;
/** After which a lookup, of a plugin that hangs say, is given up for a new one. */
const lookUpTimeoutMs = 20_000;

/**
 * The credentials of a kubeconfig's current context, looked up by one lookup at a time. Those written in the kubeconfig
 * are made once. Token and certificate files are read again every minute, since service account tokens and certificates
 * rotate. Exec plugins are asked again before what they gave ends, while that serves on.
 */
export class Credentials {
  readonly #kubeConfig: KubeConfig;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #plugin: ExecPlugin | undefined;
  readonly #hasFiles: boolean;
  #held: { readonly credential: Credential; readonly untilMs: number } | undefined;
  #loading: Promise<Credential> | undefined;

  constructor(options: { readonly kubeConfig: KubeConfig; readonly clock: Clock; readonly log: Log }) {
    const exec = execOf(options.kubeConfig);
    this.#kubeConfig = withoutPlugin(options.kubeConfig);
    this.#clock = options.clock;
    this.#log = options.log;
    this.#plugin = exec && new ExecPlugin(exec, options.clock);
    this.#hasFiles = hasFiles(options.kubeConfig);
  }

  /** The credential at hand; undefined when it is time to look it up. */
  held(): Credential | undefined {
    return this.#held !== undefined && this.#clock.now() < this.#held.untilMs ? this.#held.credential : undefined;
  }

  async current(): Promise<Credential> {
    const current = this.held();
    if (current !== undefined) return current;
    const held = this.#held;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    // Files are read in no time; for a plugin nobody has to wait who has what it gave before.
    if (held === undefined || this.#plugin?.isValid !== true) return this.#loading;
    this.#loading.catch(() => undefined);
    return held.credential;
  }

  /** The server did not accept that credential. Tells whether another lookup may bring, or has brought, a better one. */
  reject(credential: Credential): boolean {
    if (this.#plugin === undefined && !this.#hasFiles) return false;
    if (this.#held?.credential === credential) {
      this.#held = undefined;
      this.#plugin?.forget();
    }
    return true;
  }

  async #load(): Promise<Credential> {
    const deadline = startDeadline(this.#clock, lookUpTimeoutMs, undefined);
    try {
      const awaited = this.#plugin === undefined ? 'credential' : `credential from the ${this.#plugin.name}`;
      const credential = await untilAborted(this.#lookUp(deadline.signal), deadline.signal, awaited);
      this.#held = { credential, untilMs: this.#freshUntilMs() };
      return credential;
    } catch (error) {
      return this.#keep(error);
    } finally {
      deadline.release();
    }
  }

  async #lookUp(signal: AbortSignal): Promise<Credential> {
    return readCredential(this.#kubeConfig, await this.#plugin?.grant(signal));
  }

  #freshUntilMs(): number {
    const filesMs = this.#hasFiles ? this.#clock.now() + refreshMs : Infinity;
    return Math.min(filesMs, this.#plugin?.renewMs ?? Infinity);
  }

  /** The credential of old serves on while its replacement cannot be had, unless it is known to have ended. */
  #keep(error: unknown): Credential {
    if (this.#held === undefined || this.#plugin?.isValid === false) throw error;
    this.#log.error('Credentials were not renewed', error);
    this.#held = { credential: this.#held.credential, untilMs: this.#clock.now() + retryMs };
    return this.#held.credential;
  }
}

async function readCredential(kubeConfig: KubeConfig, grant: Grant = {}): Promise<Credential> {
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const headers: Record<string, string | string[]> = impersonationHeaders(kubeConfig.getCurrentUser());
  const { Authorization: authorization } = (options.headers ?? {}) as { readonly Authorization?: string };
  if (authorization !== undefined) headers['authorization'] = authorization;
  if (typeof options.auth === 'string') headers['authorization'] = `Basic ${base64(options.auth)}`;
  const tokenFile = tokenFileOf(kubeConfig);
  // Read here because client-node keeps a token for a minute by a clock of its own, newline included.
  if (tokenFile !== undefined) headers['authorization'] = `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`;
  if (grant.token !== undefined) headers['authorization'] = `Bearer ${grant.token}`;
  const { ca, passphrase, rejectUnauthorized, servername } = options;
  const { cert = options.cert, key = options.key } = grant;
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

/** The plugin that is to be asked: none when there is a token in the kubeconfig itself. */
function execOf(kubeConfig: KubeConfig): ExecConfig | undefined {
  const user = kubeConfig.getCurrentUser();
  const exec = user?.exec as ExecConfig | null | undefined;
  return (user?.token ?? '') === '' ? (exec ?? undefined) : undefined;
}

function hasFiles(kubeConfig: KubeConfig): boolean {
  const user = kubeConfig.getCurrentUser();
  const sources: unknown[] = [user?.authProvider, user?.certFile, user?.keyFile];
  return [...sources, kubeConfig.getCurrentCluster()?.caFile].some(Boolean);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
