import { sleep, systemClock, type Clock } from '../../../src/base/clock.ts';
import type { ProxiedRequest } from './request.ts';

/** What happens to a request instead of what would have: a reset connection, or an answer that the server never gave. */
export type Instead = 'cut' | Answer;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** Thrown where an answer's body breaks off; its code tells it from a mistake. */
class Cut extends Error {
  readonly code = 'CUT';
}

type Hook = (request: ProxiedRequest) => Promise<Instead | void> | Instead | void;

/** What goes wrong with a request, and when. Faults are records: spread several into one to have them all. */
export interface Fault {
  /** Before the server sees anything; what it returns comes instead of forwarding. */
  readonly before?: Hook;
  /** The server has answered, and the client does not know it; what it returns comes instead of the answer. */
  readonly after?: Hook;
  /** The answer's body on its way. Throwing closes the connection after what was yielded. */
  readonly body?: (source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;
}

/** Waits before it forwards. */
export function delay(delayMs: number, clock: Clock = systemClock): Fault {
  return { before: () => sleep(clock, delayMs, new AbortController().signal) };
}

/** The server never sees the request. */
export const refuse: Fault = { before: () => 'cut' };

/** The server did what was asked, and the answer is lost. */
export const cutAfterForwarding: Fault = { after: () => 'cut' };

/** Answers in the server's place, which never sees the request. */
export function answer(status: number, options: AnswerOptions = {}): Fault {
  return { before: () => answerOf(status, options) };
}

/** The server did what was asked, and the client is told something else. */
export function answerAfterForwarding(status: number, options: AnswerOptions = {}): Fault {
  return { after: () => answerOf(status, options) };
}

/** Runs the hook before anything is forwarded. */
export function beforeForwarding(hook: Hook): Fault {
  return { before: hook };
}

/** Runs the hook when the server has answered, before the client hears of it. */
export function afterForwarding(hook: Hook): Fault {
  return { after: hook };
}

/** The connection closes after so many bytes of the answer's body. */
export function cutAfterBytes(count: number): Fault {
  return {
    body: async function* (source) {
      let left = count;
      for await (const chunk of source) {
        if (chunk.length > left) {
          yield chunk.subarray(0, left);
          throw new Cut();
        }
        left -= chunk.length;
        yield chunk;
      }
    },
  };
}

/** The connection closes in the middle of that line of the answer, the first being 1; `at` tells after which byte. */
export function cutInLine(line: number, at: (text: Buffer) => number = ({ length }) => length >> 1): Fault {
  return {
    body: async function* (source) {
      let number = 0;
      for await (const text of linesOf(source)) {
        number++;
        yield number === line ? text.subarray(0, at(text)) : text;
        if (number === line) throw new Cut();
      }
    },
  };
}

/** For `cutInLine`: after the first byte of the first character that has several. @throws Error when there is none. */
export function insideCharacter(text: Buffer): number {
  const index = text.findIndex((byte) => byte >= 0xc0);
  if (index === -1) throw new Error(`No character of several bytes in ${text.toString('utf8')}`);
  return index + 1;
}

/** A watch whose version has expired, which the server tells after so many of its lines. */
export function goneAfterLines(count: number): Fault {
  return {
    body: async function* (source) {
      let number = 0;
      if (count > 0) {
        for await (const line of linesOf(source)) {
          yield line;
          if (++number === count) break;
        }
      }
      const event = { type: 'ERROR', object: statusOf(410, { message: 'too old resource version' }) };
      yield Buffer.from(`${JSON.stringify(event)}\n`);
    },
  };
}

/** Whole lines, with their line breaks. */
async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of source) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
      yield rest.subarray(0, end + 1);
      rest = rest.subarray(end + 1);
    }
  }
  yield rest;
}

interface AnswerOptions {
  /** Of the Status; the usual one of that code when absent. */
  readonly reason?: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function answerOf(status: number, options: AnswerOptions): Answer {
  return { status, headers: options.headers ?? {}, body: statusOf(status, options) };
}

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function statusOf(code: number, { reason = reasons[code], message = `answered by a test` }: AnswerOptions): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}
