import { execFile, type ExecFileException } from 'node:child_process';
import { promisify } from 'node:util';
import type { Clock } from '../../base/clock.ts';

/** `users[].user.exec` of a kubeconfig. */
export interface ExecConfig {
  readonly apiVersion?: string;
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
}

/** What a plugin hands out: a token, a certificate with its key (PEM), or both. */
export interface Grant {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

interface Held {
  readonly grant: Grant;
  /** Epoch ms; from then on it is time for a new one. */
  readonly renewMs: number;
  /** Epoch ms; from then on it is of no use. */
  readonly endMs: number;
}

/** How long before its end a credential is renewed, so that none ends on the way: a call lives 30 seconds. */
const marginMs = 60_000;
/** A credential is taken to live that long, whatever its plugin says, lest that is run for every request. */
const leastLifeMs = 10_000;
const longestSaid = 500;
const run = promisify(execFile);

/**
 * A credential plugin of a kubeconfig, and what it has handed out. Run here because client-node keeps a credential
 * until the moment it ends, even one the server has refused, waits for a plugin for ever, and does not tell it the
 * version of the protocol.
 */
export class ExecPlugin {
  readonly name: string;
  readonly #config: ExecConfig;
  readonly #clock: Clock;
  #held: Held | undefined;

  constructor(config: ExecConfig, clock: Clock) {
    this.name = `exec plugin ${config.command}`;
    this.#config = config;
    this.#clock = clock;
  }

  /** When to ask it again, epoch ms: some time before its credential ends; never for one without an end. */
  get renewMs(): number {
    return this.#held?.renewMs ?? 0;
  }

  /** Whether what it handed out last can still be used. */
  get isValid(): boolean {
    return this.#held !== undefined && this.#clock.now() < this.#held.endMs;
  }

  /**
   * What it handed out last, or hands out now if it is time to ask. It is killed when the signal aborts.
   * @throws Error that says which plugin failed how.
   */
  async grant(signal: AbortSignal): Promise<Grant> {
    if (this.#held !== undefined && this.#clock.now() < this.#held.renewMs) return this.#held.grant;
    const { saidEndMs, ...grant } = parse(await this.#run(signal), this.name);
    const nowMs = this.#clock.now();
    const endMs = Math.max(saidEndMs, nowMs + leastLifeMs);
    this.#held = { grant, endMs, renewMs: endMs - Math.min(marginMs, (endMs - nowMs) / 2) };
    return grant;
  }

  /** The server does not accept what it handed out: it is asked anew the next time. */
  forget(): void {
    this.#held = undefined;
  }

  async #run(signal: AbortSignal): Promise<string> {
    const { command, args, env } = this.#config;
    const own = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
    const environment = { ...process.env, ...this.#protocol(), ...own };
    const running = run(command, args ?? [], { env: environment });
    // By hand, since `execFile` knows only SIGTERM for its own `signal`.
    signal.addEventListener('abort', () => running.child.kill('SIGKILL'));
    // Nobody is there to answer its questions.
    running.child.stdin?.end();
    try {
      return (await running).stdout;
    } catch (error) {
      // Not as the cause: its message repeats the arguments, which may hold a secret.
      throw new Error(`The ${this.name} ${howItFailed(error as Failed, this.#config)}`);
    }
  }

  /** Tells a plugin in which version to answer. */
  #protocol(): Readonly<Record<string, string>> {
    const { apiVersion } = this.#config;
    const info = { kind: 'ExecCredential', apiVersion, spec: { interactive: false } };
    return apiVersion === undefined ? {} : { KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  }
}

type Failed = ExecFileException & { readonly stderr?: string };

function howItFailed({ code, signal, message, stderr = '' }: Failed, { installHint = '' }: ExecConfig): string {
  if (code === 'ENOENT') return `was not found. ${oneLine(installHint)}`.trimEnd();
  if (typeof code === 'number') return `ended with exit code ${code}. ${oneLine(stderr)}`.trimEnd();
  return `failed: ${signal ?? oneLine(message)}`;
}

/** Of a long text the end, where tools say what went wrong. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(-longestSaid);
}

/** Nothing of the answer goes into the error: it may hold a secret. */
function parse(answer: string, name: string): Grant & { readonly saidEndMs: number } {
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = statusIn(answer);
  const saidEndMs = expirationTimestamp === undefined ? Infinity : Date.parse(expirationTimestamp);
  const hasCertificate = cert !== undefined && key !== undefined;
  if ((token === undefined && !hasCertificate) || Number.isNaN(saidEndMs)) {
    throw new Error(`The ${name} answered with no ExecCredential that holds a token, or a certificate and its key`);
  }
  return { ...(token !== undefined && { token }), ...(hasCertificate && { cert, key }), saidEndMs };
}

/** `ExecCredential.status`. */
interface ExecStatus {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  readonly expirationTimestamp?: string;
}

/** Empty when the answer is no ExecCredential. Members that are null or empty count as absent. */
function statusIn(answer: string): ExecStatus {
  try {
    const isEmpty = (value: unknown): boolean => value === null || value === '';
    const credential: unknown = JSON.parse(answer, (_name, value: unknown) => (isEmpty(value) ? undefined : value));
    return (credential as { readonly status?: ExecStatus } | undefined)?.status ?? {};
  } catch {
    return {};
  }
}
