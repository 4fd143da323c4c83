import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Dispatcher } from 'undici';

/** By name; a header with several values is sent several times. */
export type Headers = Readonly<Record<string, string | string[]>>;

/** One HTTP request, ready to go out. */
export interface Outgoing {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body?: string;
}

/** An answer whose head has arrived; the body is still coming. */
export interface Incoming {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

type Controller = Dispatcher.DispatchController;

/**
 * One HTTP request and its answer. Used instead of undici's `request()` for two things that hides: whether the
 * request has left (only then may a write have arrived), and an abort that takes effect at once even while the
 * request still waits for a connection.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Resolves with the head of the answer; rejects with the signal's reason when it aborts first. */
  readonly incoming: Promise<Incoming>;
  readonly #signal: AbortSignal;
  #resolve: (incoming: Incoming) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #controller: Controller | undefined;
  #body: Readable | undefined;
  #over = false;

  constructor(dispatcher: Dispatcher, outgoing: Outgoing, signal: AbortSignal) {
    this.#signal = signal;
    this.incoming = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    signal.addEventListener('abort', this.#abort);
    if (signal.aborted) this.#abort();
    else dispatcher.dispatch(outgoing, this);
  }

  /** Whether any byte of the request may have left this process. */
  get sent(): boolean {
    return this.#controller !== undefined;
  }

  onRequestStart(controller: Controller): void {
    // Thrown, not aborted: undici then drops the request and keeps the idle connection it was about to use.
    if (this.#over) throw new Error('The request was aborted before it was sent');
    this.#controller = controller;
  }

  onResponseStart(controller: Controller, status: number, headers: Incoming['headers']): void {
    if (status < 200) return;
    this.#body = new Readable({
      read: () => {
        controller.resume();
      },
      destroy: (error, done) => {
        // The reader left early: only closing the socket stops the server.
        if (!this.#over) controller.abort(error ?? new Error('The answer is no longer read'));
        done(error);
      },
    });
    // The reader sees the error too; without this one it would be uncaught when nobody reads yet.
    this.#body.on('error', () => undefined);
    this.#resolve({ status, headers, body: this.#body });
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#body?.push(chunk) === false) controller.pause();
  }

  onResponseEnd(): void {
    this.#finish();
    this.#body?.push(null);
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#fail(error);
  }

  readonly #abort = (): void => {
    const reason: unknown = this.#signal.reason;
    const error = reason instanceof Error ? reason : new Error('Aborted', { cause: reason });
    const controller = this.#controller;
    this.#fail(error);
    controller?.abort(error);
  };

  #fail(error: Error): void {
    this.#finish();
    this.#reject(error);
    this.#body?.destroy(error);
  }

  #finish(): void {
    this.#over = true;
    this.#signal.removeEventListener('abort', this.#abort);
  }
}

/** The whole body as text; rejects when it is cut off. Decoded as it comes, so that its bytes need not be kept. */
export function textOf(body: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new StringDecoder('utf8');
    let text = '';
    // Not `for await`, with which creates took 5% more CPU.
    body.on('data', (chunk: Buffer) => {
      text += decoder.write(chunk);
    });
    body.once('end', () => {
      resolve(text + decoder.end());
    });
    body.once('error', reject);
    if (body.destroyed) reject(body.errored ?? new Error('The answer is over'));
  });
}
