/** One field or rule that a request broke, or one more fact about a failure. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** `metav1.StatusDetails`. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** `metav1.Status`, the API server's answer to what it refuses; any part may be missing. */
export interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: StatusDetails;
}

/**
 * The message, with what is wrong in a fixed order: of an invalid pod the API server tells it in another one each time,
 * and who compares messages would take each for news.
 */
function messageOf({ message, details }: Status): string | undefined {
  const causes = (details?.causes ?? []).map((cause) => `${cause.field ?? ''}: ${cause.message ?? ''}`);
  return message?.replace(`[${causes.join(', ')}]`, () => `[${causes.toSorted().join(', ')}]`);
}

/** The API server answered, and the answer was no. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status code. */
  readonly status: number;
  /** `Status.reason`, such as `NotFound`; empty when the answer was not a Status (from a proxy, say). */
  readonly reason: string;
  readonly details: StatusDetails;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs?: number;

  constructor(status: number, body: Status, retryAfterMs?: number) {
    super(messageOf(body) ?? `The API server answered with HTTP status ${status}`);
    this.status = status;
    this.reason = body.reason ?? '';
    this.details = body.details ?? {};
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }

  get causes(): readonly StatusCause[] {
    return this.details.causes ?? [];
  }
}

/**
 * A write that may or may not have taken effect: it was sent and no answer came, or the answer was one that
 * Kubernetes documents as "outcome unknown". Only a live read settles it. `cause` says what happened.
 */
export class UnknownOutcomeError extends Error {
  override readonly name = 'UnknownOutcomeError';
}

/** The request had no effect because no answer to it can have been lost: not sent at all, or only a read. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** The deadline of a call passed. For a write that was sent it is the `cause` of an UnknownOutcomeError. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  readonly timeoutMs: number;

  /** `awaited` is what did not come in time. */
  constructor(timeoutMs: number, awaited = 'answer') {
    super(`No ${awaited} within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** The server does not know, or no longer knows, who is asking. */
export function isUnauthorized(error: unknown): boolean {
  return hasStatus(error, 401);
}

/** No such object (or no such kind). */
export function isNotFound(error: unknown): boolean {
  return hasStatus(error, 404);
}

/** The resourceVersion or another precondition did not match. */
export function isConflict(error: unknown): boolean {
  return hasStatus(error, 409) && !isAlreadyExists(error);
}

export function isAlreadyExists(error: unknown): boolean {
  return hasStatus(error, 409) && error.reason === 'AlreadyExists';
}

/** The resourceVersion or continue token asked for is no longer kept: list again. */
export function isGone(error: unknown): boolean {
  return hasStatus(error, 410);
}

/** The object breaks its schema or a validation rule. */
export function isInvalid(error: unknown): boolean {
  return hasStatus(error, 422);
}

/** The resourceVersion asked for is ahead of the server's: etcd was restored from a backup, or replaced. */
export function isVersionTooLarge(error: unknown): boolean {
  return error instanceof ApiError && error.causes.some((cause) => cause.reason === 'ResourceVersionTooLarge');
}

function hasStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}
