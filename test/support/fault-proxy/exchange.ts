import type { ServerResponse } from 'node:http';
import type { Fault, Instead } from './faults.ts';
import type { Called, ProxiedRequest } from './request.ts';

/** A request that came by, and what the client was answered: a code, `cut`, or nothing so far. */
export interface Passed extends Called {
  readonly answered: number | 'cut' | undefined;
  /** Whether the server has seen it. */
  readonly forwarded: boolean;
}

/** A request and the answer on its way. */
export interface Exchange {
  readonly request: ProxiedRequest;
  readonly response: ServerResponse;
  readonly passed: { -readonly [Member in keyof Passed]: Passed[Member] };
  readonly fault: Fault;
}

/** Ends it in another way than the server would. */
export function conclude({ response, passed, ...rest }: Exchange, instead: Instead): void {
  if (instead === 'cut') {
    cut({ response, passed, ...rest });
    return;
  }
  const { status, headers, body } = instead;
  passed.answered = status;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A reset, unless part of the answer is on its way: that is to arrive before the connection closes. */
export function cut({ response, passed }: Exchange): void {
  passed.answered = 'cut';
  const { socket } = response;
  // Nor where the client has hung up: Node loses the handle of a socket that is reset while it ends, and never exits.
  if (response.headersSent || socket?.writableEnded === true) socket?.destroy();
  else socket?.resetAndDestroy();
}

/** Resolves when it has left. */
export function write(response: ServerResponse, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(chunk, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
