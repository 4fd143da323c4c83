import { ApiError, type Status } from '../errors.ts';
import { normalized, type KubeObject, type Resource } from '../resource.ts';

/** One change seen by a watch. A bookmark says only how far the watch has come. */
export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** One line of a watch, as the server writes it. */
type RawEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: T }
  | { readonly type: 'ERROR'; readonly object: Status };

/**
 * The event that a line of a watch tells.
 * @throws ApiError for an ERROR event, SyntaxError for what is no JSON.
 */
export function parseEvent<T extends KubeObject>(resource: Resource<T>, line: string): WatchEvent<T> {
  const event = JSON.parse(line) as RawEvent<T>;
  switch (event.type) {
    case 'ERROR':
      throw errorOf(event.object);
    case 'BOOKMARK':
      return { type: 'BOOKMARK', resourceVersion: event.object.metadata.resourceVersion };
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object: normalized(resource, event.object) };
  }
}

function errorOf(status: Status): ApiError {
  const seconds = status.details?.retryAfterSeconds;
  return new ApiError(status.code ?? 500, status, seconds === undefined ? undefined : seconds * 1000);
}
