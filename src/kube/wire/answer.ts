import { errorMessage } from '../../base/errors.ts';
import { ApiError, ConnectionError, DeadlineError, UnknownOutcomeError, type Status } from '../errors.ts';
import { textOf, type Incoming } from './exchange.ts';
import { isWrite, type KubeRequest } from './request.ts';

/** The JSON of a whole answer. */
export async function readJson(incoming: Incoming): Promise<unknown> {
  return JSON.parse(await textOf(incoming.body)) as unknown;
}

/** What the server said with a status of 300 or more. */
export async function readRefusal(incoming: Incoming): Promise<ApiError> {
  return new ApiError(incoming.status, parseStatus(await textOf(incoming.body)), retryAfterMs(incoming));
}

/** Proxies and load balancers answer in HTML or plain text: their words are no Status and no message of ours. */
function parseStatus(text: string): Status {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** The API server gives `Retry-After` in seconds; the form with a date, which needs clocks that agree, is not read. */
function retryAfterMs(incoming: Incoming): number | undefined {
  const value = incoming.headers['retry-after'];
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) * 1000 : undefined;
}

/** What went wrong with an attempt. */
export interface Failure {
  readonly error: unknown;
  /** Whether the request, or part of it, may have reached the server. */
  readonly sent: boolean;
  readonly signal: AbortSignal;
}

/** The error to throw for a failed attempt: which of the kit's errors it is decides what the caller may assume. */
export function asError(request: KubeRequest, failure: Failure): unknown {
  const { error, signal } = failure;
  const told = `${request.verb} ${request.resource}: ${errorMessage(error)}`;
  if (isWrite(request) && mayHaveTakenEffect(failure)) {
    return new UnknownOutcomeError(`Outcome unknown: ${told}`, { cause: error });
  }
  if (error instanceof ApiError || error instanceof DeadlineError || error instanceof ConnectionError) return error;
  if (signal.aborted) return signal.reason;
  return new ConnectionError(`No answer: ${told}`, { cause: error });
}

/** Kubernetes documents InternalError (500) as "the outcome of the call is unknown"; gateways' 502 and 504 are too. */
const unsettling: readonly number[] = [500, 502, 504];

function mayHaveTakenEffect({ error, sent }: Failure): boolean {
  return error instanceof ApiError ? unsettling.includes(error.status) : sent;
}
